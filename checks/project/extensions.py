"""Extension objects: which are built, which are initialised, and with which options."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.project.config_reading import condition
from checks.project.configuration import Configuration
from checks.project.evaluate import Evaluator
from checks.project.evaluated import Evaluated
from checks.project.init_calls import Init, init_calls
from checks.project.names import Names
from checks.records import NamedTuple

NAMES: dict[str, str] = {
    "flask_login.LoginManager": "login_manager",
    "flask_talisman.Talisman": "talisman",
    "flask_limiter.Limiter": "limiter",
    "flask_wtf.CSRFProtect": "csrf",
    "flask_wtf.CsrfProtect": "csrf",
    "flask_seasurf.SeaSurf": "csrf",
    "flask_sslify.SSLify": "sslify",
    "flask_bcrypt.Bcrypt": "bcrypt",
    "flask_session.Session": "session",
    "flask_kvsession.KVSessionExtension": "kvsession",
    "hardening.Hardening": "hardening",
    "hardening.harden": "hardening",
}

_LAST_NAMES = tuple({name.rpartition(".")[2]: None for name in NAMES})

GUARDS = (
    "transport", "cross_site", "redirects", "cookies", "sessions", "remember", "throttle",
    "timing", "passwords", "headers", "cache",
)  # fmt: skip  # the wrapper's switchable guards; the audit must not import the wrapper


_AWAY = ("development", "testing")  # environments that production is not


class Extension(NamedTuple):
    """One extension object of the project."""

    name: str
    """Short: ``talisman``, ``limiter``, ``csrf``, ``sslify``, ``bcrypt``, ``hardening`` ..."""
    built: ast.Call
    """The call that makes it; for ``hardening`` perhaps ``harden(app)``."""
    scope: Scope
    """Where that call stands."""
    options: dict[str, ast.expr]
    """Keyword arguments of the building and the initialising call together."""
    initialised: ast.Call | None
    """The call that ties it to an app: `built` itself or an ``init_app``; None if never."""

    @property
    def spot(self) -> Spot:
        """Where it is built."""
        return self.scope.spot(self.built)


class Wrapped(NamedTuple):
    """What ``harden`` does for an app."""

    extension: Extension
    mode: Literal["enforce", "observe", "off", "unknown"]
    """``unknown`` where it comes from the environment or a variable."""
    guards_off: frozenset[str]
    """Guards that are switched off; all of them under ``observe`` and ``off``."""

    def configured(self, configuration: Configuration) -> Wrapped:
        """Return this with what the app's configuration says where the call says nothing."""
        mode, off = self.mode, set(self.guards_off)
        for setting in configuration.production("HARDENING_MODE"):
            if "mode" not in self.extension.options:
                mode = _mode(setting.value)
        for setting in configuration.production("HARDENING_HTTPS"):
            if setting.value.is_literal(False):
                off.add("transport")
        for setting in configuration.production("HARDENING_GUARDS"):
            if setting.value.kind == "literal" and isinstance(setting.value.value, tuple):
                off.update(str(name) for name in setting.value.value)
        if mode in ("observe", "off"):
            off.update(GUARDS)
        return Wrapped(self.extension, mode, frozenset(off))


def find_extensions(modules: Sequence[Module], names: Names) -> list[Extension]:
    """Return the extensions built in these files, in order.

    Args:
        modules: the files to look in.
        names: the project's names.
    """
    kinds = NAMES | _derived(modules, names)
    inits = init_calls(modules, names, kinds)
    found = []
    called = tuple({name.rpartition(".")[2]: None for name in kinds})
    for module in modules:
        for call, scope in module.calls(*called):
            short = kinds.get(names.called(call, scope) or "")
            if short is not None and not _is_method(call, scope, names):
                extension = _extension(short, call, scope, inits, names)
                if extension is not None:
                    found.append(extension)
    return found


def _derived(modules: Sequence[Module], names: Names) -> dict[str, str]:
    """Return the project's own classes that derive from an extension, with its short name."""
    found = {}
    for module in modules:
        for cls in module.classes():
            if not any(last_name(base) in _LAST_NAMES for base in getattr(cls.node, "bases", ())):
                continue
            for base in names.bases(cls.full_name):
                if base in NAMES:
                    found[cls.full_name] = NAMES[base]
    return found


def _is_method(call: ast.Call, scope: Scope, names: Names) -> bool:
    # ``limiter(...)`` on an instance resolves to the class's own name too.
    return isinstance(call.func, ast.Name) and any(
        binding.kind == "value" and isinstance(binding.value, ast.Call)
        for binding in names.bindings(call.func.id, scope)
    )


def _extension(
    short: str, call: ast.Call, scope: Scope, inits: list[Init], names: Names
) -> Extension | None:
    """Return the extension that `call` builds, or None where production does not get it."""
    options = _options(call, scope, names)
    tied: ast.Call | None = None
    # Flask-Limiter takes the key function first and the app by name.
    first = options.get("app") or (call.args[0] if call.args else None)
    if first is not None and not (isinstance(first, ast.Constant) and first.value is None):
        looks_like_key_function = (
            short == "limiter"
            and "key_func" not in options
            and "app" not in options
            and not (isinstance(first, ast.Name) and "app" in first.id)
        )
        if not looks_like_key_function:
            tied = call
    if tied is not None and condition(tied, scope) in _AWAY:
        return None
    variable = _variable(call, scope)
    own = [i for i in inits if i[1] == short and (variable is None or i[0] == variable)]
    reaching = [i for i in own if condition(i[2], i[3]) not in _AWAY]
    if own and not reaching and tied is None:
        return None
    for _, _, init, where in reaching:
        tied = tied or init
        options |= _options(init, where, names)
    return Extension(short, call, scope, options, tied)


def _options(call: ast.Call, scope: Scope, names: Names) -> dict[str, ast.expr]:
    """Return the keyword arguments of `call`, those of ``**OPTIONS`` included."""
    found: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        if keyword.arg is not None:
            found[keyword.arg] = keyword.value
        else:
            found |= _written_out(keyword.value, scope, names)
    return found


def _written_out(node: ast.expr, scope: Scope, names: Names) -> dict[str, ast.expr]:
    """Return the items of a dictionary that is written out here or where its name is bound."""
    if isinstance(node, ast.Name):
        bound = [b.value for b in names.bindings(node.id, scope) if b.kind == "value"]
        return _written_out(bound[0], scope, names) if len(bound) == 1 and bound[0] else {}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(k.value): value for k, value in pairs if isinstance(k, ast.Constant)}
    if isinstance(node, ast.Call) and last_name(node.func) == "dict":
        return {k.arg: k.value for k in node.keywords if k.arg is not None}
    return {}


def _variable(call: ast.Call, scope: Scope) -> str | None:
    """Return the last part of what the object is assigned to."""
    for assignment in scope.assignments:
        if assignment.value is call:
            target = assignment.target
            return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", None)
    return None


def wrapped_by(extensions: list[Extension], evaluator: Evaluator) -> Wrapped | None:
    """Return how the toolkit's own wrapper is used among `extensions`, or None."""
    for extension in extensions:
        if extension.name == "hardening" and extension.initialised is not None:
            return _wrapped(extension, evaluator)
    return None


def _wrapped(extension: Extension, evaluator: Evaluator) -> Wrapped:
    scope = extension.scope
    mode: Literal["enforce", "observe", "off", "unknown"] = "enforce"
    if "mode" in extension.options:
        given = evaluator.evaluate(extension.options["mode"], scope)
        mode = _mode(given)
    if mode in ("observe", "off"):
        return Wrapped(extension, mode, frozenset(GUARDS))
    off: set[str] = set()
    policy = extension.options.get("policy")
    if isinstance(policy, ast.Name):
        for binding in evaluator.names.bindings(policy.id, scope):
            policy = binding.value or policy
    if isinstance(policy, ast.Call):
        for keyword in policy.keywords:
            if keyword.arg == "guards":
                off |= _switched_off(keyword.value)
            if keyword.arg == "https" and evaluator.evaluate(keyword.value, scope).is_literal(
                False
            ):
                off.add("transport")
    return Wrapped(extension, mode, frozenset(off))


def _mode(given: Evaluated) -> Literal["enforce", "observe", "off", "unknown"]:
    modes: tuple[Literal["enforce", "observe", "off"], ...] = ("enforce", "observe", "off")
    for mode in modes:
        if given.is_literal(mode):
            return mode
    return "enforce" if given.is_literal(None) else "unknown"


def _switched_off(node: ast.expr) -> set[str]:
    """Return the guards that ``guards={...: False}`` or a list of names switches off."""
    if isinstance(node, ast.Dict):
        return {
            key.value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
            and isinstance(key.value, str)
            and isinstance(value, ast.Constant)
            and value.value is False
        }
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return {
            e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)
        }
    return set()

"""What calls are worth while a hostile destination is tried."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.destinations import FUNCTIONS, METHODS, PAGE
from checks.project.locations import locations
from checks.project.trial_marks import DOUBTED, MAX_TEXT, UNKNOWN, Decoded, Mark, attempt, literal
from checks.project.trial_patterns import tried

if TYPE_CHECKING:
    from checks.project.trial import Path, Trial
    from checks.project.trial_values import Values

_REDIRECTS = frozenset(
    {"flask.redirect", "flask.app.redirect", "flask.Flask.redirect", "quart.redirect"}
)
_STORING = frozenset({"flask.session.setdefault", "flask.session.update"})
_DECODERS = frozenset({"json.loads", "base64.b64decode", "base64.urlsafe_b64decode"})


_OWN_ADDRESS = "https://app.test/"
_PARSING = frozenset({"urlparse", "urlsplit", "urljoin", "urlunparse", "urlunsplit"})


def _of_any_python(called: str | None) -> str | None:
    """Return the name in ``urllib.parse`` of ``urlparse.urljoin``, ``six``'s or a shim's."""
    module, _, name = (called or "").rpartition(".")
    known = name in _PARSING and re.search(r"urlparse$|moves|compat|py3|utils?$", module)
    return f"urllib.parse.{name}" if known else called


# ``six.string_types``, ``basestring``, ``Text``, ``object``
_TEXTS = lazy(r"str|text|unicode|object|hashable|sequence|iterable|collection", re.I)
SIGNED = "a signed token"  # what is put into one, beside the keys of the session
_JWT = ("jwt.", "jose.jwt.", "authlib.jose.")
_SERIALIZERS = "itsdangerous."


def is_signing(called: str | None) -> bool:
    """Return whether a function of this name signs what it is given."""
    name = called or ""
    return (name.startswith(_JWT) and name.endswith("encode")) or (
        name.startswith(_SERIALIZERS) and name.endswith("dumps")
    )


def is_verifying(called: str | None) -> bool:
    """Return whether a function of this name gives back what was signed."""
    name = called or ""
    return (name.startswith(_JWT) and name.endswith("decode")) or (
        name.startswith(_SERIALIZERS) and name.endswith("loads")
    )


class Calls:
    """Evaluates the calls of one function."""

    def __init__(self, trial: Trial, scope: Scope, values: Values) -> None:
        """Take the trial, the function's scope and what evaluates arguments."""
        self.trial = trial
        self.scope = scope
        self.values = values

    def _any_of(self, node: ast.Call, path: Path, every: bool) -> object:
        """Return ``any(x in address for x in (...))`` and ``all(...)``."""
        generator = node.args[0]
        if not isinstance(generator, ast.GeneratorExp | ast.ListComp):
            return self.values.any_of_parts(node, path)
        first = generator.generators[0]
        items = self.values.of(first.iter, path)
        if len(generator.generators) > 1 or first.ifs or not isinstance(first.target, ast.Name):
            return self.values.any_of_parts(generator.elt, path)
        if not isinstance(items, tuple | list | str):
            return self.values.unsure(self.values.of(generator.elt, path), items)
        found = []
        for item in items[:64]:
            inner = path.copy()
            inner.names[first.target.id] = item
            found.append(self.values.of(generator.elt, inner))
        if any(isinstance(item, Mark) for item in found):
            return self.values.unsure(*found)
        return all(found) if every else any(found)

    def of(self, node: ast.Call, path: Path) -> object:
        """Return what `node` is worth on `path`; notes a redirect."""
        called = self.trial.names.called(node, self.scope)
        if called in ("builtins.any", "builtins.all") and len(node.args) == 1:
            return self._any_of(node, path, called == "builtins.all")
        args = [self.values.of(arg, path) for arg in node.args]
        named = {k.arg: self.values.of(k.value, path) for k in node.keywords}
        if named.get(None) == {}:
            del named[None]  # ``**options`` of a caller that gave none
        if called in _REDIRECTS:
            target = node.args[0] if node.args else None
            target = next((k.value for k in node.keywords if k.arg == "location"), target)
            if target is not None:
                self.values.land(target, args[0] if args else named.get("location"), path)
            return UNKNOWN
        for place in locations(node):  # ``Response(status=302, headers={"Location": target})``
            self.values.land(place, self.values.of(place, path), path)
        if called in _STORING:
            self._into_session(node, args, named, path)
        given = [*args, *named.values()]
        opens = called in _DECODERS or (self.trial.signed and is_verifying(called))
        if opens and any(map(self.trial.is_hostile, given)):
            return Decoded(self.trial.hostile)
        if is_signing(called):
            for part, value in zip(node.args[:2], args, strict=False):
                self._into_token(part, value, path)
        if called == "flask.url_for" and args and args[0] == self.trial.hostile:
            path.failed = True
        if called == "flask.url_for" and not any(map(self.trial.is_hostile, given)):
            return f"https://app.test{PAGE}" if named.get("_external") is True else PAGE
        if called == "builtins.isinstance" and len(args) == 2 and isinstance(args[0], str):
            return self._is_text(node.args[1])
        called = _of_any_python(called)
        if called in FUNCTIONS:
            if called == "urllib.parse.urljoin" and args and args[0] is UNKNOWN:
                args[0] = _OWN_ADDRESS  # what a site joins addresses to is its own
            return self._pure(FUNCTIONS[called], args, named)
        matched = tried(node, called, args, self.scope, self.trial.names)
        if matched is not UNKNOWN:
            return matched
        callee = self.trial.names.callee(node, self.scope)
        if callee is not None:
            return self._project(node, callee, args, named, path)
        if self._makes_form(called):
            return UNKNOWN  # what fills a form in is no answer to whether it is valid
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, args, named, path)
        return self.values.unsure(*given)

    def _makes_form(self, called: str | None) -> bool:
        """Return whether `called` is a form class of the project: ``LoginForm(next=address)``."""
        bases = self.trial.names.names.bases(called) if called and called[-4:] == "Form" else ()
        return any(base.startswith(("flask_wtf.", "wtforms.")) for base in bases)

    def _into_session(
        self, node: ast.Call, args: list[object], named: dict[str | None, object], path: Path
    ) -> None:
        """Note what ``session.setdefault(key, x)`` and ``session.update(key=x)`` keep."""
        pairs = [(key, value) for key, value in named.items() if key]
        if len(args) == 2 and isinstance(args[0], str):
            pairs.append((args[0], args[1]))
        for arg in node.args[:1]:
            if isinstance(arg, ast.Dict):
                for key, value in zip(arg.keys, arg.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        pairs.append((key.value, self.values.of(value, path)))
        for name, held in pairs:
            self.trial.keep(name, held, path)

    def _is_text(self, kind: ast.expr) -> object:
        """Return whether a text is of the class, or of one of the classes, `kind`."""
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        names = [self.trial.names.qualified(each, self.scope) for each in kinds]
        if "builtins.str" in names:
            return True
        told = [name or ast.unparse(each) for name, each in zip(names, kinds, strict=True)]
        return DOUBTED if any(_TEXTS.search(name) for name in told) else False

    def _into_token(self, node: ast.expr, value: object, path: Path) -> None:
        """Note what is signed: the address itself, or a dictionary with it."""
        held = [value]
        named = self.scope.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
        if len(named) == 1 and named[0].value is not None:
            node = named[0].value  # ``state = {"next": target}``, a line above
        if isinstance(node, ast.Dict):
            held += [self.values.of(part, path) for part in node.values]
        for part in held:
            self.trial.keep(SIGNED, part, path)

    def _method(
        self, func: ast.Attribute, args: list[object], named: dict[str | None, object], path: Path
    ) -> object:
        owner = self.values.of(func.value, path)
        if isinstance(owner, Decoded):
            return self.trial.hostile if func.attr == "get" else owner
        if isinstance(owner, str | tuple) and func.attr in METHODS:
            if func.attr == "to_url":
                return self._pure(owner.geturl, [], {})  # type: ignore[union-attr]  # fails as AttributeError
            method = getattr(owner, func.attr, None)
            if method is not None:
                return self._pure(method, args, named, owner)
        return self.values.unsure(owner, *args, *named.values())

    def _project(
        self,
        node: ast.Call,
        callee: Scope,
        args: list[object],
        named: dict[str | None, object],
        path: Path,
    ) -> object:
        parameters = callee.parameters()
        bound = callee.enclosing_class is not None and isinstance(node.func, ast.Attribute)
        if bound and any(getattr(d, "id", "") == "staticmethod" for d in callee.decorators):
            bound = False
        names = [arg.arg for arg in parameters][int(bound) :]
        defaults = {
            name: literal(binding[0].value)
            for name, binding in callee.bindings.items()
            if binding[0].kind == "param" and binding[0].value is not None
        }
        given = defaults | dict(zip(names, args, strict=False))
        given |= {name: value for name, value in named.items() if name in names and name}
        unseen = [*args[len(names) :], *(v for name, v in named.items() if name not in names)]
        rest = getattr(callee.node, "args", None)
        if rest is not None and rest.kwarg is not None and not unseen and None not in named:
            given[rest.kwarg.arg] = {}
        if any(map(self.trial.is_hostile, unseen)):
            return DOUBTED  # taken by ``*args`` or ``**kwargs``: what becomes of it is not known
        if callee.decorators and any(map(self.trial.is_hostile, args)):
            wrapped = {getattr(d, "id", getattr(d, "attr", "")) for d in callee.decorators}
            if wrapped - {"staticmethod", "classmethod", "property"}:
                return DOUBTED
        return self.trial.call(callee, given, path)

    def _pure(
        self,
        function: Callable[..., Any],
        args: list[object],
        named: dict[str | None, object],
        owner: object = None,
    ) -> object:
        parts = [owner, *args, *named.values()]
        flat = [x for part in parts for x in (part if isinstance(part, tuple | list) else (part,))]
        if any(isinstance(part, Mark | Decoded) for part in flat) or None in named:
            return self.values.unsure(*parts)
        if any(isinstance(part, int) and abs(part) > MAX_TEXT for part in flat):
            return self.values.unsure(*parts)
        return attempt(lambda: function(*args, **named), self.values.unsure(*parts))  # type: ignore[arg-type]  # names

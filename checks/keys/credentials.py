"""Credentials that Python code holds: addresses, settings, seeded accounts, comparisons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.keys.words import is_placeholder, is_secret_name, literal_of, uri_password
from checks.project import Project
from checks.project.words import is_foreign_password_name, is_plain_password_name

Kind = Literal["address", "setting", "connection", "account", "assignment", "comparison"]

_NOT_OURS = frozenset({"SECRET_KEY", "SECRET_KEY_FALLBACKS"})  # rules of their own
_SALT = "SECURITY_PASSWORD_SALT"
_CONNECTS = (
    "connect", "create_pool", "MongoClient", "Redis", "StrictRedis", "create_engine", "from_url",
    "MySQLConnectionPool", "Celery", "create_async_engine", "PooledDB", "SMTP",
)  # fmt: skip
_HASHES = ("generate_password_hash", "set_password", "hash_password", "hashpw", "encrypt_password")
_MAKES = ("create_user", "add_user", "register_user", "create_superuser", "create_admin")
_ASKS = ("check_password_hash", "check_password", "verify_password", "verify", "checkpw")
_PASSWORD_WORDS = ("assw", "PASSW", "pwd", "PWD")
_STAND_IN = re.compile(r"dummy|fake|unusable|timing|placeholder|nobody|decoy|sentinel", re.I)
_PERSON = re.compile(r"user|admin|account|member|customer|person|root", re.I)
_TYPED = re.compile(r"^(?!(.)\1{2,}$).*\w")
_TRIAL_DATA = re.compile(
    r"(^|[/_.:])(tests?|forge)\b|fake|seed|fixture|demo|sample|testdata|populate|init_?db|bootstrap"
)
_DEFAULT = re.compile(r"default|initial|must_?change|unchanged|placeholder", re.IGNORECASE)
_MIGRATION = re.compile(r"(^|/)(migrations|alembic)/")
_PEOPLE = re.compile(
    r"^_?(default_|admin_|local_|known_|valid_|all_)?(users?|accounts?|admins?|members?|logins)"
    r"(_?(db|store|list|table|map|dict))?$",
    re.IGNORECASE,
)
# The type of a field, and the beginnings of hashes.
_DESCRIBES = re.compile(r"^(str(ing)?$|text$|varchar|secret_?text|pbkdf2:|scrypt:|sha\d)", re.I)
_NO_PASSWORD = frozenset({"", "password", "none", "null", "true", "false", "******", "********"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A literal password or key in Python code."""

    kind: Kind
    name: str
    """What it is for: a setting, a function, a variable."""
    spot: Spot
    fallback: bool = False
    """Whether it counts only where the environment sets nothing."""
    trial: bool = False
    """Whether its file or function makes data to try the app out, or the app has it changed."""
    development: bool = False
    """Whether it is for the environment of development only, or a sample's to fill in."""
    sure: bool = True


def credentials(project: Project) -> Iterator[Credential]:
    """Yield the credentials of all files that are no tests, each place once."""
    seen: set[tuple[str, int]] = set()
    for found in _all(project):
        place = (found.spot.path, found.spot.line)
        if place not in seen:
            seen.add(place)
            yield found


def _all(project: Project) -> Iterator[Credential]:
    yield from _settings(project)
    makers = (*_MAKES, *{model.scope.name: None for model in project.identity.models})
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in _calls(module, _CONNECTS):
            yield from _connection(call, scope, project)
        for call, scope in _calls(module, _HASHES):
            yield from _hashed(call, scope, project)
        for call, scope in _calls(module, makers):
            yield from _account(call, scope, project)
        for call, scope in _calls(module, ("update",)):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if owner is not None and _PERSON.search(last_name(owner)):
                yield from _account(call, scope, project)
        if any(word in module.source.text for word in _PASSWORD_WORDS):
            for scope in module.scopes:
                yield from _comparisons(scope, project)
                yield from _assigned(scope, project)
                yield from _listed(scope, project)


def _calls(module: Module, names: tuple[str, ...]) -> list[tuple[ast.Call, Scope]]:
    """Return the calls of what has one of `names`; most files have none."""
    here = [name for name in names if name in module.called or name in module.aliases]
    return module.calls(*here) if here else []


def _settings(project: Project) -> Iterator[Credential]:
    for site in project.parts:
        if site.context == "tests":
            continue
        for setting in project.configuration(site).settings:
            if setting.key in _NOT_OURS or setting.environment == "testing":
                continue
            if setting.context == "tests":
                continue
            value = setting.value
            text = value.value if value.kind in ("literal", "fallback") else None
            if text is None and setting.written is not None:
                text = _joined(*setting.written, project)
            if not isinstance(text, str | bytes):
                continue
            shown = text.decode("latin-1") if isinstance(text, bytes) else text
            spot = value.spot if value.kind == "fallback" and value.spot else setting.spot
            at_home = setting.environment == "development" or bool(setting.sample_of)
            fallback = value.kind == "fallback"
            if uri_password(shown):
                yield Credential(
                    "address", setting.key, spot, fallback, development=at_home,
                    sure=setting.confidence == "high",
                )  # fmt: skip
            elif setting.key == _SALT and not any(map(_uses_security, site.modules)):
                continue  # a salt of itsdangerous only tells purposes apart
            elif is_secret_name(setting.key) and _is_real(shown):
                yield Credential(
                    "setting", setting.key, spot, fallback, development=at_home,
                    sure=setting.confidence == "high",
                )  # fmt: skip


def _uses_security(module: Module) -> bool:
    """Return whether Flask-Security reads the settings: its salt is the key of an HMAC."""
    return "flask_security" in module.source.text


def _is_real(text: str) -> bool:
    """Return whether `text` may be somebody's password, not a name, reference or placeholder."""
    literal, _ = literal_of(text)
    if not literal or literal.lower() in _NO_PASSWORD or " " in literal or "/" in literal[:1]:
        return False
    return not is_placeholder(literal) and "://" not in literal and "[" not in literal


def _joined(node: ast.expr, scope: Scope, project: Project) -> str | None:
    """Return an f-string with braces in the place of what is not known."""
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        found = project.evaluate(inner, scope)
        known = found.kind in ("literal", "fallback") and isinstance(found.value, str | int)
        parts.append(str(found.value) if known else "{}")
    return "".join(parts)


def _text(node: ast.expr | None, scope: Scope, project: Project) -> tuple[str, bool]:
    """Return the text that `node` certainly or by default is, and whether it is a default."""
    if node is None:
        return "", False
    found = project.evaluate(node, scope)
    if found.kind in ("literal", "fallback") and isinstance(found.value, str | bytes):
        value = found.value
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return text, found.kind == "fallback"
    return _joined(node, scope, project) or "", False


def _connection(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    name = last_name(call.func)
    for node in (*call.args[:1], *(k.value for k in call.keywords)):
        text, fallback = _text(node, scope, project)
        if uri_password(text):
            yield Credential("address", name, scope.spot(node), fallback)
    for keyword in call.keywords:
        if keyword.arg in ("password", "passwd", "pwd", "pw", "auth_password"):
            text, fallback = _text(keyword.value, scope, project)
            if text and text.lower() not in ("none", "null") and literal_of(text)[0]:
                yield Credential("connection", name, scope.spot(keyword.value), fallback)


def _hashed(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``set_password("admin")`` and ``generate_password_hash("admin")``."""
    if len(call.args) > 2 or last_name(getattr(call.func, "value", call)) == "keyring":
        return  # ``keyring.set_password(service, name, text)`` is no account of the app
    node = call.args[0] if call.args else None
    if isinstance(node, ast.Call) and last_name(node.func) in ("encode", "bytes"):
        node = node.func.value if isinstance(node.func, ast.Attribute) else None
    text, fallback = _text(node, scope, project)
    if node is None or not text or _STAND_IN.search(text) or _stands_in(call, scope):
        return
    trial = _is_trial(scope) or _is_found_out(node, scope)
    yield Credential("account", last_name(call.func), scope.spot(node), fallback, trial)


def _is_found_out(node: ast.expr, scope: Scope) -> bool:
    """Return whether the file asks of a stored hash whether it is still that of the default.

    An app that compares with ``DEFAULT_PASSWORD`` has it changed, or says so.
    """
    if not isinstance(node, ast.Name) or not _DEFAULT.search(node.id):
        return False
    return any(
        isinstance(arg, ast.Name) and arg.id == node.id
        for call, _ in scope.module.calls(*_ASKS)
        for arg in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _stands_in(call: ast.Call, scope: Scope) -> bool:
    """Return whether the hash is one that no user has: it keeps the time of a login even."""
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            target = outer.targets[0] if isinstance(outer, ast.Assign) else outer.target
            return bool(_STAND_IN.search(last_name(target)))
        if isinstance(outer, ast.Call) and last_name(outer.func).startswith(("check_", "verify")):
            return True
        if isinstance(outer, ast.stmt):
            break
    return bool(_STAND_IN.search(scope.name))


def _account(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    for keyword in call.keywords:
        if keyword.arg is None or not is_plain_password_name(keyword.arg):
            continue
        text, fallback = _text(keyword.value, scope, project)
        if text and text.lower() not in ("none", "null") and not _STAND_IN.search(text):
            name = last_name(call.func)
            yield Credential("account", name, scope.spot(keyword.value), fallback, _is_trial(scope))


def _is_trial(scope: Scope) -> bool:
    path = f"{scope.module.path}:{scope.qualname}".lower()
    return bool(_TRIAL_DATA.search(path))


def _assigned(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``admin.password = "admin"``."""
    for assignment in scope.assignments:
        target = assignment.target
        if not isinstance(target, ast.Attribute) or not _PERSON.search(last_name(target.value)):
            continue
        if is_plain_password_name(target.attr):
            text, fallback = _text(assignment.value, scope, project)
            if _is_real(text):
                spot = scope.spot(assignment.value)
                yield Credential("assignment", target.attr, spot, fallback, _is_trial(scope))


def _listed(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield the passwords in ``USERS = {"ann": {"password": "..."}}`` and lists of such."""
    for assignment in scope.assignments:
        name = last_name(assignment.target)
        value = assignment.value
        if not _PEOPLE.match(name) or not isinstance(value, ast.Dict | ast.List | ast.Tuple):
            continue
        for inner in ast.walk(value):
            if not isinstance(inner, ast.Dict):
                continue
            for key, given in zip(inner.keys, inner.values, strict=True):
                word = key.value if isinstance(key, ast.Constant) else None
                if not isinstance(word, str) or not is_plain_password_name(word):
                    continue
                text, fallback = _text(given, scope, project)
                if _is_real(text) and not _DESCRIBES.match(text) and "$" not in text:
                    spot, trial = scope.spot(given), _is_trial(scope)
                    yield Credential("assignment", word, spot, fallback, trial, sure=False)


def _comparisons(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``password == "admin"`` where it decides a login."""
    for compare in scope.comparisons:
        if len(compare.ops) != 1 or not isinstance(compare.ops[0], ast.Eq | ast.NotEq):
            continue
        pair = (compare.left, compare.comparators[0])
        for one, other in (pair, pair[::-1]):
            asked = _asked(one)
            if "p" not in asked.lower() or is_foreign_password_name(asked):
                continue
            if not is_plain_password_name(asked) or "mask" in last_name(other).lower():
                continue
            text, fallback = _text(other, scope, project)
            if text.lower() in _NO_PASSWORD or not _TYPED.search(text):
                continue  # ``"*"`` marks an account without a password, ``XXXX`` a hidden one
            if _refuses(compare, scope) or _MIGRATION.search(scope.module.path):
                continue
            yield Credential("comparison", _asked(one), scope.spot(other), fallback)


def _asked(node: ast.expr) -> str:
    """Return the name of ``form["password"]``, ``form.get("password")`` or ``password``."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call) and last_name(node.func) in ("get", "strip"):
        first = node.args[0] if node.args else None
        return str(first.value) if isinstance(first, ast.Constant) else ""
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return last_name(node.value)
    return last_name(node)


def _refuses(compare: ast.Compare, scope: Scope) -> bool:
    """Return whether the comparison keeps a default password from being used."""
    if _DEFAULT.search(scope.name):
        return True  # ``is_default_password``: whoever still has it must change it
    if not isinstance(compare.ops[0], ast.Eq):
        return False
    for outer in scope.module.ancestors(compare):
        if isinstance(outer, ast.If):
            told = [last_name(n.func) for s in outer.body for n in ast.walk(s)
                    if isinstance(n, ast.Call)]  # fmt: skip
            warned = any(name in ("warn", "warning", "error", "critical", "exit") for name in told)
            return warned or any(isinstance(statement, ast.Raise) for statement in outer.body)
        if isinstance(outer, ast.stmt):
            return isinstance(outer, ast.Assert)
    return False

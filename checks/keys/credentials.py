"""Credentials that Python code holds: addresses, settings, seeded accounts, comparisons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.keys.beside import (
    is_here,
    is_little,
    is_little_in,
    is_put_right,
    names_of,
    says_only_names,
)
from checks.keys.credential import (
    NO_PASSWORD,
    PASSWORD_WORDS,
    Credential,
    is_real,
    joined,
    text_of,
)
from checks.keys.filed import filed
from checks.keys.nested import within
from checks.keys.seeded import Seeded, calls_of
from checks.keys.services import handed
from checks.keys.tables import looked_up
from checks.keys.words import is_secret_name, literal_of, uri_password
from checks.lazy import lazy
from checks.passwords.lookups import CREATES, stands_for_no_change
from checks.project import Project
from checks.project.configuration import Configuration, Setting
from checks.project.words import is_foreign_password_name, is_plain_password_name

_NOT_OURS = frozenset({"SECRET_KEY", "SECRET_KEY_FALLBACKS"})  # rules of their own
_ISSUED = lazy(r"API_?(KEY|TOKEN|SECRET)$|CLIENT_SECRET$|ACCESS_?(KEY|TOKEN)$")
_WORDS = frozenset({"secret", "key", "token", "apikey", "api_key", "api-key", "mykey", "none"})
_SALT = "_PASSWORD_SALT"  # ``SECURITY_PASSWORD_SALT``, ``RESET_PASSWORD_SALT``
_CONNECTS = (
    "connect", "create_pool", "MongoClient", "Redis", "StrictRedis", "create_engine", "from_url",
    "MySQLConnectionPool", "Celery", "create_async_engine", "PooledDB", "SMTP",
)  # fmt: skip
# A constant for what went wrong, or for what is hidden, is nobody's password.
_MARKS = lazy(r"mask|fail|error|missing|undefined|unknown|sentinel|invalid", re.IGNORECASE)
_TYPED = lazy(r"^(?!(.)\1{2,}$).*\w")
_DEFAULT = lazy(r"default|initial|must_?change|unchanged|placeholder", re.IGNORECASE)
_ABOUT = lazy(r"flag|status|state|type|kind|mode|format|field|length|len$", re.IGNORECASE)
# A file of settings that says of itself that it is for trying out before production.
_STAGING = lazy(r"^(?:IS_)?(?:STAGING|REVIEW)(?:_\w+)? *= *True\b", re.MULTILINE)
# What a helper gives back where it found no password.
_FAILED = frozenset({"error", "failed", "failure", "invalid", "unknown", "missing", "n/a", "unset"})
_YOURS = lazy(r"^your[-_ ]?\w+$|^<[^>]*>$", re.IGNORECASE)
_BROKER = lazy(r"RABBIT|AMQP")
_MIGRATION = lazy(r"(^|/)(migrations|alembic)/")


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
    known = {
        (setting.spot.path, setting.spot.line)
        for site in project.parts
        for setting in project.configuration(site).settings
    }
    yield from (one for one in filed(project) if (one.spot.path, one.spot.line) not in known)
    accounts = Seeded(project)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        for call, scope in calls_of(module, _CONNECTS):
            yield from _connection(call, scope, project)
        yield from handed(module, project)
        yield from accounts.called(module)
        if any(word in module.source.text for word in PASSWORD_WORDS):
            for scope in module.scopes:
                yield from _comparisons(scope, project)
                yield from accounts.written(scope)


def _settings(project: Project) -> Iterator[Credential]:
    staging = {module.path for module in project.modules if _is_staging(module)}
    names = {module.name.partition(".")[0] for module in project.modules}
    for site in project.parts:
        if site.context == "tests":
            continue
        called = names | names_of(project.configuration(site).settings)
        for setting in project.configuration(site).settings:
            if setting.key in _NOT_OURS or setting.environment == "testing":
                continue
            if setting.context == "tests":
                continue
            at_home = setting.environment == "development" or bool(setting.sample_of)
            at_home = at_home or setting.spot.path in staging
            value = setting.value
            text = value.value if value.kind in ("literal", "fallback") else None
            fallback = value.kind == "fallback"
            if text is None and setting.written is not None:
                text, fallback = joined(*setting.written, project) or (None, False)
            if not isinstance(text, str | bytes):
                yield from within(setting, project, development=at_home)
                continue
            shown = text.decode("latin-1") if isinstance(text, bytes) else text
            spot = value.spot if fallback and value.spot else setting.spot
            overruled = fallback or is_put_right(spot.path) or _is_default(setting)
            if password := uri_password(shown):
                if _is_told(setting, project.configuration(site)):
                    continue
                yield Credential(
                    "address", setting.key, spot, fallback, development=at_home,
                    sure=setting.confidence == "high",
                    little=overruled and is_little_in(shown, password, called),
                )  # fmt: skip
            elif setting.key.endswith(_SALT) and not any(map(_uses_security, site.modules)):
                continue  # a salt of itsdangerous only tells purposes apart
            elif _ISSUED.search(setting.key) and shown.lower() in _WORDS:
                continue  # no other service would issue it: there is none yet
            elif is_secret_name(setting.key) and is_real(shown):
                if _of_nobody(setting.key, project.configuration(site)):
                    continue
                issued = _ISSUED.search(setting.key) is not None
                little = is_little(setting.key, shown, called)
                little = little or (issued and says_only_names(shown, (setting.key,)))
                yield Credential(
                    "setting", setting.key, spot, fallback, development=at_home,
                    sure=setting.confidence == "high", little=overruled and little,
                )  # fmt: skip


def _is_default(setting: Setting) -> bool:
    """Return whether the app's own setting wins: ``app.config.setdefault("LDAP_SECRET", "a")``."""
    if setting.written is None:
        return False
    node, scope = setting.written
    above = scope.module.parent(node)
    return isinstance(above, ast.Call) and last_name(above.func) == "setdefault"


def _is_staging(module: Module) -> bool:
    text = module.source.text
    return ("STAGING" in text or "REVIEW" in text) and _STAGING.search(text) is not None


def _is_told(setting: Setting, configuration: Configuration) -> bool:
    """Return whether an address is put together with a password that is a setting of its own."""
    if setting.written is None or setting.value.kind in ("literal", "fallback"):
        return False
    node, _ = setting.written
    parts = (last_name(part) for part in ast.walk(node) if isinstance(part, ast.Name))
    return any(is_secret_name(name) and any(configuration.of(name)) for name in parts)


def _of_nobody(key: str, configuration: Configuration) -> bool:
    """Return whether the user's name beside a password is empty: nobody is logged in with it.

    RabbitMQ lets its own ``guest`` in from its own machine only.
    """
    if not key.endswith("_PASSWORD"):
        return False
    stem = key.removesuffix("PASSWORD")
    beside = list(configuration.of(f"{stem}USERNAME", f"{stem}USER"))
    if not beside:
        return False
    if all(setting.value.is_literal("") for setting in beside):
        return True
    if not _BROKER.search(key):
        return False
    there = list(configuration.of(f"{stem}HOST"))
    return (
        bool(there)
        and all(setting.value.value == "guest" for setting in (*configuration.of(key), *beside))
        and all(setting.value.value in ("localhost", "127.0.0.1") for setting in there)
    )


def _uses_security(module: Module) -> bool:
    """Return whether Flask-Security reads the settings: its salt is the key of an HMAC."""
    return "flask_security" in module.source.text


def _connection(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    name = last_name(call.func)
    by_hand = is_put_right(scope.module.path)
    texts = {k.arg or "": text_of(k.value, scope, project)[0] for k in call.keywords}
    host = texts.get("host") or texts.get("server") or ""
    given = [t for key, t in texts.items() if key not in ("password", "passwd", "pwd", "pw")]
    for node in (*call.args[:1], *(k.value for k in call.keywords)):
        text, fallback = text_of(node, scope, project)
        if password := uri_password(text):
            little = (fallback or by_hand) and is_little_in(text, password)
            yield Credential("address", name, scope.spot(node), fallback, little=little)
    for keyword in call.keywords:
        if keyword.arg in ("password", "passwd", "pwd", "pw", "auth_password"):
            text, fallback = text_of(keyword.value, scope, project)
            if text and text.lower() not in ("none", "null") and literal_of(text)[0]:
                if any(map(_YOURS.search, texts.values())):
                    continue  # ``user="youruser"``: somebody has yet to fill it in
                little = (fallback or by_hand) and is_here(host) and says_only_names(text, given)
                spot = scope.spot(keyword.value)
                yield Credential("connection", name, spot, fallback, little=little)


def _comparisons(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``password == "admin"`` where it decides a login."""
    for compare in scope.comparisons:
        if len(compare.ops) != 1 or not isinstance(compare.ops[0], ast.Eq | ast.NotEq):
            continue
        yield from looked_up(compare, scope, project)
        pair = (compare.left, compare.comparators[0])
        for one, other in (pair, pair[::-1]):
            asked = _asked(one)
            if "p" not in asked.lower() or is_foreign_password_name(asked):
                continue
            if _ABOUT.search(asked):
                continue
            if not is_plain_password_name(asked) or _MARKS.search(last_name(other)):
                continue
            text, fallback = text_of(other, scope, project)
            if text.lower() in NO_PASSWORD | _FAILED or not _TYPED.search(text):
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


def _stands_for_none(compare: ast.Compare, scope: Scope) -> bool:
    """Return whether the literal is a word for an account that has no password of its own.

    What makes accounts lets nobody in, and what puts another text in its place does not either.
    """
    if CREATES.match(scope.name):
        return True
    above = scope.module.parent(compare)
    if not isinstance(above, ast.If) or not isinstance(compare.ops[0], ast.Eq):
        return False
    asked = ast.unparse(compare.left)
    return any(
        isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]) == asked
        and isinstance(statement.value, ast.Constant)
        for statement in above.body
    )


def _refuses(compare: ast.Compare, scope: Scope) -> bool:
    """Return whether the comparison keeps a default password from being used."""
    if _stands_for_none(compare, scope):
        return True
    if _DEFAULT.search(scope.name):
        return True  # ``is_default_password``: whoever still has it must change it
    if stands_for_no_change(compare, scope):
        return True
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

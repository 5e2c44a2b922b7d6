"""Password hashes that cost enough, but are none of Argon2id."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords import costs
from checks.passwords.passlib import weak_scheme
from checks.passwords.shapes import argument, is_migration, last_name
from checks.passwords.study import Study, Use
from checks.project import Project
from checks.project.configuration import Setting
from checks.project.words import is_password_name

_WERKZEUG = "werkzeug.security.generate_password_hash"
_BCRYPT = (
    "bcrypt.hashpw", "flask_bcrypt.generate_password_hash",
    "flask_bcrypt.Bcrypt.generate_password_hash",
)  # fmt: skip
_KDF = {"hashlib.pbkdf2_hmac": ("PBKDF2", 1), "hashlib.scrypt": ("scrypt", 0)}
_LAST = ("generate_password_hash", "hashpw", "pbkdf2_hmac", "scrypt", "CryptContext")
_SPOKEN = (("argon2", ""), ("scrypt", "scrypt"), ("pbkdf2", "PBKDF2"), ("bcrypt", "bcrypt"),
           ("sha256_crypt", "SHA-256-crypt"), ("sha512_crypt", "SHA-512-crypt"))  # fmt: skip
_VERIFIES = lazy(r"check|verif|compare|authenticate|legacy|deprecated", re.IGNORECASE)


def find(study: Study) -> Iterator[Use]:
    """Yield each call that makes a sound hash which is no Argon2id."""
    project = study.project
    weak = {use.spot for use in study.once("weak", lambda: costs.find(study))}
    for module in project.modules:
        if module.source.context == "tests" or is_migration(module.path):
            continue
        names = _LAST if "passlib" not in module.source.text else (*_LAST, "hash", "encrypt")
        for call, scope in module.calls(*names):
            if scope.spot(call) in weak or _VERIFIES.search(scope.name):
                continue
            algorithm = _algorithm(call, scope, project)
            if algorithm:
                what = f"Passwords are hashed with {algorithm}, which Argon2id has replaced."
                yield Use(scope, call, what)


def _algorithm(call: ast.Call, scope: Scope, project: Project) -> str | None:
    called = project.names.called(call, scope)
    if called == _WERKZEUG:
        return _werkzeug(call, scope, project)
    if called in _BCRYPT:
        # ``hashpw(password, stored_hash)`` only checks, with the salt of the stored hash.
        salt = call.args[1] if called == "bcrypt.hashpw" and len(call.args) > 1 else None
        stored = salt is not None and is_password_name(last_name(salt))
        return None if stored else "bcrypt"
    if called in _KDF:
        name, index = _KDF[called]
        hashed = costs.is_password(argument(call, index, "password"), scope, project)
        return name if hashed else None
    if called == "passlib.context.CryptContext":
        schemes = project.evaluate(argument(call, 0, "schemes"), scope).value
        if isinstance(schemes, str):
            schemes = tuple(schemes.replace(",", " ").split())
        first = schemes[0] if isinstance(schemes, tuple) and schemes else None
        default = project.evaluate(argument(call, -1, "default"), scope).value
        used = default if isinstance(default, str) else first
        return spoken(used) if isinstance(used, str) else None
    if called is not None and called.startswith("passlib.hash."):
        scheme, *method = called.removeprefix("passlib.hash.").split(".")
        made = method[-1:] in (["hash"], ["encrypt"])
        return spoken(scheme) if made else None
    return None


def _werkzeug(call: ast.Call, scope: Scope, project: Project) -> str | None:
    node = argument(call, 1, "method")
    if node is None:
        if any(isinstance(a, ast.Starred) for a in call.args):
            return None
        return None if any(k.arg is None for k in call.keywords) else "Werkzeug's scrypt"
    method = project.evaluate(node, scope).value
    return spoken(method) if isinstance(method, str) else None


def spoken(scheme: str) -> str | None:
    """Return what a scheme or method is called, None for Argon2 and for what is weak."""
    if weak_scheme(scheme) is not None:
        return None
    return next((text for word, text in _SPOKEN if word in scheme), None) or None


def settings(project: Project) -> Iterator[tuple[str, Setting]]:
    """Yield the algorithm and the setting where Flask-Security is told to use another."""
    for setting in project.settings("SECURITY_PASSWORD_HASH"):
        value = setting.value.value
        algorithm = spoken(value) if isinstance(value, str) else None
        if algorithm is not None and setting.reaches_production:
            yield algorithm, setting

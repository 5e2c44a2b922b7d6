"""Passlib's schemes: which are weak, and which are called with too little cost."""

from __future__ import annotations

import ast

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords import floors
from checks.passwords.shapes import argument
from checks.project import Project

_WEAK = lazy(
    r"^(plaintext|md5_crypt|apr_md5_crypt|sha1_crypt|des_crypt|bsdi_crypt|bigcrypt|crypt16|"
    r"lmhash|nthash|mssql\d*|mysql\d*|oracle\d*|postgres_md5|msdcc|hex_\w+|htdigest|"
    r"ldap_(plaintext|md5|salted_md5|sha1|salted_sha1|salted_sha\d+|hex_\w+|des_crypt|"
    r"bsdi_crypt|md5_crypt|sha1_crypt)|roundup_plaintext|django_(disabled|salted_\w+|des_crypt)|"
    r"unix_disabled|cisco_\w+)$"
)
_PBKDF2 = lazy(r"^(?:ldap_|django_)?pbkdf2_(?:hmac_)?(sha\d+)$")
_HASHING = ("hash", "encrypt", "using")


def weak_scheme(name: str) -> str | None:
    """Return what is wrong with passlib's scheme `name`, whatever it costs, or None."""
    if not _WEAK.match(name):
        return None
    if "plaintext" in name:
        return f"no hash at all ({name})"
    return f"{name}, a scheme that is too fast"


def passlib_call(call: ast.Call, called: str, scope: Scope, project: Project) -> str | None:
    """Return what is wrong with a call of passlib, or None.

    Args:
        call: the call.
        called: its qualified name, which begins with ``passlib.``.
        scope: where it stands.
        project: what evaluates its arguments.
    """
    if called == "passlib.context.CryptContext":
        return _context(call, scope, project)
    prefix, _, rest = called.partition("passlib.hash.")
    if prefix or not rest:
        return None
    scheme, *method = rest.split(".")
    if method[-1:] == ["using"] or (method and method[-1] in _HASHING):
        if len(method) > 1:  # ``pbkdf2_sha256.using(rounds=...).hash(...)``: judged at using
            return None
        return weak_scheme(scheme) or _cost(scheme, "", call, scope, project, method[-1])
    return None


def _context(call: ast.Call, scope: Scope, project: Project) -> str | None:
    schemes = project.evaluate(argument(call, 0, "schemes"), scope).value
    if isinstance(schemes, str):
        schemes = tuple(schemes.replace(",", " ").split())
    if not isinstance(schemes, tuple) or not schemes or not isinstance(schemes[0], str):
        return None
    default = project.evaluate(argument(call, -1, "default"), scope).value
    used = default if isinstance(default, str) else schemes[0]
    return weak_scheme(used) or _cost(used, f"{used}__", call, scope, project, "context")


def _cost(
    scheme: str, prefix: str, call: ast.Call, scope: Scope, project: Project, method: str
) -> str | None:
    """Judge the cost that `call` gives to `scheme`, or its default."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None

    def number(name: str, default: int | None) -> int | None:
        for stem in (prefix, f"{prefix}default_") if prefix else ("", "default_"):
            node = argument(call, -1, f"{stem}{name}")
            if node is not None:
                value = project.evaluate(node, scope).value
                return value if type(value) is int else None
        return default

    match = _PBKDF2.match(scheme)
    if match is not None:
        return floors.pbkdf2(match[1], number("rounds", floors.PASSLIB_PBKDF2_ROUNDS.get(match[1])))
    if scheme in floors.SHA_CRYPT_ROUNDS:
        return floors.sha_crypt(scheme, number("rounds", None))
    if scheme in ("bcrypt", "bcrypt_sha256", "django_bcrypt"):
        return floors.bcrypt(number("rounds", None))
    if scheme == "argon2":
        memory, passes = number("memory_cost", None), number("time_cost", number("rounds", None))
        if memory is None and passes is None:
            return None
        return floors.argon2(memory or 65_536, passes or 3)
    return None

"""Password hash functions that are called with too little cost."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.passwords import floors
from checks.passwords.elsewhere import is_sent
from checks.passwords.passlib import passlib_call, weak_scheme
from checks.passwords.shapes import argument, last_name
from checks.passwords.study import Study, Use
from checks.project import Project
from checks.project.configuration import Setting
from checks.project.words import is_password_name

_CHANCE = lazy(r"(?:token|api_?key|app_?password|access_?key)s?$", re.IGNORECASE)
# A password is made into a key. A function called ``encrypt_password`` says nothing of that.
_ENCRYPTS = lazy(r"\bFernet|\bAES|\bCipher\b|\bChaCha20|\.encrypt\(|\.decrypt\(")
Reader = Callable[[ast.Call, Scope, Project], list[str | None]]


def find(study: Study) -> Iterator[Use]:
    """Yield each call and setting that makes a password hash too cheap."""
    project = study.project
    for module in project.modules:
        if module.source.context == "tests":
            continue
        passlib = "passlib" in module.source.text  # its schemes are called what one likes
        for call, scope in module.calls(*(module.called if passlib else _LAST_NAMES)):
            yield from _call(call, scope, project)
        for call, scope in module.calls("partial"):  # ``partial(generate_password_hash, ...)``
            if call.args and last_name(call.args[0]) in _LAST_NAMES:
                made = ast.Call(call.args[0], call.args[1:], call.keywords)
                yield from _call(ast.copy_location(made, call), scope, project)


def _call(call: ast.Call, scope: Scope, project: Project) -> Iterator[Use]:
    called = project.names.called(call, scope)
    if called is None:
        return
    reader = _READERS.get(called)
    problems = reader(call, scope, project) if reader is not None else []
    if reader is None and called.startswith("passlib."):
        problems = [passlib_call(call, called, scope, project)]
    said = [problem for problem in problems if problem]
    if not said or _is_random(scope) or _is_kept_shortly(call, scope):
        return
    if not is_sent(call, scope):
        yield Use(scope, call, f"Passwords are hashed with {' and with '.join(said)}.")


def _is_random(scope: Scope) -> bool:
    """Return whether it is the method of a token or key: nobody guesses what chance made."""
    cls = scope.enclosing_class
    return cls is not None and _CHANCE.search(cls.name) is not None


def _is_kept_shortly(call: ast.Call, scope: Scope) -> bool:
    """Return whether the hash goes into a cache in memory: ``self._cache[name] = hash(typed)``."""
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.Assign):
            target = outer.targets[0]
            held = target.value if isinstance(target, ast.Subscript) else None
            return held is not None and "cache" in last_name(held).lower()
        if isinstance(outer, ast.stmt):
            return False
    return False


def _number(
    call: ast.Call, scope: Scope, project: Project, index: int, name: str, default: int | None
) -> int | None:
    """Return the argument as a number, `default` where it is left out, None if not known."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    node = argument(call, index, name)
    if node is None:
        starred = any(isinstance(arg, ast.Starred) for arg in call.args)
        return None if starred else default
    found = project.evaluate(node, scope)
    value = found.value if found.kind == "literal" else _power(node)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _power(node: ast.expr) -> object:
    """Return ``2 ** 14`` and ``1 << 14``, which the evaluator leaves alone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
        left, right = getattr(node.left, "value", None), getattr(node.right, "value", None)
        if type(left) is int and type(right) is int and left < 1024 and 0 <= right < 64:
            return left**right if isinstance(node.op, ast.Pow) else left << right
    return None


def _text(node: ast.expr | None, scope: Scope, project: Project) -> str | None:
    found = project.evaluate(node, scope)
    return found.value if found.kind == "literal" and isinstance(found.value, str) else None


def _werkzeug(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    node = argument(call, 1, "method")
    method = _text(node, scope, project)
    length = _number(call, scope, project, 2, "salt_length", floors.SALT_BYTES)
    weak_salt = floors.salt(length, "characters")
    if method == "plain":
        return ["no hash at all (method plain)"]
    return [_method(method) if method is not None else None, weak_salt]


def _method(method: str) -> str | None:
    name, *given = method.split(":")
    if name == "scrypt":
        numbers = [int(part) for part in given if part.isdigit()]
        return floors.scrypt(*numbers) if len(numbers) == len(given) == 3 else None
    if name == "pbkdf2":
        algorithm = given[0] if given else "sha256"
        rounds = given[1] if len(given) > 1 else str(floors.WERKZEUG_PBKDF2_ROUNDS)
        return floors.pbkdf2(algorithm, int(rounds) if rounds.isdigit() else None)
    if name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        return f"a single round of {floors.spoken(name)}"
    return None


def _gensalt(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    return [floors.bcrypt(_number(call, scope, project, 0, "rounds", None))]


def _flask_bcrypt(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    return [floors.bcrypt(_number(call, scope, project, 1, "rounds", None))]


def _pbkdf2(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    if not is_password(argument(call, 1, "password"), scope, project):
        return []
    algorithm = _text(argument(call, 0, "hash_name"), scope, project)
    rounds = _number(call, scope, project, 3, "iterations", None)
    weak = floors.pbkdf2(algorithm, rounds) if algorithm is not None else None
    return [weak, _fixed_salt(argument(call, 2, "salt"), scope, project)]


def _derived(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    """Judge ``PBKDF2HMAC(...)`` whose ``derive`` gets a password, where no key is made of it."""
    derives = [other for other in scope.calls if last_name(other.func) in ("derive", "verify")]
    if _ENCRYPTS.search(scope.module.source.text) or not any(
        is_password(argument(other, 0, "key_material"), scope, project) for other in derives
    ):
        return []
    algorithm = last_name(argument(call, 0, "algorithm")).lower()
    weak = floors.pbkdf2(algorithm, _number(call, scope, project, 3, "iterations", None))
    return [weak, _fixed_salt(argument(call, 2, "salt"), scope, project)]


def _hashlib_scrypt(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    if not is_password(argument(call, 0, "password"), scope, project):
        return []
    n, r, p = (_number(call, scope, project, -1, name, None) for name in "nrp")
    return [floors.scrypt(n, r, p), _fixed_salt(argument(call, -1, "salt"), scope, project)]


def _fixed_salt(node: ast.expr | None, scope: Scope, project: Project) -> str | None:
    found = project.evaluate(node, scope)
    literal = found.kind == "literal" and isinstance(found.value, str | bytes)
    return "one salt for everybody, written in the sources" if literal else None


def is_password(node: ast.expr | None, scope: Scope, project: Project) -> bool:
    """Return whether what is hashed is a password, by its flow or by its name."""
    if node is None:
        return False
    if any(o.kind == "password" for o in project.made_from(project.flow(scope).at(node))):
        return True
    inner = node.func.value if _is_encode(node) else node  # type: ignore[attr-defined]  # a method
    return is_password_name(last_name(inner))


def _is_encode(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "encode"
    )


def _argon2(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    passes = _number(call, scope, project, 0, "time_cost", 3)
    memory = _number(call, scope, project, 1, "memory_cost", 65_536)
    length = _number(call, scope, project, 4, "salt_len", 16)
    return [floors.argon2(memory, passes), floors.salt(length)]


def _argon2_low(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    passes = _number(call, scope, project, 2, "time_cost", None)
    memory = _number(call, scope, project, 3, "memory_cost", None)
    fixed = _fixed_salt(argument(call, 1, "salt"), scope, project)
    return [floors.argon2(memory, passes), fixed]


def _pwdlib_bcrypt(call: ast.Call, scope: Scope, project: Project) -> list[str | None]:
    return [floors.bcrypt(_number(call, scope, project, 0, "rounds", None))]


_READERS: dict[str, Reader] = {
    "werkzeug.security.generate_password_hash": _werkzeug,
    "bcrypt.gensalt": _gensalt,
    "flask_bcrypt.generate_password_hash": _flask_bcrypt,
    "flask_bcrypt.Bcrypt.generate_password_hash": _flask_bcrypt,
    "hashlib.pbkdf2_hmac": _pbkdf2,
    "hashlib.scrypt": _hashlib_scrypt,
    "cryptography.hazmat.primitives.kdf.pbkdf2.PBKDF2HMAC": _derived,
    "argon2.PasswordHasher": _argon2,
    "argon2.low_level.hash_secret": _argon2_low,
    "argon2.low_level.hash_secret_raw": _argon2_low,
    "pwdlib.hashers.argon2.Argon2Hasher": _argon2,
    "pwdlib.hashers.bcrypt.BcryptHasher": _pwdlib_bcrypt,
}
_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in _READERS)


def settings(project: Project) -> Iterator[tuple[str, Setting]]:
    """Yield what is wrong, and the setting, for keys of Flask-Bcrypt and Flask-Security."""
    for setting in project.settings("BCRYPT_LOG_ROUNDS"):
        value = setting.value.value
        known = isinstance(value, int) and not isinstance(value, bool)
        problem = floors.bcrypt(value) if known else None  # type: ignore[arg-type]  # an int
        if problem is not None and setting.reaches_production:
            yield problem, setting
    for setting in project.settings("SECURITY_PASSWORD_HASH"):
        value = setting.value.value
        problem = weak_scheme(value) if isinstance(value, str) else None
        if problem is not None and setting.reaches_production:
            yield problem, setting

"""Where keys, tokens and passwords are made, and how many bits went into one."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from checks.facts.python import Assignment, Scope, last_name
from checks.lazy import lazy
from checks.naming import snaked
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.local import callers
from checks.tokens.words import is_any_token, is_mailed_token, purpose

_LAST = (
    "choice", "choices", "sample", "randint", "randrange", "random", "getrandbits", "randbytes",
    "rand", "integers", "uuid1", "uuid4", "time", "time_ns", "uniform", "urandom", "token_hex",
    "token_bytes", "token_urlsafe", "now", "utcnow", "today",
)  # fmt: skip
_HINTS = ("pass", "pwd", "token", "secret", "key", "csrf", "session", "link", "hash")
# What is given to nobody but those who may see a page without an account, or log in by it.
_LINK = r"(?:public|share|shared|private|secret|download)_(?:link|slug|hash)"
_SECRET = lazy(
    r"(^|_)(password|passwd|pwd|passphrase|token|secret|secret_?key|api_?key|apikey|access_?key|"
    r"private_?key|auth_?key|signing_?key|encryption_?key|csrf|session_?id|auth_?token|"
    rf"(login|auth|oauth)_hash|{_LINK})\d*$"
)
_LONG = lazy(r"(key|token|secret|csrf|session_?id|apikey)\d*$")
_MAKER = lazy(
    r"^_*(gen\w*|make|create|new|random|get_random|build|mk)_\w*"
    rf"(password|passwd|pwd|token|secret|api_?key|secret_?key|{_LINK})$|"
    rf"^(make|create|generate|gen|new|random)_{_LINK}$|^random_(password|token|key)$|"
    r"^_*(temp|tmp|temporary|initial|default|rand|strong|secure|new)_?"
    r"(password|passwd|pwd|api_?key|secret_?key)$|"
    r"^_*(password|passwd|pwd|api_?key|secret_?key)_(generat\w*|gen|maker|creat\w*)$"
)
_DRAWS = lazy(r"^_*(?:gen\w*|make|create|new|random|rand|get_random|build)(?:_|$)")
_STATE = lazy(r"(\w+_)?(state|nonce)$")
_TAKES = ("set_password", "generate_password_hash", "hash_password")
_PERSON = lazy(r"(user_?|login_?|first_?|last_?|full_?|nick_?)?name$|e?_?mail$|login$")
# Data for trying an app out is no secret.
_TRIAL_DATA = lazy(r"fake|seed|fixture|demo|sample|testdata|populate|dummy|faker|mock")


class MadeSecret(NamedTuple):
    """One value that becomes a key, token or password."""

    name: str
    """What it is called."""
    value: ast.expr
    scope: Scope
    long: bool
    """Whether it is meant to be long: a key or token, not a password for people."""
    returned: bool = False
    """Whether a function that is called after making one gives it back."""


def made_secrets(project: Project) -> Iterator[MadeSecret]:
    """Yield what is made by something that draws or tells the time, tokens by mail left out."""
    for module in project.modules:
        source = module.source
        if source.context == "tests" or _TRIAL_DATA.search(module.path.lower()):
            continue
        makers = [name for name in _LAST if name in module.called or name in module.aliases]
        if not makers:
            continue
        drawing: dict[Scope, None] = {}
        for _, scope in module.calls(*makers):
            while isinstance(scope.node, ast.Lambda) and scope.parent is not None:
                scope = scope.parent
            drawing[scope] = None
        for scope in drawing:
            if not _TRIAL_DATA.search(scope.name.lower()):
                yield from _of(scope)
                yield from _elsewhere(scope, project)


def _elsewhere(maker: Scope, project: Project) -> Iterator[MadeSecret]:
    """Yield what a function draws for others: ``self.secret_key = Crypto.generate_key()``."""
    if maker.kind != "function" or not maker.returns or not _DRAWS.search(maker.name):
        return
    for call, scope in callers(maker, project):
        if scope.module.source.context == "tests":
            continue
        for assignment in scope.assignments:
            if assignment.value is call:
                yield from _named(_name(assignment.target), call, scope)


def _of(scope: Scope) -> Iterator[MadeSecret]:
    for assignment in scope.assignments:
        if not isinstance(assignment.value, ast.Constant | ast.Name):
            yield from _named(_name(assignment.target), _default(assignment.value), scope)
            yield from _state(assignment, scope)
    for call in scope.calls:
        for keyword in call.keywords if not _is_made_up(call) else ():
            given = _named_before(keyword.value, scope)
            if keyword.arg and isinstance(given, ast.Call | ast.BinOp | ast.JoinedStr):
                yield from _named(keyword.arg, given, scope)
        if last_name(call.func) in _TAKES and call.args and not isinstance(call.args[0], ast.Name):
            yield MadeSecret("password", call.args[0], scope, long=False)
    if scope.kind == "function" and _MAKER.search(_snake(scope.name)):
        for statement in scope.returns:
            if statement.value is not None and not is_mailed_token(scope.name):
                long = bool(_LONG.search(_snake(scope.name)))
                yield MadeSecret(f"What {scope.name}() returns", statement.value, scope, long, True)


def is_thrown_away(made: MadeSecret) -> bool:
    """Return whether nobody is told a password: only what hashes it, or makes an account, gets it.

    Such as that of an account of the system's own, or of one that another service logs in.
    """
    above = made.scope.module.parent(made.value)
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    if made.scope.kind != "function" or not isinstance(target, ast.Name) or made.long:
        return False
    held = made.scope.bindings.get(target.id, ())
    read = [
        node
        for node in ast.walk(made.scope.node)
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load)
    ]
    return len(held) == 1 and bool(read) and all(_is_hashed(node, made.scope) for node in read)


def _is_hashed(node: ast.Name, scope: Scope) -> bool:
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.Call) and node is not outer.func:
            name = last_name(outer.func)
            return name in _TAKES or "hash" in name.lower() or name == "encode"
        if isinstance(outer, ast.stmt):
            return False
    return False


def _named_before(value: ast.expr, scope: Scope) -> ast.expr:
    """Return what a variable holds that is made here for nothing but to be given away."""
    if not isinstance(value, ast.Name):
        return value
    held = [b.value for b in scope.bindings.get(value.id, ()) if b.kind == "value"]
    return held[0] if len(held) == 1 and isinstance(held[0], ast.Call) else value


def _state(assignment: Assignment, scope: Scope) -> Iterator[MadeSecret]:
    """Yield what OAuth has a provider send back: ``session["state"] = ...``."""
    target = assignment.target
    if isinstance(target, ast.Subscript) and last_name(target.value) == "session":
        name = _name(target)
        if _STATE.match(name):
            yield MadeSecret(name, assignment.value, scope, long=False)


def _is_made_up(call: ast.Call) -> bool:
    """Return whether an account is made whose name is drawn as its password is: nobody's."""
    makers: dict[bool, set[str]] = {True: set(), False: set()}
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Call) and keyword.arg is not None:
            makers[_PERSON.match(keyword.arg) is not None].add(last_name(keyword.value.func))
    return bool(makers[True] & makers[False])


def _named(name: str, value: ast.expr, scope: Scope) -> Iterator[MadeSecret]:
    lowered = name.lower()
    if not any(hint in lowered for hint in _HINTS):
        return
    snake = _snake(name)
    if not _SECRET.search(snake) or is_mailed_token(name):
        return
    if purpose(scope.name) is not None and is_any_token(name):
        return
    yield MadeSecret(name, value, scope, bool(_LONG.search(snake)))


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return last_name(target)


def _default(value: ast.expr) -> ast.expr:
    """Return what fills a column or a setting by itself.

    ``Column(String, default=lambda: ...)``, ``conf.get("secret_key", str(date.today()))``
    """
    if isinstance(value, ast.Call):
        named = bool(value.args) and isinstance(value.args[0], ast.Constant)
        if named and len(value.args) == 2 and last_name(value.func) in ("get", "getenv"):
            fallback = value.args[1]
            return fallback if isinstance(fallback, ast.Call | ast.BinOp) else value
        for keyword in value.keywords:
            if keyword.arg in ("default", "default_factory"):
                made = keyword.value
                return made.body if isinstance(made, ast.Lambda) else made
    return value


def _snake(name: str) -> str:
    return snaked(name).lower()


_SAME_BITS = frozenset({"decode", "encode", "hex", "strip", "rstrip", "upper", "lower", "str"})
_ENCODERS = frozenset(
    {"b64encode", "urlsafe_b64encode", "b32encode", "b16encode", "hexlify", "b2a_hex", "str"}
)
_DEFAULT_BYTES = 32  # the default of the functions of `secrets`
_HEX_BITS = 4


def bits(node: ast.expr, scope: Scope, project: Project) -> float | None:
    """Return how many random bits `node` holds at most, or None if that is not known."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        upper = project.evaluate(node.slice.upper, scope).value if node.slice.upper else None
        whole = bits(node.value, scope, project)
        if whole is None or not isinstance(upper, int) or upper <= 0:
            return None
        return min(whole, upper * _HEX_BITS)
    if isinstance(node, ast.Attribute):
        return bits(node.value, scope, project) if node.attr == "hex" else None
    if not isinstance(node, ast.Call):
        return None
    called = project.names.called(node, scope) or ""
    if called in ("secrets.token_hex", "secrets.token_bytes", "secrets.token_urlsafe"):
        count = project.evaluate(node.args[0], scope).value if node.args else _DEFAULT_BYTES
        return count * 8 if isinstance(count, int) else None
    if called == "os.urandom" and node.args:
        count = project.evaluate(node.args[0], scope).value
        return count * 8 if isinstance(count, int) else None
    if called == "uuid.uuid4":
        return 122  # RFC 9562: six of the 128 bits are fixed
    if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1:
        return _drawn(node.args[0], scope, project)
    if last_name(node.func) in _ENCODERS and len(node.args) == 1:
        return bits(node.args[0], scope, project)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_BITS:
        return bits(node.func.value, scope, project)
    return None


def _drawn(node: ast.expr, scope: Scope, project: Project) -> float | None:
    """Return the bits of letters that are drawn one by one."""
    if not isinstance(node, ast.GeneratorExp | ast.ListComp) or len(node.generators) != 1:
        return None
    element, loop = node.elt, node.generators[0].iter
    if not isinstance(element, ast.Call) or not element.args or not isinstance(loop, ast.Call):
        return None
    if last_name(element.func) != "choice" or last_name(loop.func) != "range" or not loop.args:
        return None
    letters = _alphabet(element.args[0], scope, project)
    count = project.evaluate(loop.args[-1], scope).value
    if letters is None or not isinstance(count, int) or count <= 0:
        return None
    return count * math.log2(letters)


_ALPHABETS = {
    "string.ascii_letters": 52, "string.ascii_lowercase": 26, "string.ascii_uppercase": 26,
    "string.digits": 10, "string.hexdigits": 16, "string.punctuation": 32,
    "string.printable": 100,
}  # fmt: skip


def _alphabet(node: ast.expr, scope: Scope, project: Project) -> int | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = _alphabet(node.left, scope, project)
        right = _alphabet(node.right, scope, project)
        return left + right if left and right else None
    known = _ALPHABETS.get(project.names.qualified(node, scope) or "")
    if known is not None:
        return known
    value = project.evaluate(node, scope).value
    if isinstance(value, str) and len(value) > 1:
        return len(set(value))
    if isinstance(node, ast.Name):
        bindings = project.names.bindings(node.id, scope)
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.BinOp):
            return _alphabet(bindings[0].value, scope, project)
    return None

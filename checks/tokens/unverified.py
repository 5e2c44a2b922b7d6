"""Where tokens are read without their signature, and nothing else verifies them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.lines import own_text
from checks.facts.python import Scope, last_name
from checks.project import Project
from checks.records import NamedTuple
from checks.tokens.jwts import Jwt, jwt_calls
from checks.tokens.local import argument, calls_in, constant, value_of

_UNVERIFIED = frozenset(
    {
        "jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims",
        "authlib.jose.jws.deserialize_unverified",
    }
)  # fmt: skip
_BASE64 = ("urlsafe_b64decode", "b64decode", "base64url_decode", "decodebytes")
_BLOCKS = ast.If | ast.For | ast.While | ast.ExceptHandler | ast.IfExp | ast.Try


class Unverified(NamedTuple):
    """One place."""

    call: ast.Call
    scope: Scope
    message: str
    doubtful: bool = False


def unverified(project: Project) -> Iterator[Unverified]:
    """Yield the places outside tests, in no order."""
    decodes = list(jwt_calls(project, "decode"))
    open_ones = [(one, reason) for one in decodes if (reason := _reason(one, project))]
    unsafe = {one.call for one, _ in open_ones}
    verified = _Verified(project, [one for one in decodes if one.call not in unsafe])
    for one, reason in open_ones:
        if not verified.around(one.call, one.scope):
            yield Unverified(one.call, one.scope, f"jwt.decode reads the token {reason}.")
    for call, scope in _given_algorithms(decodes, project):
        reads = f"{last_name(call.func)} reads the token and lets its header choose the algorithm."
        yield Unverified(call, scope, reads)
    for call, scope in _claims(project):
        if not verified.around(call, scope):
            name = last_name(call.func)
            yield Unverified(call, scope, f"{name} reads the token without its signature.")
    for call, scope in _by_hand(project):
        if not verified.around(call, scope):
            message = "The token is taken apart with base64, and its signature is not asked for."
            yield Unverified(call, scope, message, doubtful=True)
    for call, scope in calls_in(project, ("loads_unsafe",)):
        parent = scope.module.parent(call)
        used = isinstance(parent, ast.Assign | ast.Subscript | ast.Return)
        if used and not verified.around(call, scope) and not _loaded_later(call, scope):
            text = "loads_unsafe gives what was in the token, signed or not."
            yield Unverified(call, scope, text, doubtful=True)


def _loaded_later(call: ast.Call, scope: Scope) -> bool:
    """Return whether the same function goes on to load the same token with its signature.

    What was in the token then only tells with which key: ``signer_for(user).loads(token)``.
    """
    token = ast.unparse(call.args[0]) if call.args else ""
    return any(
        last_name(other.func) in ("loads", "unsign")
        and other.lineno > call.lineno
        and [ast.unparse(arg) for arg in other.args[:1]] == [token]
        for other in scope.calls
    )


def _reason(one: Jwt, project: Project) -> str:
    """Return how a decode leaves out the signature, ``""`` where it does not."""
    if one.library == "authlib":
        return ""
    call, scope = one.call, one.scope
    index = 2 if one.library == "pyjwt" else None
    verify = argument(call, index, "verify")
    if verify is not None and constant(verify, scope, project) is False:
        return "with verify=False"
    options = argument(call, 3, "options")
    if options is not None and _says_false(options, scope, project, "verify_signature"):
        return "with verify_signature off"
    algorithms = argument(call, 2, "algorithms", "algorithm")
    named = constant(algorithms, scope, project) if algorithms is not None else None
    names = named if isinstance(named, tuple) else (named,)
    if any(isinstance(name, str) and name.lower() == "none" for name in names):
        return "and accepts the algorithm none"
    if algorithms is not None and _chosen_by_header(algorithms, scope):
        return "and lets its header choose the algorithm"
    return ""


def _given_algorithms(decodes: list[Jwt], project: Project) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls of an own function that decodes with the algorithms which it is given.

    ``decode_with_any(token, secrets, algorithms=[header["alg"]])``
    """
    for one in decodes:
        algorithms = argument(one.call, 2, "algorithms", "algorithm")
        names = [arg.arg for arg in one.scope.parameters()]
        if not isinstance(algorithms, ast.Name) or algorithms.id not in names:
            continue
        place = names.index(algorithms.id)
        for call, scope in calls_in(project, (one.scope.name,)):
            given = argument(call, place, algorithms.id)
            if (
                given is not None
                and _chosen_by_header(given, scope)
                and project.names.callee(call, scope) is one.scope
            ):
                yield call, scope


def _chosen_by_header(algorithms: ast.expr, scope: Scope) -> bool:
    """Return whether the list of algorithms is ``[header["alg"]]``, and nothing limits that."""
    several = algorithms.elts if isinstance(algorithms, ast.List | ast.Tuple) else [algorithms]
    if len(several) != 1 or not any(_reads_alg(each) for each in _worth(several[0], scope)):
        return False
    compared = [part for node in scope.comparisons for part in (node.left, *node.comparators)]
    return not any(_reads_alg(each) for part in compared for each in _worth(part, scope))


def _worth(node: ast.expr, scope: Scope) -> list[ast.expr]:
    """Return an expression, and what the function binds it to if it is a name."""
    bound = scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return [node, *(binding.value for binding in bound if binding.value is not None)]


def _reads_alg(node: ast.expr) -> bool:
    """Return whether `node` is ``header["alg"]``; what a published key says is another matter."""
    key: ast.expr | None = None
    owner: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        key, owner = node.slice, node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        key, owner = (node.args[0], node.func.value) if node.func.attr == "get" else (None, None)
    if owner is None or not isinstance(key, ast.Constant) or key.value != "alg":
        return False
    made_by = owner.func if isinstance(owner, ast.Call) else owner
    return "header" in last_name(made_by).lower()


def _says_false(node: ast.expr, scope: Scope, project: Project, key: str) -> bool:
    """Return whether a dictionary certainly holds False under `key`."""
    node = value_of(node, scope, project) or node
    if isinstance(node, ast.Dict):
        for name, value in zip(node.keys, node.values, strict=True):
            if name is None:
                if _says_false(value, scope, project, key):
                    return True
            elif constant(name, scope, project) == key:
                return constant(value, scope, project) is False
    if isinstance(node, ast.Call) and last_name(node.func) == "dict":
        return any(
            keyword.arg == key and constant(keyword.value, scope, project) is False
            for keyword in node.keywords
        )
    return False


def switched_off(one: Jwt, project: Project, key: str) -> bool:
    """Return whether a decode's options say False for `key`, such as ``verify_exp``."""
    options = argument(one.call, 3, "options")
    return options is not None and _says_false(options, one.scope, project, key)


def _claims(project: Project) -> Iterator[tuple[ast.Call, Scope]]:
    names = tuple(sorted({name.rpartition(".")[2] for name in _UNVERIFIED}))
    for call, scope in calls_in(project, names):
        if project.names.called(call, scope) in _UNVERIFIED:
            yield call, scope


def _by_hand(project: Project) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield base64 calls on the middle part of a token."""
    for call, scope in calls_in(project, _BASE64):
        if not call.args or scope.kind != "function":
            continue
        text = own_text(scope)
        if "split(" not in text or "hmac" in text or "verify(" in text:
            continue
        if "loads" in text and _is_middle(call.args[0], scope, project):
            yield call, scope


def _is_middle(node: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether `node` is made from ``token.split(".")[1]``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            for binding in project.names.bindings(part.id, scope):
                value = binding.value
                if binding.kind == "unpack" and binding.index == 1 and _splits(value):
                    return True
                cut = binding.kind == "value" and value is not None and value is not node
                if cut and any(_second(p, scope, project) for p in ast.walk(binding.node)):
                    return True
        elif _second(part, scope, project):
            return True
    return False


def _second(node: ast.AST, scope: Scope, project: Project) -> bool:
    if not isinstance(node, ast.Subscript) or constant(node.slice, scope, project) != 1:
        return False
    return _splits(value_of(node.value, scope, project))


def _splits(node: ast.expr | None) -> bool:
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) == "split"
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in (".", b".")
    )


class _Verified:
    """Knows which functions verify tokens."""

    def __init__(self, project: Project, decodes: list[Jwt]) -> None:
        self.project = project
        self.calls = {one.call for one in decodes}
        self.scopes = {one.scope for one in decodes}

    def around(self, call: ast.Call, scope: Scope) -> bool:
        """Return whether a token is verified after `call`, or certainly before it."""
        if any(
            isinstance(node, ast.ExceptHandler) and node.type and "xpired" in ast.unparse(node.type)
            for node in scope.module.ancestors(call)
        ):
            return True  # the signature was good: only the time was over
        blocks = {node for node in scope.module.ancestors(call) if isinstance(node, _BLOCKS)}
        for other in scope.calls:
            if other is call or not self._verifies(other, scope):
                continue
            if other.lineno > call.lineno:
                return True
            own = {n for n in scope.module.ancestors(other) if isinstance(n, _BLOCKS)}
            if own <= blocks:
                return True
        return False

    def _verifies(self, call: ast.Call, scope: Scope) -> bool:
        if call in self.calls or last_name(call.func) in _CHECKS:
            return True
        if not self.scopes:
            return False
        callee = self.project.names.callee(call, scope)
        return callee is not None and any(
            inner in self.scopes for inner in self.project.reach.of(callee)
        )


_CHECKS = frozenset(
    ["verify_signature", "verify_oauth2_token", "verify_token", "verify_firebase_token",
     "parse_id_token", "verify_id_token", "_validate_jwt"]
)  # fmt: skip

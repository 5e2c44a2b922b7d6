"""Expressions that say whether a typed password is the right one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.lazy import lazy
from checks.project.hashing import VERIFIERS, is_verifier
from checks.project.names import Names
from checks.project.words import is_password_name
from checks.records import NamedTuple

# Methods and functions of a project or of a library we do not know, by what they are called.
_NAMED = lazy(
    r"^_*(check|verify|verify_and_update|compare|match(es)?|test|authenticate|is_correct|correct)"
    r"_*(user_?|the_?|hashed_?|hash_?)?(password|passwd|passw|pass|pwd|pw|credentials)"
    r"(_?(hash|correct|match|for_user))?$|^_*authenticate(_user|_with_password|_local)?$|"
    r"^_*(check|verify|validate)_(user|login|credentials|auth)$|"
    r"^(is_)?(valid|correct)_(password|credentials)$|"
    r"^password_(is_)?(ok|valid|correct|matches)$|^auth(_user(_(db|ldap))?|_ldap_user)?$|"
    r"^(simple_bind(_s)?|rebind|ldap_(auth|authenticate|authentication|login|bind)|"
    r"(authenticate|authentication)_(by_|with_)?ldap)$|"
    r"^(check|verify|authenticate)(Password|User|Credentials)$",
    re.IGNORECASE,
)
# Asked with a password alone, it says whether that one is good enough for a new one.
_JUDGES = lazy(r"^(is_)?valid_password$")
_PATTERNS = ("re.", "regex.", "re2.")
# Says too little without a password: ``user.verify(password)``, ``user.check(form.password.data)``.
_SHORT = lazy(r"^(check|verify|compare|match(es)?|authenticated?|is_valid)$")
# Who is asked with a name and a password is a directory or a manager, not the user.
_DIRECTORY = lazy(r"auth_user_|auth_ldap|ldap_|simple_bind|rebind", re.IGNORECASE)
_KNOWN_ALREADY = frozenset({"user", "account", "member", "current_user", "new_user", "u"})
_USERS = lazy(
    r"(?:db_|current_?|found_?|the_?)?(?:user|usr|account|member|admin)"
    r"(?:_?(?:obj|object|record|row|model|instance|data|db))?|u",
    re.IGNORECASE,
)
_KEY = lazy(r"(api_?|access_?|auth_?)key$|token$", re.IGNORECASE)
_LOOK_UPS = (
    "filter_by", "find_one", "get_or_none", "find", "one_or_404", "first_or_404", "get_or_404",
    "objects", "get", "filter",
)  # fmt: skip
_BY_PASSWORD = lazy(r"select\b.*\bwhere\b.*\b(password|passwd|pwd|pass)\s*=", re.I | re.S)
_COMPARERS = ("hmac.compare_digest", "secrets.compare_digest", "werkzeug.security.safe_str_cmp")


# What a column is called that holds a hash, without the word password: ``user.pwhash``.
_HASH = lazy(
    r"^(?:pw|pwd|passw|salted|salt|bcrypt|argon2?)_?(?:hash|digest)$|^(?:hash|digest)(?:ed)?$"
)


class PasswordCheck(NamedTuple):
    """One comparison of a typed password with what is stored."""

    node: ast.Call | ast.Compare
    """True where the password is right; a ``!=`` comparison the other way round."""
    scope: Scope
    stored: ast.expr | None
    """The stored hash or password, or the user whose method checks; None if unknown."""
    typed: ast.expr | None
    """The typed password, where it is known."""

    @property
    def negative(self) -> bool:
        """Whether the expression is true for a wrong password."""
        return isinstance(self.node, ast.Compare) and isinstance(self.node.ops[0], ast.NotEq)


def password_checks(scope: Scope, names: Names) -> Iterator[PasswordCheck]:
    """Yield the password checks that stand directly in `scope`, in order."""
    for call in scope.calls:
        check = _call(call, scope, names)
        if check is not None:
            yield check
    for comparison in scope.comparisons:
        check = _comparison(comparison, scope)
        if check is not None:
            yield check


def _call(call: ast.Call, scope: Scope, names: Names) -> PasswordCheck | None:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    called = names.called(call, scope)
    if is_verifier(called):
        if called in _COMPARERS and not any(is_password_name(last_name(arg)) for arg in given):
            return None
        beside = _stored_beside(given) if called in _COMPARERS else None
        if beside is not None:
            return PasswordCheck(call, scope, *beside)
        stored_at, typed_at = VERIFIERS.get(called or "", (1, 0))
        return PasswordCheck(
            call, scope, _at(call, stored_at, "stored"), _at(call, typed_at, "password")
        )
    asked = _asked_for(call)
    if asked is not None:
        return PasswordCheck(call, scope, None, asked)
    if _names_user(call):
        return PasswordCheck(call, scope, call.args[0], call.args[1])
    typed = next((arg for arg in given if is_password_name(last_name(arg))), None)
    name = last_name(call.func)
    if not (given and (_NAMED.search(name) or _of_user(call) or (typed and _SHORT.search(name)))):
        return None
    if typed is None and (len(given) > 2 or _lets_in(name, given) or _no_password(given)):
        return None
    alone = isinstance(call.func, ast.Name) and len(given) == 1
    if (alone and _JUDGES.match(name)) or (called or "").startswith(_PATTERNS):
        return None
    pair = _stored_beside(given)
    if pair is not None:
        return PasswordCheck(call, scope, *pair)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if _DIRECTORY.match(last_name(call.func)):
        owner = None
    if isinstance(owner, ast.Name) and owner.id[:1].isupper():
        # ``User.check_password(typed, user.password)``: a class has no password
        kept = [a for a in given if isinstance(a, ast.Attribute | ast.Subscript) and a is not typed]
        owner = kept[0] if kept and not _is_typed(kept[0]) else owner
    return PasswordCheck(call, scope, owner, typed if typed is not None else given[-1])


def _stored_beside(given: list[ast.expr]) -> tuple[ast.expr, ast.expr] | None:
    """Return the stored hash and the typed password of ``verify(typed, user.password)``."""
    if len(given) != 2:
        return None
    stored = [
        arg
        for arg in given
        if isinstance(arg, ast.Attribute | ast.Subscript)
        and (is_password_name(last_name(arg)) or _HASH.search(last_name(arg)))
        and not _is_typed(arg)
    ]
    if len(stored) != 1:
        return None
    typed = given[1 - given.index(stored[0])]
    # ``authenticate(payload["username"], payload["password"])`` is given what was typed alone.
    return (stored[0], typed) if _is_password(typed) else None


def _is_password(node: ast.expr) -> bool:
    """Return whether `node` is called a password, or made of one: ``hash(password, salt)``."""
    if is_password_name(last_name(node)):
        return True
    return isinstance(node, ast.Call) and any(is_password_name(last_name(a)) for a in node.args)


def _lets_in(name: str, given: list[ast.expr]) -> bool:
    """Return whether ``authenticate(user, method="saml")`` logs in who was checked before."""
    return name.strip("_").startswith("authenticate") and last_name(given[0]) in _KNOWN_ALREADY


def _no_password(given: list[ast.expr]) -> bool:
    """Return whether ``auth(True)`` or ``auth(api_key)`` is given no password at all."""
    return all(isinstance(arg, ast.Constant) or _KEY.search(last_name(arg)) for arg in given)


def _asked_for(call: ast.Call) -> ast.expr | None:
    """Return the password that a look-up is given beside a name: who knows both is let in.

    ``filter_by(name=name, password=password)``, ``User.objects(name=name, password=password)``,
    ``find_one({"name": name, "password": p})``, and SQL that selects by both.
    """
    func = call.func
    if not isinstance(func, ast.Attribute):
        return None
    if func.attr in _LOOK_UPS:
        named = [(k.arg or "", k.value) for k in call.keywords]
        for arg in call.args:
            if isinstance(arg, ast.Dict):
                pairs = zip(arg.keys, arg.values, strict=True)
                named += [(str(getattr(key, "value", "")), value) for key, value in pairs]
        found = [value for name, value in named if is_password_name(name)]
        return found[0] if found and len(named) > 1 else None
    if func.attr in ("execute", "query", "raw") and call.args:
        text = getattr(call.args[0], "value", None)
        return call.args[-1] if isinstance(text, str) and _BY_PASSWORD.search(text) else None
    return None


def _of_user(call: ast.Call) -> bool:
    """Return whether a user is asked: ``user.validate_password(typed)``; others judge a new one."""
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr
        in ("validate_password", "is_password", "has_password", "password_is", "login", "log_in")
        and _USERS.fullmatch(last_name(func.value)) is not None
        and len(call.args) == 1
        and (func.attr not in ("login", "log_in") or is_password_name(last_name(call.args[0])))
    )


def _names_user(call: ast.Call) -> bool:
    """Return whether it is ``provider.validate_password(user, typed)``, about that user's own."""
    name = last_name(call.func)
    asks = name in ("validate_password", "is_valid_password", "password_is_valid")
    return (
        (asks or _NAMED.search(name) is not None)
        and len(call.args) == 2
        and isinstance(call.args[0], ast.Name | ast.Attribute)
        and _USERS.fullmatch(last_name(call.args[0])) is not None
        and is_password_name(last_name(call.args[1]))
        and "new" not in last_name(call.args[1])
    )


def _at(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((k.value for k in call.keywords if k.arg and keyword in k.arg), None)


def _comparison(node: ast.Compare, scope: Scope) -> PasswordCheck | None:
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return None
    left, right = node.left, node.comparators[0]
    for kept, typed in ((left, right), (right, left)):
        stored = plain(kept) or kept
        if not isinstance(stored, ast.Attribute | ast.Subscript) or _is_typed(stored):
            continue
        known = isinstance(typed, ast.Constant) or (
            isinstance(typed, ast.Attribute) and not _is_typed(typed)
        )
        if is_password_name(last_name(stored)) and not known:
            return PasswordCheck(node, scope, stored, typed)
    return None


def _is_typed(node: ast.expr) -> bool:
    """Return whether `node` reads a request or a form: ``request.form["x"]``, ``form.x.data``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        word = node.attr if isinstance(node, ast.Attribute) else ""
        if word in ("form", "args", "json", "values", "data", "get_json", "authorization"):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and (
        "form" in node.id.lower() or node.id in ("data", "request", "payload", "body", "params")
    )


def last_name(node: ast.expr | None) -> str:
    """Return the telling name of an expression: ``c`` of ``a.b.c``, ``a["c"]`` or ``a.c()``."""
    if isinstance(node, ast.Attribute):
        # WTForms: the field's name says more than ``data``.
        return last_name(node.value) if node.attr == "data" else node.attr
    if isinstance(node, ast.Subscript):
        index = node.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return index.value
        return last_name(node.value)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "encode", "strip"):
            first = node.args[0] if node.args else None
            if node.func.attr == "get" and isinstance(first, ast.Constant):
                return str(first.value)
            return last_name(node.func.value)
        return last_name(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def plain(node: ast.expr | None) -> ast.expr | None:
    """Return what is only written in another way: ``a`` of ``str(a)`` and ``a.encode()``."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _TEXTS and node.args:
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode"):
            node = node.func.value
        else:
            break
    return node


_TEXTS = ("str", "bytes", "unicode", "text_type", "to_bytes", "to_text", "force_bytes", "force_str")

"""Views that set a new password by a token, and whether the token is worthless afterwards."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

from checks.facts.lines import own_text
from checks.facts.python import Scope
from checks.finding import Severity
from checks.lazy import lazy
from checks.project import Project, View
from checks.project.account_changes import Change
from checks.records import NamedTuple
from checks.tokens.jwts import jwt_calls
from checks.tokens.payloads import payloads
from checks.tokens.serializers import key_of, salt_of, signed_calls
from checks.tokens.words import purpose_of

# Something about time is compared, or the storage forgets by itself.
_TIMED = lazy(
    r"expir|valid_until|max_age|timedelta|utcnow|\.now\(|time\(\)|_at\b|_on\b|ttl|setex|timestamp|"
    r"redis|cache|(?:\b|_)age\b",
    re.I,
)
_OF_TOKENS = lazy(r"token|code|link|expir|otp|reset|valid", re.I)
# ``user.token_valid(token)``, ``user.check_reset_code(code)``
_ASKS = lazy(
    r"(token|code|link)_?(is_)?(valid|ok|expired|fresh)|"
    r"(valid|check|verify|expired)\w*_(token|code|link)",
    re.I,
)
_NAMES = r"\w*(token|code|key|hash|otp|uuid|link)\w*"
_CLEARED = lazy(
    rf"\.{_NAMES} *= *(None|''|\"\"|uuid|secrets|\w*(gen|make|new|rand|create)\w*\()|"
    rf"\.delete\(|\.remove\(|delete_one|\.pop\(|\bdel |\bused\b|"
    rf"{_NAMES}\.(?:is_)?(?:active|valid|enabled|usable) *= *(?:False|0)\b|"
    rf"used_at|_used|consum|invalidat|revok|DELETE |"
    rf"['\"]?{_NAMES}['\"]? *(=|:) *(None|NULL|''|\"\")|\$unset|regenerat|rotat|expire\b|clear_",
    re.I,
)
# What changes with the password and is asked for.
_BOUND = lazy(
    r"pass(word|wd)?_?hash|hash(ed)?_?pass|\.password\b|\[.password.\]|pw_?hash|stamp|nonce|"
    r"last_(login|pass)|password_(changed|updated|version|stamp)|token_version|jti|uniquifier|"
    r"alternative_id|\buuid\b|_uuid|session_token|\bused(?:\b|_)|_used|revok|blacklist|denylist|"
    r"consum|reset_(token|count|nonce|code|id)\w* *(=|!)|get_hmac|fragment",
    re.I,
)
# Messages and comments tell what a function says, not what it does.
_PROSE = lazy(r"\"{3}.*?\"{3}|\"[^\"\n]* [^\"\n]*\"|'[^'\n]* [^'\n]*'|#[^\n]*", re.DOTALL)
# The new password as it was typed, and methods that are given it.
_TYPED = lazy(r"request\.(form|json|values|get_json\(\))(\.get\(|\[)[\"']\w*pass\w*[\"'][\])]")
_SETS = lazy(
    r"\.(hash|set|update|change|make|encrypt|save|reset)_?pass\w*\("
    r"(?:(?:hash(?:ed)?_?pass\w*|pass\w*?_?hash)(?=[,)]))?",
    re.I,
)
# ``user.password_reset_token = None`` sets no password.
_PASSWORD_SET = lazy(
    r"[\w.]*pass(?!\w*_(?:token|code|key|link))\w* *=(?!=)|"
    r"set_password|generate_password_hash"
)
# The new hash on its way: ``user.password = hashed_password``.
_GIVEN = lazy(r"^ *(?:hash(?:ed)?_?)?pass\w*\)* *$")
_STORED = lazy(r"(filter_by|filter|find_one|where|get_or_none|objects|query|get|first)\(|SELECT")
# The token is read by other means than a look-up.
# ``hashed_password = generate_password_hash(...)`` names no token.
_HASHES = lazy(r"\w*(hash\w*pass|pass\w*hash)\w*", re.I)
_OPENED = lazy(r"decrypt|verify_token|loads\(|unsign\(|jwt")


class Lasting(NamedTuple):
    """One view whose token stays good."""

    view: View
    change: Change
    message: str
    severity: Severity | None = None


def lasting_resets(project: Project, told: Set[Scope]) -> Iterator[Lasting]:
    """Yield resets whose token can be used again, or for ever.

    Args:
        project: the audited project.
        told: functions whose read of a token is reported already.
    """
    resets = [
        change
        for change in project.account_changes
        if change.what == "password" and change.whose == "token"
    ]
    if not resets:
        return
    reads = {one.scope for one in signed_calls(project, reads=True)}
    reads |= {one.scope for one in jwt_calls(project, "decode")}
    for change in resets:
        scopes = _reached(change, project)
        if any(scope in told for scope in scopes):
            continue
        found = (
            _signed(change, scopes, project)
            if any(scope in reads for scope in scopes)
            else _stored(change, scopes)
        )
        if found is not None:
            yield found


def _reached(change: Change, project: Project) -> tuple[Scope, ...]:
    """Return what the view runs, with the methods that a user from a query is told to run.

    Those are the one that changes the password, and those that ask for the token.
    """
    scopes = project.reach.of(change.view.function)
    found = dict.fromkeys(scopes)
    asked = [
        (call, scope)
        for scope in scopes
        for call in scope.calls
        if isinstance(call.func, ast.Attribute) and _ASKS.search(call.func.attr)
    ]
    if isinstance(change.node, ast.Call):
        asked.append((change.node, change.scope))
    for call, scope in asked:
        func = call.func
        if isinstance(func, ast.Attribute) and project.names.callee(call, scope) is None:
            methods = project.names.methods_called(func.attr)
            if len(methods) == 1:
                found.update(dict.fromkeys(project.reach.of(methods[0])))
    return tuple(found)


def _signed(change: Change, scopes: tuple[Scope, ...], project: Project) -> Lasting | None:
    name = change.view.function.name
    texts = [_without_change(scope, change) for scope in scopes]
    if any(_BOUND.search(text) or _CLEARED.search(text) for text in texts) or _made_bound(project):
        return None
    message = f"{name}() takes the same reset token again until it ends: nothing uses it up."
    return Lasting(change.view, change, message, "low")


def _without_change(scope: Scope, change: Change) -> str:
    """Return a function's text without lines that only set or type the new password."""
    lines = []
    for line in _SETS.sub("(", _TYPED.sub("", _PROSE.sub("''", own_text(scope)))).split("\n"):
        if re.search(
            r"pass\w*['\"\])]* *= *[^=]|set_password|generate_password_hash|form\.|def ", line
        ):
            line = re.sub(r"(form|data|request|args|json)[\w.\[\"'(]*pass\w*", "", line)
            line = _GIVEN.sub("", _PASSWORD_SET.sub("", line))
            line = re.sub(r"def .*", "", line)
        lines.append(line)
    return "\n".join(lines)


def _made_bound(project: Project) -> bool:
    """Return whether reset tokens are made of, or signed with, what a new password changes."""
    views = {view.function: view for view in project.views}
    for signed in signed_calls(project, reads=False):
        if purpose_of(signed.scope, views) not in (None, "password reset"):
            continue
        text = f"{key_of(signed)} {salt_of(signed, project) or ''}"
        said = payloads(signed.call.args[0], signed.scope, project) if signed.call.args else None
        if said is None or any(_BOUND.search(f"{text} {one.text}") for one in said):
            return True
    for one in jwt_calls(project, "encode"):
        said = payloads(one.payload, one.scope, project)
        text = " ".join(ast.unparse(arg) for arg in one.call.args)
        if said is None or any(_BOUND.search(f"{text} {each.text}") for each in said):
            return True
    return False


def _stored(change: Change, scopes: tuple[Scope, ...]) -> Lasting | None:
    text = "\n".join(own_text(scope) for scope in scopes)
    if len(scopes) > 25 or not re.search(_NAMES, text, re.I) or not _STORED.search(text):
        return None
    if _OPENED.search(text) or not _looked_up(text):
        return None
    name = change.view.function.name
    # What only notes when something was done, such as a log, asks no token for its age.
    asking = [
        said
        for scope in scopes
        if _OF_TOKENS.search(said := own_text(scope)) or scope is change.view.function
    ]
    timed, cleared = any(map(_TIMED.search, asking)), bool(_CLEARED.search(_HASHES.sub("", text)))
    if timed and cleared:
        return None
    if not timed and not cleared:
        message = f"{name}() takes a stored token of any age, again and again."
        return Lasting(change.view, change, message)
    if not timed:
        message = f"{name}() takes a stored token of any age: nothing compares when it was made."
        return Lasting(change.view, change, message)
    message = f"{name}() leaves the token as it is, so that it works again until it ends."
    return Lasting(change.view, change, message, "low")


def _looked_up(text: str) -> bool:
    """Return whether something is looked up by a token: ``filter_by(reset_token=token)``."""
    return bool(
        re.search(
            rf"\b{_NAMES} *==? *[\w.]*(\.get\(|\[)?['\"]?\w*(token|code|key|hash|uuid)",
            _HASHES.sub("", text),
            re.I,
        )
        or re.search(rf"['\"]{_NAMES}['\"] *: *\w*(token|code|key)", text, re.I)
        or re.search(rf"WHERE\s+\w*{_NAMES}\s*=", text, re.I)
    )

"""A link or an image deletes or changes something.

What it does
------------
Reports views that answer GET and delete, clear, disable, approve or otherwise change something by
it: their name or rule says so, what they compare a parameter with, a parameter of the query
(`?delete=1`) or what they flash (`"Key created"`), and their code (or a function that it calls)
removes or writes records, files or the session without asking for POST first; and
views that answer GET alone, delete or keep a record that they made, and only send on. Links
that carry a secret token (confirmations, unsubscribing) and APIs that ask for a key are the near
misses; logouts have `logout-by-get`. Where the session cookie is SameSite=Strict, and no remember
cookie logs in without it, no page of another site brings one along.

Why it is bad
-------------
Protection against cross-site requests does not look at GET. Any page that the user visits makes
the browser send the request with an image, and crawlers and previews do it by accident.

Bad
---
```python
from flask import Flask, redirect
from flask_login import LoginManager, login_required

app = Flask(__name__)
login_manager = LoginManager(app)

@app.route("/post/<int:id>/delete")
@login_required
def delete_post(id):
    db.session.delete(Post.query.get_or_404(id))
    db.session.commit()
    return redirect("/")
```

Good
----
```python
from flask import Flask, redirect
from flask_login import LoginManager, login_required
from flask_wtf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)
login_manager = LoginManager(app)

@app.post("/post/<int:id>/delete")
@login_required
def delete_post(id):
    db.session.delete(Post.query.get_or_404(id))
    db.session.commit()
    return redirect("/")
```

How to fix
----------
Answer POST only, and use a form with a CSRF token for the button.

References
----------
- https://cwe.mitre.org/data/definitions/352.html
- https://datatracker.ietf.org/doc/html/rfc9110#section-9.2.1
- OWASP ASVS 5.0, requirement 3.5.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.naming import snaked
from checks.project import Project, View
from checks.project.asked_by_link import asked_by_link, says_done
from checks.project.by_post import only_by_post
from checks.project.changing_calls import PREFERENCE, is_change, is_started
from checks.project.creations import makes_record
from checks.project.csrf import Csrf
from checks.project.deletions import deletes
from checks.project.needed_body import needs_body
from checks.project.same_site import keeps_users_to_itself
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=352,
    asvs=("3.5.3",),
    summary="GET changes something",
    why="Any page makes the browser of the user send it with an image; tokens do not protect GET.",
    fix="Answer POST only, and use a form with a CSRF token for the button.",
)

_HARD = lazy(
    r"(?:^|[^a-z])(delete|del|remove|destroy|erase|purge|clear|reset|wipe|drop|shut_?down|reboot|"
    r"restart|stop|kill|recover|disable|enable|deactivate|reactivate|suspend|ban|unban|block|unblock|promote|demote|approve|"
    r"reject|deny|follow|unfollow|vote|upvote|downvote|like|unlike|cancel|revoke|(?<![a-z]_)transfer|toggle|"
    r"archive|publish|unpublish|grant|kick|evict|expel|leave|flush|truncate|terminate|pay|buy|"
    r"purchase|close|"
    r"lock|unlock|hide|unhide|restore|mute|unmute|dismiss|withdraw|regenerate|"
    r"generate(?=_(?:new_)?(?:api_?)?(?:key|token|secret)))"
    r"(?:$|[^a-z])"
)
# The same in one word, ``deletepost``: of verbs that begin no other word but their own forms.
_JOINED = lazy(
    r"(?:^|[^a-z])(delete|remove|destroy|erase|purge|cancel|approve|reject|disable|deactivate|"
    r"suspend|unfollow|unblock|terminate)"
    r"(?!(?:l?ed|l?ing|d|s|rs?|able|lations?)(?:[^a-z]|$))[a-z]{3}"
)
_SOFT = lazy(
    r"(?:^|[^a-z])(add|create|update|edit|save|set|change|rename|insert|store|mark|join|accept|"
    r"complete|finish|assign|unassign|invite|make|switch|clone)(?:$|[^a-z])"
)
_OTHER = lazy(
    r"log_?(in|out|on|off)|sign_?(in|up|out)|callback|oauth|authoriz|confirm|verif|unsubscribe|"
    r"(?<!de)(?<!re)activat|password|register|static|download|export|preview|deleted|history|forgot|magic|"
    r"(?:set|change|switch|select|choose)_(?:user_)?lang|theme|locale|sidebar|dark_?mode|time_?zone",
    re.IGNORECASE,
)
_SECRET = lazy(r"token|secret|signature|\bsig\b|hash|\bkey\b|\bcode\b|nonce", re.IGNORECASE)
# What all pages of a checkout begin with: ``/pay/return``, but not ``/pay/<order>``.
_CHECKOUT = lazy(r"/pay/(?=\w)")
_VARIABLE = lazy(r"<[^>]*>")
# What has the verb in its name and only shows something, or works on a text.
_SHOWN = lazy(
    r"form|page|modal|view|template|button|url|link|message|mail|text|label|prefix|suffix|space|tag|"
    r"char|accent|duplicate|html|cookie|cache|header|column|from_|field|filter|key|item|none|empty|"
    r"stop_(?:time|id|name|word|code|list|point|area|by|at|for|of|info|event)"
)
# What stands before the verb and says nothing: ``tags.api_delete_tag(...)``.
_PREFIX = lazy(r"^_*(?:(?:api|do|perform|handle|async|admin|user)_)?")
# What changes a store of keys and values, where the function says a change.
_KEYS = frozenset(
    {
        "hset", "hdel", "hmset", "sadd", "srem", "zadd", "zrem", "lrem", "lpush", "rpush",
        "hincrby",
    }
)  # fmt: skip
# What no list, file or page has a method for.
_ENDS = frozenset(
    {
        "stop", "restart", "shutdown", "shut_down", "reboot", "revoke", "approve", "reject",
        "suspend", "unsuspend", "ban", "unban", "deactivate", "reactivate", "promote", "demote",
        "destroy",
    }
)  # fmt: skip
# Asks whether somebody may: ``user.may.destroy(item)``.
_MAY = lazy(r"^(?:may|can|allows?|allowed|acl|abilit(?:y|ies)|permissions?|policy|policies)$")
_SETS = lazy(
    r"set_(?:is_)?(?:state|status|role|admin|active|enabled|disabled|approved|blocked|banned)$"
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each view that changes something by GET."""
    for site in project.app_sites:
        if keeps_users_to_itself(site, project):
            continue
        csrf = project.csrf(site)
        told = [v for v in csrf.views if "GET" in v.methods and _is_told(v)]
        if not told or not any(csrf.by_cookie(view) for view in csrf.views):
            continue
        for view in told:
            change = _change(view, project, csrf)
            if change is not None:
                yield found(
                    RULE,
                    f"{_name(view)}() changes something and answers GET.",
                    view.spot,
                    related=[(view.function.spot(change), "the change")],
                )


def _is_told(view: View) -> bool:
    """Return whether anything about `view` says that it changes something."""
    return bool(_verb(view) or _deletes(view) or _says_done(view)) or any(
        asked_by_link(view.function)
    )


def _says_done(view: View) -> bool:
    told = view.methods == {"GET"} and says_done(view.function)
    return told and not _OTHER.search(_words(view))


def _name(view: View) -> str:
    return f"{view.cls.name}.{view.function.name}" if view.cls else view.function.name


def _verb(view: View) -> str:
    """Return the word of a view's names and rules that says a change; ``""`` for none.

    Words that forms are named after count only where the view takes nothing but GET.
    """
    words = _words(view)
    if _OTHER.search(words):
        return ""
    match = (
        _says_change(words)
        or _says_change(_told(view))
        or (_SOFT.search(words) if view.methods == {"GET"} else None)
    )
    return match[1] if match else ""


def _deletes(view: View) -> ast.Call | None:
    """Return what a view that answers nothing but GET deletes or makes, whatever it is called."""
    if view.methods != {"GET"} or _OTHER.search(_words(view)):
        return None
    return deletes(view.function) or makes_record(view.function)


def _told(view: View) -> str:
    """Return what a parameter of `view` is compared with: ``if action == "delete_all":``."""
    names = {arg.arg for arg in view.function.parameters()}
    return " ".join(
        node.comparators[0].value.lower()
        for node in view.function.comparisons
        if isinstance(node.left, ast.Name)
        and node.left.id in names
        and isinstance(node.ops[0], ast.Eq)
        and isinstance(node.comparators[0], ast.Constant)
        and isinstance(node.comparators[0].value, str)
    )


def _says_change(words: str) -> re.Match[str] | None:
    return _HARD.search(words) or _JOINED.search(words)


def _words(view: View) -> str:
    """Return the names and rules of a view in snake case, variables of rules left out."""
    cls = (view.cls.name,) if view.cls is not None else ()
    said = [view.function.name, view.endpoint, *cls, *(rule or "" for rule in view.rules)]
    joined = " ".join(snaked(_VARIABLE.sub("", word)).lower() for word in said)
    return _CHECKOUT.sub("/payments/", joined)


def _change(view: View, project: Project, csrf: Csrf) -> ast.AST | None:
    """Return what changes something on a GET of `view`, or None."""
    variables = [name for rule in view.rules for name in _VARIABLE.findall(rule or "")]
    if any(_SECRET.search(name) for name in variables) or csrf.by_token(view):
        return None
    scope = view.function
    if any(_SECRET.search(arg.arg) for arg in scope.parameters()):
        return None
    said = _says_change(_words(view)) or _says_change(_told(view))
    if not said and not csrf.by_cookie(view):
        return None
    for call in scope.calls:
        if (
            last_name(call.func) in ("get", "loads", "verify", "unsign")
            and call.args
            and isinstance(call.args[0], ast.Constant)
            and _SECRET.search(str(call.args[0].value))
        ):
            return None  # the link carries a secret
    if needs_body(scope):
        return None  # no link or image sends JSON along
    if not said and not _SOFT.search(_words(view)) and (deleted := _deletes(view)) is not None:
        return None if csrf.checks_itself(view, on_get=True) else deleted
    for verb, call in asked_by_link(scope):
        if _does_as_told(call, verb, scope, project) or _changes(call, scope, project, own=False):
            return None if csrf.checks_itself(view, on_get=True) else call
    if not _verb(view) and not _says_done(view):
        return None
    for call in scope.calls:
        if only_by_post(call, scope, forms=True):
            continue
        told = said is not None and _does_as_told(call, said[1], scope, project)
        if told or _changes(call, scope, project, own=said is not None):
            return None if csrf.checks_itself(view, on_get=True) else call
    for assignment in scope.assignments if _says_change(scope.name) else ():
        if not _is_session(assignment.target, scope, project):
            continue
        if not only_by_post(assignment.node, scope, forms=True):
            return None if csrf.checks_itself(view, on_get=True) else assignment.node
    return None


def _is_session(target: ast.expr, scope: Scope, project: Project) -> bool:
    return (
        isinstance(target, ast.Subscript)
        and not PREFERENCE.search(ast.unparse(target.slice))
        and project.names.qualified(target.value, scope) == "flask.session"
    )


def _changes(call: ast.Call, scope: Scope, project: Project, *, own: bool) -> bool:
    """Return whether `call` changes something, the visitor's `own` session among it if wanted."""
    if _is_change(call, scope, project, own=own):
        return True
    callee = project.names.callee(call, scope)
    if callee is None and own:
        callee = _method_of_record(call, project)
    if callee is None or callee is scope or callee.kind != "function":
        return False
    if any("before" in last_name(d) or "route" in last_name(d) for d in callee.decorators):
        return False
    return any(
        _is_change(inner, reached, project, own=own)
        for reached in project.reach.of(callee)[:12]
        for inner in reached.calls
    )


def _method_of_record(call: ast.Call, project: Project) -> Scope | None:
    """Return the one method so called, of whatever was looked up: ``order.cancel()``."""
    if not isinstance(call.func, ast.Attribute) or not _says_change(call.func.attr):
        return None
    methods = project.names.methods_called(call.func.attr)
    return methods[0] if len(methods) == 1 else None


def _does_as_told(call: ast.Call, verb: str, scope: Scope, project: Project) -> bool:
    """Return whether `call` has the verb of the view: ``service.delete_all_hits()``.

    Or hands on what has it: ``schedule(bot.stop_bot)``.
    """
    name = last_name(call.func)
    if any(isinstance(arg, ast.Attribute) and arg.attr.startswith(f"{verb}_") for arg in call.args):
        return _SHOWN.search(" ".join(last_name(arg) for arg in call.args)) is None
    return (
        isinstance(call.func, ast.Attribute)
        and _MAY.search(last_name(call.func.value)) is None
        and (
            _PREFIX.sub("", name).startswith(f"{verb}_")
            or name == verb in _ENDS
            or _SETS.match(name) is not None
        )
        and _SHOWN.search(name) is None
        and (is_started(call, scope) or project.names.callee(call, scope) in (None, scope))
    )


def _is_change(call: ast.Call, scope: Scope, project: Project, *, own: bool) -> bool:
    owner = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if owner and last_name(call.func) in _KEYS and "cache" not in owner:
        return _says_change(scope.name) is not None
    return is_change(call, scope, project, own=own)

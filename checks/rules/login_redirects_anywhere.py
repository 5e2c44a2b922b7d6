r"""The client says where a redirect goes, and nothing that holds checks it.

What it does
------------
Follows request fields such as `next` (query, form, JSON, cookie, referrer, also by way of the
session or of a token that the app signs) into `redirect()` and `Location`, through helpers and
the checks on the way. The checks are tried, without running any code of the app, on addresses
that leave the site:
`https://host`, `//host`, `////host`, `\\host`, `/\host`, `http:///host`, `https:host` and
`/<tab>/host`. It reports what arrives, and which address passes the check. A check that cannot
be followed is trusted. A redirect to the referrer outside a login is reported in strict mode.

Why it is bad
-------------
A link to the real login page takes the user, right after the password was typed, to a copy of
it on another site that says the password was wrong and asks again. Comparing `netloc` does not
help: `urlparse("////host").netloc` is empty, and `urljoin` keeps the own host for `http:///host`.

Bad
---
```python
from urllib.parse import urljoin, urlparse

from flask import Flask, abort, redirect, request
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)

def is_safe_url(target):
    own = urlparse(request.host_url)
    there = urlparse(urljoin(request.host_url, target))
    return there.scheme in ("http", "https") and own.netloc == there.netloc

@app.post("/login")
def login():
    login_user(check_password())
    target = request.args.get("next")
    if not is_safe_url(target):
        return abort(400)
    return redirect(target or "/")
```

Good
----
```python
from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, login_user

app = Flask(__name__)
login_manager = LoginManager(app)

PAGES = ("account", "orders")

@app.post("/login")
def login():
    login_user(check_password())
    target = request.args.get("next")
    return redirect(url_for(target if target in PAGES else "index"))
```

How to fix
----------
Redirect to one of your own endpoints by name. If it must be a path, accept only what starts with
one slash, whose second character is neither a slash nor a backslash, and which holds no
backslash and no control character.

References
----------
- https://cwe.mitre.org/data/definitions/601.html
- https://url.spec.whatwg.org/#url-parsing
- https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
- OWASP ASVS 5.0, requirement 3.7.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts.python import Scope
from checks.facts.source import Spot
from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.destination_fields import Fields, is_from_session, is_referrer, shown
from checks.project.destinations import HOST, HOSTILE, ONLY_WITH_TAB
from checks.project.trial import Landing
from checks.project.trial_calls import SIGNED
from checks.project.unused import is_never_named
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=601,
    asvs=("3.7.2",),
    summary="a redirect goes where the client says",
    why="A link to the real login page leads on to a copy of it that asks for the password.",
    fix="Redirect to your own endpoints by name, or accept only paths with one leading slash.",
    bandit="B810",
)

# In whatever way it is set, ``self.USE_SESSION_FOR_NEXT`` of an object included.
_BY_SESSION = lazy(r"USE_SESSION_FOR_NEXT\W{1,8}True")
_MANY = 3  # other redirects of a file by one helper, from where on they are told with the first
_NEXT = 'session["next"]'
# What a path of the own site may look like: ``https://shop.example//host``.
REQUESTED = HOSTILE[1:3]


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each redirect that a hostile address reaches."""
    fields = Fields(project)
    starts = list(fields.starts())
    logins = {each.view.function for each in project.logins if each.kind == "login"}
    fields.in_session = _stored(fields, starts)
    if fields.signs_all():
        fields.in_session[SIGNED] = set(HOSTILE)
    by_page = "next" not in fields.in_session and any(
        _BY_SESSION.search(module.source.text)
        for module in project.vocabulary.files("USE_SESSION_FOR_NEXT")
        if module.source.context != "tests"
    )
    if by_page:
        fields.in_session["next"] = set(REQUESTED)
    reached: dict[ast.expr, _Reached] = {}
    helpers: dict[ast.expr, Scope | None] = {}
    for function in starts:
        scopes = project.reach.of(function)
        if not any(fields.redirects(scope) for scope in scopes):
            continue
        if is_never_named(function, project):
            continue
        for field in fields.of(function):
            for found_here in _landings(fields, function, field):
                found_here.at_login = function in logins
                found_here.by_page = by_page and is_from_session(field) and shown(field) == _NEXT
                node = found_here.landing.node
                if node not in reached or found_here.rank < reached[node].rank:
                    reached[node] = found_here
                    helpers[node] = fields.helper(function, field)
    alike: dict[object, list[_Reached]] = {}
    for node, found_here in reached.items():
        cause = helpers[node]
        # One in each file: whoever mends a file, or reads of its mending, looks for it there.
        same_way = (found_here.spot.path, found_here.addresses[0], found_here.only_back)
        alike.setdefault(node if cause is None else (cause, *same_way), []).append(found_here)
    for same in alike.values():
        first, *others = sorted(same, key=lambda each: (not each.at_login, each.spot))
        if len(others) >= _MANY:
            yield _finding(first, *others)
        else:
            yield from map(_finding, (first, *others))


@dataclass(slots=True, eq=False, repr=False)
class _Reached:
    """One redirect, and the hostile addresses that reach it by one field."""

    field: str
    landing: Landing
    addresses: list[str]
    at_login: bool = False
    by_page: bool = False
    """Whether Flask-Login put it into the session: the page that was asked for."""

    @property
    def spot(self) -> Spot:
        """Where the redirect stands."""
        return self.landing.scope.spot(self.landing.node)

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Smaller is worse."""
        return self.narrow, self.only_back, HOSTILE.index(self.addresses[0])

    @property
    def only_back(self) -> bool:
        """Whether it only sends visitors back to where they came from, other than at a login."""
        return is_referrer(self.field) and not self.at_login

    @property
    def narrow(self) -> bool:
        """Whether only one odd spelling passes, so that most would call the check complete.

        Flask-Login itself puts addresses of the own site into the session; one whose path begins
        with two slashes gets there only past routing. Newer releases of Werkzeug write a
        backslash as ``%5C``, older ones do not; a tab gets through in both.
        """
        return (
            self.by_page
            or all("\\" in address for address in self.addresses)
            or (self.addresses == [ONLY_WITH_TAB])
        )


def _stored(fields: Fields, starts: list[Scope]) -> dict[str, set[str]]:
    """Return the keys of the session, each with the hostile addresses that get in under it."""
    kept: dict[str, set[str]] = {}
    for function in fields.storing(starts):
        for field in fields.of(function):
            for hostile in HOSTILE:
                for key in fields.trial(function, field, hostile).stored:
                    kept.setdefault(key, set()).add(hostile)
    return kept


def _landings(fields: Fields, function: Scope, field: str) -> Iterator[_Reached]:
    """Yield the redirects that `field` of `function` reaches, with all addresses that do."""
    found_here: dict[ast.expr, _Reached] = {}
    for hostile in fields.tried(field):
        for landing in fields.trial(function, field, hostile).landings:
            known = found_here.setdefault(landing.node, _Reached(field, landing, []))
            if hostile not in known.addresses:
                known.addresses.append(hostile)
    yield from found_here.values()


def _finding(reached: _Reached, *others: _Reached) -> Finding:
    name, landing, first = shown(reached.field), reached.landing, reached.addresses[0]
    if landing.checked or (first != HOSTILE[0] and not reached.by_page):
        address = first.replace(HOST, "host").rstrip("/").replace("\t", "<tab>")
        message = f"The check of {name} does not hold: {address} passes it and leaves the site."
    else:
        message = f"The client decides by {name} where the redirect goes; nothing checks it."
    minor = reached.narrow or is_referrer(reached.field)
    strict = reached.narrow or reached.only_back
    return found(
        RULE,
        message,
        reached.spot,
        severity="low" if minor else None,
        confidence="medium" if minor else None,
        audience="strict" if strict else None,
        related=[(other.spot, "goes where the same helper says") for other in others[:8]],
    )

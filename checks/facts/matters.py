"""Which Python files are worth parsing, told by their bytes."""

from __future__ import annotations

import re
from typing import Literal

from checks.lazy import lazy

# Words of which a file that any rule cares about holds at least one. Kept short: a miss costs
# a finding, a word that is everywhere costs the time of a parse. What most files hold is asked
# first; plain words, because looking for one takes a thirtieth of the time of a pattern.
_WORDS = (
    b"passw", b"werkzeug", b"login_", b"hashlib", b"PASSW", b"pwd", b"secret_key", b"SECRET_KEY",
    b"_COOKIE_", b"bcrypt", b"CERT_NONE", b"_create_unverified", b"SSL_VERIFY", b"hardening:",
    b"itsdangerous", b"import jwt", b"set_cookie(", b"def get_id(", b"@validates(", b".Hash",
    b".route(", b"app.run(", b"HTTP_X_", b"script-src", b"add_url_rule", b"register_blueprint(",
)  # fmt: skip
# Words that are common, with what must stand behind them. Each pattern begins with letters as they
# stand: another takes thirty times as long.
_FOLLOWED = (
    re.compile(rb"verify ?= ?False"),
    re.compile(rb"DEBUG[\"'\]]* ?="),
    re.compile(rb"debug ?= ?True"),
    # A table that ``for route in ROUTES: api.add_resource(*route)`` goes through.
    re.compile(rb"ROUTES\b[^\n=]*= ?[\[(]"),
    re.compile(rb"routes\b[^\n=]*= ?[\[(]"),
)
# What is imported by files of every large Flask project, and decides nothing by itself: the app
# and the objects of the moment, translations, caches and the models of Flask-AppBuilder.
_OF_THE_MOMENT = rb"(?:current_app|g|has_app_context|has_request_context)(?: as \w+)?"
_COMMON = lazy(
    rb"from flask(?:_babel\b|_caching\b|_appbuilder\.models\b|_appbuilder import Model *\n"
    rb"|_appbuilder\.security\.sqla\.models\b|\.cli import with_appcontext *\n"
    rb"| import (?:\(\s*(?:" + _OF_THE_MOMENT + rb",?\s*)+\)|(?:" + _OF_THE_MOMENT + rb",? *)+\n))"
)
# What makes a file with no more than that of interest: helpers for tokens, headers and access, and
# what is done to the app.
_MORE = (
    b"setattr", b"ookie", b"ecret", b"autoescape", b"wraps(", b".headers", b".commit(", b"urlparse",
    b"urlsplit", b"== token", b"!= token",
)  # fmt: skip
_DOES = (
    re.compile(rb"current_app\.(?!config\b|logger\b|app_context\b|_get_current_object\b)"),
    re.compile(rb"app\.(?<![\w.]app\.)(?!config\b|logger\b|app_context\b)"),
    re.compile(rb"config(?:\[[^\]\n]*\] *=(?!=)|\.(?:from_|update\(|setdefault\())"),
    re.compile(rb"token[\w.()]* *[!=]="),
    re.compile(rb"random\.(?:choice|rand|sample|getrandbits)"),
)
# Words of files that make, configure or extend an app: see `of_an_app`.
_OF_AN_APP = (
    b"lask", b"werkzeug", b"SECRET_KEY", b"SESSION_COOKIE_", b"REMEMBER_COOKIE_", b"itsdangerous",
    b"hardening:",
)  # fmt: skip
ALWAYS_PARSED = 600  # bytes: below it a parse costs less than a mistake about what matters


def matters(raw: bytes) -> bool:
    """Return whether a file with these bytes is worth parsing."""
    if len(raw) <= ALWAYS_PARSED:
        return True
    told = _flask(raw)
    if told == "more":
        return True
    for word in _WORDS:
        if word in raw:
            return True
    for pattern in _FOLLOWED:
        if pattern.search(raw):
            return True
    if told == "nothing":
        return False
    return any(word in raw for word in _MORE) or any(does.search(raw) for does in _DOES)


def _flask(raw: bytes) -> Literal["nothing", "little", "more"]:
    """Return how much a file has to do with Flask, by what it imports and mentions."""
    at = raw.find(b"lask")
    if at < 0:
        return "nothing"
    while at >= 0:
        start = raw.rfind(b"\n", 0, at) + 1
        while raw[start : start + 1] in b" \t":
            start += 1
        if raw.startswith((b"from ", b"import "), start):
            common = _COMMON.match(raw, start)
            if common is None:
                return "more"
            at = max(common.end() - 1, at)
        at = raw.find(b"lask", at + 4)
    return "little"


def of_an_app(raw: bytes) -> bool:
    """Return whether a file may be part of a Flask app by itself, whatever it imports."""
    return any(word in raw for word in _OF_AN_APP)

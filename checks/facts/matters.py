"""Which Python files are worth parsing, told by their bytes."""

from __future__ import annotations

import re

# Words of which a file that any rule cares about holds at least one. Kept short: a miss costs
# a finding, a word that is everywhere costs the time of a parse. What most files hold is asked
# first; plain words, because looking for one takes a thirtieth of the time of a pattern.
_WORDS = (
    b"passw", b"werkzeug", b"login_", b"hashlib", b"PASSW", b"pwd", b"secret_key", b"SECRET_KEY",
    b"_COOKIE_", b"bcrypt", b"CERT_NONE", b"_create_unverified", b"SSL_VERIFY", b"hardening:",
    b"itsdangerous", b"import jwt", b"set_cookie(", b"def get_id(", b"@validates(",
    b"Crypto.Hash", b"Cryptodome.Hash", b"hashes.Hash(", b".route(", b"add_url_rule",
    b"register_blueprint(",
)  # fmt: skip
# Words that are common, with what must stand around them. Flask-Babel only translates; who gets
# no more than the app of the moment reads its configuration or logs, unless more is said.
_APP_ONLY = rb" import current_app(?: as app)? *\n"
_AROUND = (
    (b"lask", re.compile(rb"lask(?!_babel|" + _APP_ONLY + rb")")),
    (b"verify", re.compile(rb"verify ?= ?False")),
    (b"DEBUG", re.compile(rb"DEBUG[\"'\]]* ?=")),
)
# What makes a file of interest that gets only the app of the moment: helpers for tokens, headers
# and redirects, and what is done to the app.
_MORE = (b"token", b"andom", b"setattr", b"ookie", b"redirect", b"header", b"ecret", b"autoescape")
_TO_THE_APP = re.compile(
    rb"\b(?:current_app|app)\.(?!config\b|logger\b)|config(?:\[[^\]\n]*\] *=(?!=)|\.(?!get\())"
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
    for word, pattern in _AROUND:
        if word in raw and pattern.search(raw):
            return True
    if any(word in raw for word in _WORDS):
        return True
    if b" import current_app" not in raw:
        return False
    return any(word in raw for word in _MORE) or _TO_THE_APP.search(raw) is not None


def of_an_app(raw: bytes) -> bool:
    """Return whether a file may be part of a Flask app by itself, whatever it imports."""
    return any(word in raw for word in _OF_AN_APP)

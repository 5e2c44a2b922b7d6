"""Whom a login request names, and whether it brings a password, without spoiling it for the app.

Every place that a view may look at is read: form, JSON, query string and HTTP Basic, so that a
decoy in one of them hides no name in another. A body is read only up to `MOST_BODY_BYTES`, and
so that the view can still read it in every usual way.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException

from hardening.keys import Key, keyring
from hardening.logins.chunked import buffered_length

if TYPE_CHECKING:
    from flask import Flask, Request

MOST_BODY_BYTES = 64 * 1024  # 64 KiB: no login form is larger
MOST_FIELDS = 500  # of one request, wherever they stand; a login form has a handful
MOST_NAMES = 8  # distinct ones in one request; an honest one has one or two
MOST_NAME_LENGTH = 256  # characters that count; an e-mail address has at most 254
JSON_LEVELS = 2  # {"user": {"email": ...}} is seen

_USUAL_NAMES = frozenset(
    [
        "username",
        "user_name",
        "user",
        "userid",
        "user_id",
        "uid",
        "login",
        "loginname",
        "login_name",
        "loginid",
        "login_id",
        "name",
        "email",
        "e_mail",
        "mail",
        "emailaddress",
        "email_address",
        "useremail",
        "user_email",
        "identifier",
        "identity",
        "account",
        "account_name",
        "accountname",
        "phone",
        "phone_number",
        "phonenumber",
        "mobile",
        "telephone",
        "handle",
        "nickname",
        "nick",
        "principal",
    ]
)
# Endings after which a longer name still says who: ``email_or_username``, ``admin_login``.
_USUAL_END = re.compile(r"_(?:username|user_name|email|login|phone|identifier)$")
_PASSWORD = re.compile(r"pass|pwd|(?:^|_)pin(?:_|$)|(?:^|_)(?:secret|pw)(?:_|$)")
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
READ_WHOLE = frozenset({_FORM, _JSON})  # what `read_body` understands
_UNKEYED = Key("unkeyed", secrets.token_bytes(32))  # no SECRET_KEY: no session, so no login


Body = Literal["read", "oversized", "unknown"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request says about who logs in."""

    names: tuple[str, ...]
    """Distinct and normalised, in the order found; at most `MOST_NAMES` and one more."""
    password: bool
    """Whether a password that is not empty came with it; taken for granted if not read."""
    body: Body
    """Whether its body was looked at: ``oversized`` is larger than any login or has more
    fields, ``unknown`` of a length or kind that is not read."""


@dataclass(frozen=True, slots=True)
class Account:
    """One name, ready to be counted."""

    name: str = field(repr=False)
    """Normalised. Never logged."""
    key: bytes
    """16 bytes that stand for it in the store."""
    several: bool = False
    """Whether it stands for several people, who must not use up each other's budget."""

    @property
    def hashed(self) -> str:
        """What events call it."""
        return self.key.hex()


def read(request: Request, fields: tuple[str, ...]) -> Sent:
    """Return what `request` says about who logs in. Never raises for what a client sends.

    Args:
        request: a request with a body.
        fields: the names of fields that say who logs in; empty: the usual ones.
    """
    body, pairs = _sent(request)
    if len(pairs) > MOST_FIELDS:
        return Sent((), True, "oversized")
    names, password = _told(pairs, fields)
    basic = request.authorization if "HTTP_AUTHORIZATION" in request.environ else None
    if basic is not None and basic.type == "basic":
        password = password or bool(basic.password)
        if name := normalise(basic.username or ""):
            names[name] = None
    return Sent(tuple(names), password or body != "read", body)


def read_body(kind: str, body: bytes, fields: tuple[str, ...]) -> Sent | None:
    """Return what a request says whose body is all that it brings, as `read` would.

    Args:
        kind: the body's type, without parameters.
        body: all of it.
        fields: as for `read`.

    Returns:
        None where the body is of another type, or says no name, or more than a login does.
    """
    if kind == _FORM:
        pairs = _form_fields(body)
    elif kind == _JSON:
        try:
            pairs = list(_json_fields(_parsed(body), 0))
        except RecursionError:
            return None
    else:
        return None
    if len(pairs) > MOST_FIELDS:
        return None
    names, password = _told(pairs, fields)
    if not names or len(names) > MOST_NAMES:
        return None
    return Sent(tuple(names), password, "read")


def fields_of(request: Request) -> list[tuple[str, str]]:
    """Return the fields of `request`, body and query, as far as they are read. Never raises for
    what a client sends."""
    return _sent(request)[1][:MOST_FIELDS]


def may_hold_password(query: str) -> bool:
    """Return whether a query string may bring a password; quick, as every request is asked."""
    return _PASSWORD.search(query.lower()) is not None


def normalise(name: str) -> str:
    """Return the one form of all spellings of `name`: NFKC, caseless, without space around."""
    # Cut before the costly part, and after stripping: space in front must not push a name out.
    cut = name.strip()[:MOST_NAME_LENGTH]
    if cut.isascii():
        return cut.lower().strip()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cut).casefold())
    return folded.strip()[:MOST_NAME_LENGTH]


def account(app: Flask, name: str) -> Account:
    """Return the account that a normalised `name` stands for, hashed with the app's key."""
    return Account(name, _mac(app, b"name", name))


def account_of_user(app: Flask, user_id: str) -> Account:
    """Return the account of the user with this id, for forms that name nobody."""
    return Account("", _mac(app, b"user", user_id))


def account_of_hash(app: Flask, stored: str) -> Account:
    """Return the account that a stored hash belongs to, whatever it is called."""
    return Account("", _mac(app, b"hash", stored))


def account_in_waiting(app: Flask, what: str) -> Account:
    """Return what stands for somebody who is asked for a code, or for mail."""
    return Account("", _mac(app, b"waiting", what))


def network_key(app: Flask, network: str) -> bytes:
    """Return 16 bytes that stand for a client's network in the store."""
    return _mac(app, b"network", network)


def _mac(app: Flask, kind: bytes, text: str) -> bytes:
    ring = keyring(app, "name")
    key = ring.oldest if ring else _UNKEYED
    # BLAKE2's own keyed mode: a third of the time of HMAC, on a path that attackers choose.
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16, key=key.secret, person=kind
    ).digest()


def _told(pairs: list[tuple[str, str]], fields: tuple[str, ...]) -> tuple[dict[str, None], bool]:
    """Return the names among `pairs`, and whether there is a password that is not empty."""
    names: dict[str, None] = {}
    password = False
    for name_of_field, value in pairs:
        role = _role(name_of_field, fields) if len(name_of_field) <= MOST_NAME_LENGTH else ""
        if role == "password":
            password = password or value != ""
        elif role == "name" and len(names) <= MOST_NAMES and (name := normalise(value)):
            names[name] = None
    return names, password


def _sent(request: Request) -> tuple[Body, list[tuple[str, str]]]:
    body, pairs = _body(request)
    if request.environ.get("QUERY_STRING"):
        pairs += request.args.items(multi=True)
    return body, pairs


def _body(request: Request) -> tuple[Body, list[tuple[str, str]]]:
    """Return whether the body was read, and its fields."""
    environ = request.environ
    length = request.content_length
    if length is None:
        # Neither Content-Length nor chunked encoding means no body at all.
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return "read", []
        length = buffered_length(request, MOST_BODY_BYTES)
        if length is None:
            return "unknown", []
    if length > MOST_BODY_BYTES:
        return "oversized", []
    kind = environ.get("CONTENT_TYPE")
    if kind != _FORM:  # as browsers write it; other spellings are taken apart
        kind = request.mimetype
    try:
        if kind == _FORM:
            # Not `request.form`, which takes ten times as long; the view parses what is kept.
            return "read", _form_fields(request.get_data(cache=True))
        if kind == "multipart/form-data":
            request.get_data(cache=True)  # first, or the view's own `get_data()` finds nothing
            return "read", list(request.form.items(multi=True))
        if request.is_json:
            return "read", list(_json_fields(request.get_json(silent=True), 0))
        if kind in ("", "text/plain"):  # for views that call get_json(force=True)
            # Not `get_json`: it would keep the answer for a view that does not force it.
            return "read", list(_json_fields(_parsed(request.get_data(cache=True)), 0))
    except (HTTPException, RecursionError):
        pass  # the view will meet the same
    return "unknown", []


def _form_fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, errors="replace")


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _json_fields(value: Any, level: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict) or level > JSON_LEVELS:
        return
    for key, inner in value.items():
        if isinstance(inner, str | int | float) and not isinstance(inner, bool):
            yield key, str(inner)
        elif isinstance(inner, list):
            yield from ((key, item) for item in inner[: MOST_NAMES + 1] if isinstance(item, str))
        else:
            yield from _json_fields(inner, level + 1)


@lru_cache(maxsize=1024)  # bounded: a client chooses these
def _role(field: str, fields: tuple[str, ...]) -> str:
    """Return what a field is for: ``name``, ``password``, or neither."""
    if field in fields:
        return "name"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()
    # `login-email`, `form-0-username` and `user[email]` end in what they are.
    parts = [part for part in re.split(r"[^\w]+", words) if part]
    last = parts[-1] if parts else ""
    if _PASSWORD.search(last):
        return "password"
    if not fields and (last in _USUAL_NAMES or _USUAL_END.search(last)):
        return "name"
    return ""

"""What identity providers send through the browser: the question on its way, and the answer.

SAML 2.0 (HTTP POST binding), OpenID Connect (``form_post`` response mode), WS-Federation and
Google's sign-in button answer with a cross-site POST, without our cookies. Such a form has
the protocol's own fields and no others: one that carries a user name or a password as well is
a login form, whatever else was added to it.

OAuth's ``state`` and the id of a SAML request are random, chosen here and sent back with the
answer. Where the session holds one, whoever sends it back was asked by this very browser.
Pure functions; nothing that they read is trusted.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from flask import Request

FORM = "application/x-www-form-urlencoded"
FORM_MOST = 1024 * 1024  # bytes: a signed and encrypted SAML answer is a tenth of that
SECRET_LEAST = 8  # characters: a shorter text may be in a session by chance

# Each set alone shows which protocol it is.
_PROOFS = (
    frozenset({"SAMLResponse"}),
    frozenset({"id_token"}),
    frozenset({"code", "state"}),
    frozenset({"error", "state"}),
    frozenset({"wresult"}),
    frozenset({"credential", "g_csrf_token"}),
)
_BESIDE = frozenset(
    {
        *("RelayState", "SigAlg", "Signature"),
        *("state", "code", "session_state", "iss", "scope", "client_info", "user"),
        *("access_token", "token_type", "expires_in"),
        *("error", "error_description", "error_uri"),
        *("wa", "wctx"),
        *("select_by", "authuser", "prompt", "hd", "clientId", "client_id"),
    }
)
_KNOWN = _BESIDE.union(*_PROOFS)

_XML_MOST = 16 * 1024  # bytes of a SAML message that are read: its first tag is far shorter
# Compiled by `re` at its first use, as most processes start without one.
# The first tag of a SAML message and one attribute of it; the name may have any prefix.
_ASKED = rb"<(?:[\w.\-]+:)?AuthnRequest\b[^<>]*?\sID\s*=\s*[\"']([\w.\-]+)[\"']"
_ANSWERED = rb"<(?:[\w.\-]+:)?Response\b[^<>]*?\sInResponseTo\s*=\s*[\"']([\w.\-]+)[\"']"


def is_sso_answer(request: Request) -> bool:
    """Return whether the form of `request` has an identity provider's fields, and only those."""
    if request.mimetype != FORM or (request.content_length or 0) > FORM_MOST:
        return False
    try:
        request.get_data(cache=True)  # first, or a view that reads the body itself finds nothing
        names = frozenset(request.form)
    except HTTPException:  # too large
        return False
    return names <= _KNOWN and any(proof <= names for proof in _PROOFS)


def asked(location: str) -> str | None:
    """Return the secret of a question that is answered by a POST, or None.

    Args:
        location: where the app sends the browser.
    """
    if "form_post" not in location and "SAMLRequest=" not in location:
        return None
    try:
        query = parse_qs(urlsplit(location).query, max_num_fields=100)
    except ValueError:
        return None
    if query.get("response_mode") == ["form_post"] and "state" in query:
        return _secret(query["state"][0])
    return _saml(query.get("SAMLRequest", [""])[0], _ASKED)


def answered(request: Request) -> str | None:
    """Return the secret that comes back with the answer in `request`, or None.

    Args:
        request: one that `is_sso_answer`, or a GET.
    """
    if request.method == "GET":
        args = request.args
        return _secret(args["state"]) if "state" in args and args.keys() & _ENDS else None
    form = request.form
    if "SAMLResponse" in form:
        return _saml(form["SAMLResponse"], _ANSWERED)
    return _secret(form.get("state", ""))


_ENDS = frozenset({"code", "error"})


def holds(session: Mapping[str, Any], secret: str) -> bool:
    """Return whether the app keeps `secret` in `session`: as a value, or in a key's name."""
    from hardening.submitted import texts_in  # start-up is measured, and few requests ask

    if any(isinstance(key, str) and secret in key for key in session):
        return True
    return secret in texts_in(dict(session))


def _secret(text: str) -> str | None:
    return text if len(text) >= SECRET_LEAST else None


def _saml(encoded: str, pattern: bytes) -> str | None:
    """Return what `pattern` finds at the beginning of a SAML message, deflated or not."""
    try:
        # Whole groups of four characters, so that a beginning decodes too.
        message = base64.b64decode("".join(encoded[: 2 * _XML_MOST].split())[: _XML_MOST // 4 * 4])
    except (binascii.Error, ValueError):
        return None
    if not message.lstrip().startswith(b"<"):
        try:
            message = zlib.decompressobj(-15).decompress(message, _XML_MOST)
        except zlib.error:
            return None
    match = re.search(pattern, message)
    return None if match is None else _secret(match.group(1).decode("ascii", "replace"))

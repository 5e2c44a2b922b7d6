"""Whether a form is an identity provider's answer, which arrives as a cross-site POST by design.

SAML 2.0 (HTTP POST binding), OpenID Connect (``form_post`` response mode), WS-Federation and
Google's sign-in button send the browser back that way, without our cookies. Such a form has
the protocol's own fields and no others: one that carries a user name or a password as well is
a login form, whatever else was added to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from flask import Request

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


def is_sso_answer(request: Request) -> bool:
    """Return whether the form of `request` has an identity provider's fields, and only those."""
    try:
        names = frozenset(request.form)
    except HTTPException:  # too large, or not a form at all
        return False
    return names <= _KNOWN and any(proof <= names for proof in _PROOFS)

"""Single sign-on: the answer of an identity provider finds the session that asked for it.

An answer that comes as a cross-site POST (OpenID's ``form_post``, SAML) arrives without our
cookies, which are SameSite=Lax; before the wrap they had no such attribute, and browsers sent
them. So where the app sends somebody to a provider, and keeps the secret of its question in the
session, the browser gets a cookie of ours beside it, which is sent from other sites and holds
nothing but that secret's hash. An answer with the same secret is let through, after the browser
has sent it once more from a page of this site, cookies included.

Whom this trusts: a secret that was sent to this browser alone, or an origin that the policy
names. Nothing else is sent once more, or any site could make requests in our name.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from flask import session

from hardening.decision import Refusal
from hardening.sso import FORM, answered, asked, holds, is_sso_answer

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State

COOKIE = "__Host-sign-on"
LIFE_S = 60 * 60  # an hour to log in at the provider, as Authlib keeps its questions
MOST = 4  # questions of one browser at a time: tabs, and second tries
NOTE = "sign_on"
OPENER = "Cross-Origin-Opener-Policy"


class SignOn:
    """The part of the guard ``cross_site`` that knows identity providers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def before(self, request: Request, state: State) -> None:
        """Note whether `request` answers a question of this browser; the view forgets it."""
        environ = request.environ
        if request.method == "GET":
            if "state=" not in environ.get("QUERY_STRING", ""):
                return
            secret = answered(request)
            proven = secret is not None and holds(session, secret)
        elif request.method == "POST" and environ.get("CONTENT_TYPE", "").startswith(FORM):
            # Without https there is no cookie of ours, and none while observing; but then the
            # session's own is as the app made it, and comes along.
            bare = state.client.https is False or not self._context.enforcing
            if COOKIE not in environ.get("HTTP_COOKIE", "") and not (
                bare and "HTTP_ORIGIN" in environ
            ):
                return
            secret = answered(request) if is_sso_answer(request) else None
            proven = secret is not None and (
                _digest(secret) in _digests(request) or (bare and holds(session, secret))
            )
        else:
            return
        if proven:
            state.notes[NOTE] = True

    def proven(self, state: State) -> bool:
        """Return whether the request answers a question that this browser was sent with."""
        return NOTE in state.notes

    def carry(self, request: Request) -> Refusal | None:
        """Return the page that sends an answer once more, where the session is missing."""
        config = self._context.app.config
        if (config.get("SESSION_COOKIE_NAME") or "session") in request.cookies:
            return None
        headers = request.headers
        # A frame or a script of another site has no cookies on the second way either.
        if headers.get("Sec-Fetch-Dest", "document") != "document":
            return None
        if request.method != "POST" or not is_sso_answer(request):
            return None
        from hardening.carry_page import carry_page

        body, policy = carry_page(request.form.items(multi=True))
        return Refusal(
            guard="cross_site",
            status=200,
            event="sign_on_carried",
            reason="An identity provider's answer came without the session's cookie.",
            level="info",
            body=body,
            headers=(
                ("Cache-Control", "no-store"),
                ("Content-Security-Policy", policy),
                # Without an origin, a browser that sends no Fetch Metadata would be refused.
                ("Referrer-Policy", "same-origin"),
            ),
            details={"endpoint": request.endpoint},
        )

    def after(self, request: Request, state: State, response: Response) -> None:
        """Remember a question that `response` asks; let a popup keep its opener."""
        if not self._context.enforcing:
            return
        if NOTE in state.notes:
            # A popup comes back from the provider's pages, which have no such policy. With ours
            # browsers would take it from the page that opened it and waits for it.
            response.headers.setdefault(OPENER, "unsafe-none")
            if COOKIE in request.cookies and not state.refused:
                response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="None")
        if state.refused or not 300 <= response.status_code < 400:
            return
        secret = asked(response.headers.get("Location", ""))
        if secret is not None and holds(session, secret):
            kept = [*_digests(request)[-MOST + 1 :], _digest(secret)]
            response.set_cookie(
                COOKIE, ".".join(kept), LIFE_S, secure=True, httponly=True, samesite="None"
            )


def _digest(secret: str) -> str:
    made = hashlib.sha256(secret.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")


def _digests(request: Request) -> list[str]:
    return [part for part in request.cookies.get(COOKIE, "").split(".") if part]

"""Logs a user in by the app's own form, out again, and tries copies of the cookies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask_login import user_logged_in

from hardening.live.cookies import cookies_of, kind_of
from hardening.live.forms import forms, login_form
from hardening.logins.words import kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from hardening.live.asking import Visitor

_NOT_SENT = "no login page with a form that asks for a name and a password was found"
_NOT_IN = "the form was sent, and nobody was logged in: answer {status}"
_NOT_HELD = "the login was not kept: the next request came from nobody"


def signed_in(visitor: Visitor, user: str, password: str) -> dict[str, Any]:
    """Return what a login and a logout show.

    Args:
        visitor: asks the app.
        user: the name to log in with.
        password: of that user.

    Returns:
        ``failed`` with the reason, or ``cookies`` as sent at the login, ``renewed`` (whether the
        session cookie changed), ``logout`` (the endpoint that ended it), and whether copies of
        the cookies still let somebody in after that: ``replayed`` and ``remembered``; None where
        there was no logout or cookie.
    """
    client = visitor.client()
    page = _form(visitor, client)
    if page is None:
        return {"failed": _NOT_SENT}
    address, form = page
    before = _held(visitor, client)
    with _logins(visitor.app) as seen:
        sent = _sent(visitor, address)
        response = client.post(address, data=form.filled(user, password), **sent)
    if not seen:
        return {"failed": _NOT_IN.format(status=response.status_code)}
    cookies = cookies_of(visitor.app, response)
    held = _held(visitor, client)
    if _who(visitor, client) != "in":
        return {"failed": _NOT_HELD}
    found: dict[str, Any] = {"cookies": cookies, "replayed": None, "remembered": None}
    found["renewed"] = "session" not in before or before["session"] != held.get("session")
    found["logout"] = _log_out(visitor, client)
    if found["logout"] is not None:
        found["replayed"] = _is_let_in(visitor, held, "session")
        found["remembered"] = _is_let_in(visitor, held, "remember")
    return found


def _form(visitor: Visitor, client: FlaskClient) -> tuple[str, Any] | None:
    for path in visitor.login_pages():
        response = visitor.get(client, path)
        form = login_form(response.text) if response.status_code == 200 else None
        if form is not None and form.method == "post":
            address = urlsplit(urljoin(f"https://{visitor.host}{path}", form.action))
            if address.netloc == visitor.host:
                return address.path + ("?" + address.query if address.query else ""), form
    return None


def _sent(visitor: Visitor, path: str) -> dict[str, Any]:
    """Return what a browser sends with a form of the app's own page."""
    sent = visitor.sent()
    origin = f"https://{visitor.host}"
    own = {"Origin": origin, "Referer": origin + path, "Sec-Fetch-Site": "same-origin"}
    return {**sent, "headers": {**sent["headers"], **own}}


@contextmanager
def _logins(app: Flask) -> Iterator[list[bool]]:
    seen: list[bool] = []

    def noted(sender: Any, **named: Any) -> None:
        seen.append(True)

    with user_logged_in.connected_to(noted, app):
        yield seen


def _held(visitor: Visitor, client: FlaskClient) -> dict[str, tuple[str, str]]:
    """Return the cookies that the browser holds, by kind: name and value."""
    # The test client has no public list of its cookies.
    jar = client._cookies or {}
    return {
        kind: (cookie.key, cookie.value)
        for cookie in jar.values()
        if (kind := kind_of(visitor.app, cookie.key)) != "other"
    }


def _who(visitor: Visitor, client: FlaskClient) -> str:
    return visitor.get(client, visitor.who).text


def _is_let_in(visitor: Visitor, held: dict[str, tuple[str, str]], kind: str) -> bool | None:
    """Return whether a copy of a cookie that was held lets another browser in."""
    if kind not in held:
        return None
    client = visitor.client()
    name, value = held[kind]
    client.set_cookie(name, value, domain=visitor.host.partition(":")[0], secure=True)
    return _who(visitor, client) == "in"


def _log_out(visitor: Visitor, client: FlaskClient) -> str | None:
    """Log out by the app's own view; return its endpoint, or None where none does it."""
    for rule in visitor.app.url_map.iter_rules():
        kinds = kinds_of(rule.endpoint) or kinds_of(rule.rule)
        if kinds[:1] != ["logout"] or rule.arguments:
            continue
        path = str(rule.rule)
        if "GET" in (rule.methods or ()):
            response = visitor.get(client, path)
            if _who(visitor, client) == "out":
                return str(rule.endpoint)
            data = forms(response.text)[0].fields if forms(response.text) else {}
        else:
            data = _token(visitor, client)
        if "POST" in (rule.methods or ()):
            client.post(path, data=data, **_sent(visitor, path))
        if _who(visitor, client) == "out":
            return str(rule.endpoint)
    return None


def _token(visitor: Visitor, client: FlaskClient) -> dict[str, str]:
    """Return the hidden fields of the start page's form, a CSRF token among them."""
    found = forms(visitor.get(client, "/").text)
    return found[0].fields if found else {}

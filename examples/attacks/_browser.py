"""People and scripts that talk to an app: cookies, addresses and what browsers send along."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from ._jar import Jar, SetCookie, parse

HOST = "shop.example"
EVIL = "https://evil.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
# RFC 5737 sets these networks apart for examples; none of them is private or loopback.
HOME, CAFE, OFFICE = "203.0.113.7", "198.51.100.23", "192.0.2.44"


@dataclass(frozen=True)
class Call:
    """One HTTP request as it leaves a client."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str
    host: str
    address: str


@dataclass(frozen=True)
class Reply:
    """One HTTP response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str

    def header(self, name: str) -> str | None:
        """Return the first header of that name, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def cookies(self) -> tuple[SetCookie, ...]:
        """Every ``Set-Cookie`` of the response."""
        return tuple(parse(v) for key, v in self.headers if key.lower() == "set-cookie")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


Site = Callable[[Call], Reply]


def in_process(app: Flask) -> Site:
    """Return a site that asks `app` directly, with the client's address as the peer's."""

    def ask(call: Call) -> Reply:
        # A client of its own per request: the gallery asks from many threads at once.
        response = app.test_client(use_cookies=False).open(
            call.path,
            method=call.method,
            query_string=call.query,
            headers=dict(call.headers),
            data=call.body,
            base_url=f"{call.scheme}://{call.host}",
            environ_overrides={"REMOTE_ADDR": call.address},
        )
        with response:
            headers = tuple((str(key), str(value)) for key, value in response.headers)
            return Reply(response.status_code, headers, response.get_data(as_text=True))

    return ask


class Browser:
    """One client with its own cookies.

    Args:
        site: an app, or a server's `Site`.
        address: the network address it comes from.
        agent: its User-Agent.
        scripted: a program rather than a browser: sends no Fetch Metadata and no Origin.
        keeps_cookies: a program that throws its cookies away does not.
    """

    def __init__(
        self,
        site: Flask | Site,
        *,
        address: str = HOME,
        agent: str = FIREFOX,
        scripted: bool = False,
        keeps_cookies: bool = True,
        host: str = HOST,
    ) -> None:
        self.site = in_process(site) if isinstance(site, Flask) else site
        self.address = address
        self.agent = agent
        self.scripted = scripted
        self.keeps_cookies = keeps_cookies
        self.host = host
        self.jar = Jar()

    def get(self, path: str, **options: Any) -> Reply:
        """Ask for a page; options as for `ask`."""
        return self.ask("GET", path, **options)

    def post(self, path: str, form: Mapping[str, str] | None = None, **options: Any) -> Reply:
        """Send a form; options as for `ask`."""
        return self.ask("POST", path, form=form or {}, **options)

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        scheme: str = "https",
        site: str = "same-origin",
        dest: str = "document",
        withhold: bool = True,
        without: tuple[str, ...] = (),
    ) -> Reply:
        """Send one request and keep the cookies of the answer.

        Args:
            method: the HTTP method.
            path: path on the site, without a query.
            form: fields of a form.
            query: fields of the query.
            headers: further headers, which win over the browser's own.
            scheme: ``"https"`` or ``"http"``.
            site: what Fetch Metadata calls the page that caused the request.
            dest: what the answer is for: ``"document"``, ``"image"``, ``"iframe"``.
            withhold: whether SameSite is honoured; False is a browser from before 2018.
            without: beginnings of names of headers that this browser does not know.
        """
        crossing = withhold and site == "cross-site"
        navigation = method == "GET" and dest == "document"
        cookie = self.jar.send(scheme=scheme, cross_site=crossing, navigation=navigation)
        sent = {"User-Agent": self.agent}
        if not self.scripted:
            sent |= self._fetch_metadata(method, scheme, site, dest)
        if cookie:
            sent["Cookie"] = cookie
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent = {name: text for name, text in sent.items() if not name.startswith(without or ("-",))}
        sent |= headers or {}
        body = urlencode(form).encode() if form is not None else b""
        call = Call(
            method, path, urlencode(query or {}), sent, body, scheme, self.host, self.address
        )
        reply = self.site(call)
        if self.keeps_cookies:
            for key, value in reply.headers:
                if key.lower() == "set-cookie":
                    self.jar.accept(value, scheme=scheme)
        return reply

    def _fetch_metadata(self, method: str, scheme: str, site: str, dest: str) -> dict[str, str]:
        sent = {}
        origin = EVIL if site == "cross-site" else f"{scheme}://{self.host}"
        if method not in ("GET", "HEAD"):
            sent["Origin"] = origin
        if site != "none":
            sent["Referer"] = origin + "/"
        # Browsers send Fetch Metadata to trustworthy origins only, so never over plain http.
        if scheme == "https":
            sent["Sec-Fetch-Site"] = site
            sent["Sec-Fetch-Dest"] = dest
            sent["Sec-Fetch-Mode"] = "no-cors" if dest == "image" else "navigate"
        return sent

    def steal_from(self, owner: Browser) -> Browser:
        """Copy every cookie of `owner`, whatever their names, and return this browser."""
        self.jar.copy_from(owner.jar)
        return self

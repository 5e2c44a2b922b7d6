"""A small web for a real browser: one shop bare and wrapped, and pages that are out to harm it.

Every name ends in ``.example``, and the browser's own resolver leads it to two ports of this
machine. The certificate counts as good there, instead of being overlooked: a browser that had
to look away keeps no HSTS and caches nothing.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from evil_pages import evil_app
from evil_shop import Shop, bare_shop, wrapped_shop
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from hardening import Policy

EVIL = "https://evil.example"
WIFI = "/wifi"  # over http, whoever runs the network answers under this path

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True)
class Site:
    """A shop and its addresses."""

    host: str
    shop: Shop

    @property
    def sibling(self) -> str:
        """The origin of a subdomain that somebody else runs."""
        return f"https://sub.{self.host}"

    def url(self, path: str = "/", scheme: str = "https") -> str:
        """Return the address of a page of the shop."""
        return f"{scheme}://{self.host}{path}"


@dataclass(frozen=True)
class Web:
    """Everything that the browser can reach."""

    bare: Site
    wrapped: Site
    loose: tuple[Site, Site]
    """Bare and wrapped, of an owner who set ``SameSite=None`` so that others may embed the shop."""
    tuned: Site
    """Wrapped, with an enforced content policy, and without HSTS."""
    arguments: tuple[str, ...]
    """What the browser must be started with."""
    overheard: list[dict[str, Any]] = field(default_factory=list)
    """The WSGI environments of requests that the evil pages got."""

    @property
    def shops(self) -> tuple[Site, ...]:
        return self.bare, self.wrapped, *self.loose, self.tuned

    def heard(self, host: str) -> list[str]:
        """Return the Cookie headers of requests for `host` that the evil pages got."""
        return [
            environ.get("HTTP_COOKIE", "")
            for environ in self.overheard
            if environ["HTTP_HOST"] == host and environ["PATH_INFO"] != "/favicon.ico"
        ]


def trap(page: str, to: str = "", *, at: str = EVIL, **fields: str | list[str]) -> str:
    """Return the address of an evil page.

    Args:
        page: its name in ``evil_pages.PAGES``.
        to: the address that it is aimed at.
        at: the origin that serves it.
        fields: what its form sends; ``cookie``, what its answer sets.
    """
    return f"{at}/{page}?{urlencode({'to': to, **fields}, doseq=True)}"


@contextmanager
def evil_web(folder: Path) -> Iterator[Web]:
    """Serve it until the block ends; `folder` takes the certificate."""
    overheard: list[dict[str, Any]] = []
    none: dict[str, Any] = {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": True}
    sites = [
        Site("bare.example", bare_shop()),
        Site("wrapped.example", wrapped_shop()),
        Site("loose-bare.example", bare_shop(**none)),
        Site("loose-wrapped.example", wrapped_shop(**none)),
        Site("tuned.example", wrapped_shop(Policy(csp="enforce", csp_nonce=True, hsts="off"))),
    ]
    served = _by_host({site.host: site.shop.app for site in sites}, evil_app(), overheard)
    context, key_hash = _certificate(folder)
    with ExitStack() as stack:
        secure = stack.enter_context(_serving(served, context))
        plain = stack.enter_context(_serving(served, None))
        rules = f"MAP *:443 127.0.0.1:{secure}, MAP *:80 127.0.0.1:{plain}"
        bare, wrapped, *loose, tuned = sites
        yield Web(
            bare,
            wrapped,
            (loose[0], loose[1]),
            tuned,
            (
                f"--host-resolver-rules={rules}",
                f"--ignore-certificate-errors-spki-list={key_hash}",
            ),
            overheard,
        )


def _by_host(apps: dict[str, Any], evil: Wsgi, overheard: list[dict[str, Any]]) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        app = apps.get(environ["HTTP_HOST"], evil)
        if environ["wsgi.url_scheme"] == "http" and environ["PATH_INFO"].startswith(WIFI + "/"):
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(WIFI)
            app = evil
        if app is evil:
            overheard.append(dict(environ))
        return app(environ, start_response)

    return answer


def _certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return what serves TLS, and the hash by which Chromium knows the key as good."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise RuntimeError("openssl is needed; `make test` installs it")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=example", "-addext", "subjectAltName=DNS:example"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    public = subprocess.run(
        [openssl, "pkey", "-in", str(key), "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    return context, base64.b64encode(hashlib.sha256(public).digest()).decode()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # werkzeug's own parameters
        """Print nothing."""


@contextmanager
def _serving(app: Wsgi, context: ssl.SSLContext | None) -> Iterator[int]:
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    if context is not None:
        # Werkzeug would shake hands in the thread that accepts, one browser socket at a time.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.ssl_context = context
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

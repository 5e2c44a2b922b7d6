"""A real browser reports to our collector what the content policy would have blocked."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chromium import LIMIT_S, chromium
from flask import Flask, render_template_string
from servers import tls_proxy
from werkzeug.serving import make_server

from hardening import Policy, events, harden
from hardening.cli import group

PAGE = """<!doctype html><title>x</title><script nonce="{{ csp_nonce() }}">document.title = "ran"
</script><script>document.title += " inline"</script>"""


class Wait:
    """Collects events of one name until as many came as were waited for."""

    def __init__(self, app: Flask, name: str) -> None:
        self.found: list[dict[str, Any]] = []
        self._more = threading.Condition()
        events.signal(name).connect(self._take, app)

    def _take(self, _sender: Any, details: dict[str, Any], **_: Any) -> None:
        with self._more:
            self.found.append(details)
            self._more.notify_all()

    def until(self, count: int) -> bool:
        with self._more:
            return self._more.wait_for(lambda: len(self.found) >= count, LIMIT_S)


def build(**settings: Any) -> Flask:
    app = Flask("reported")
    app.secret_key = secrets.token_hex(32)
    app.add_url_rule("/", "home", lambda: render_template_string(PAGE))
    harden(app, store="memory://", policy=Policy(csp_nonce=True, **settings))
    return app


@contextmanager
def served(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("csp", ["report-only", "enforce"])
@pytest.mark.parametrize("tls", [False, True])
def test_what_a_browser_reports_arrives(tmp_path: Path, csp: str, tls: bool) -> None:
    """Over https by the Reporting API, over http by ``report-uri``; a nonce is no violation."""
    app = build(csp=csp, https=tls, trusted_proxies=1 if tls else None)
    reports = Wait(app, "malicious_csp_violation")
    start: Callable[[int], Any] = lambda port: tls_proxy(port, tmp_path)  # noqa: E731
    with served(app) as upstream, chromium(arguments=("--short-reporting-delay",)) as browser:
        if tls:
            with start(upstream) as port:
                browser.get(f"https://127.0.0.1:{port}/")
                arrived = reports.until(1)
        else:
            browser.get(f"http://127.0.0.1:{upstream}/")
            arrived = reports.until(1)
        title = browser.title

    printed = app.test_cli_runner().invoke(group, ["csp"]).output
    assert arrived
    assert [(one["directive"], one["source"]) for one in reports.found] == [
        ("script-src", "inline")
    ]
    assert title == ("ran" if csp == "enforce" else "ran inline")
    assert "csp_nonce" in printed

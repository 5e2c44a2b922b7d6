"""The cross-site guard beside the app's own: Flask-WTF, SeaSurf and Flask-CORS."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_cors import CORS
from flask_seasurf import SeaSurf
from flask_wtf import CSRFProtect
from site_app import PASSWORD, Browser, Site

Make = Callable[..., Site]

FORM = """<form method="post"><input name="{{ name }}" value="{{ token() }}"></form>"""
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "https://app.example"}
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
SPA = "https://spa.example"
REFERER = {"Referer": "https://app.example/form"}


def with_wtf(app: Flask) -> None:
    CSRFProtect(app)
    add_form(app, "csrf_token")


def with_seasurf(app: Flask) -> None:
    SeaSurf(app)
    app.config["CSRF_COOKIE_SECURE"] = True
    add_form(app, "_csrf_token")


def add_form(app: Flask, name: str) -> None:
    @app.get("/form")
    def form() -> str:
        token = app.jinja_env.globals["csrf_token"]
        return render_template_string(FORM, name=name, token=token)


def fields(browser: Browser) -> dict[str, str]:
    """Return the hidden field that the app's own form has."""
    found = re.search(r'name="([^"]+)" value="([^"]+)"', browser.get("/form").text)
    assert found is not None
    return {found.group(1): found.group(2)}


@pytest.mark.parametrize("protect", [with_wtf, with_seasurf])
def test_both_guards_agree(make_site: Make, protect: Callable[[Flask], None]) -> None:
    """The own form passes both, before the login and after it; each refuses what it must."""
    site = make_site(before=protect)
    browser = site.browser()
    form = {"username": "ada", "password": PASSWORD}
    headers = OWN | REFERER

    assert browser.post("/login", form | fields(browser), headers=headers).text == "welcome"
    assert browser.who() == "ada"
    change = {"password": "another long password"}
    assert browser.post("/password", change, headers=headers).status_code in (400, 403)
    assert "malicious_csrf" not in site.names()

    stolen = change | fields(browser)

    assert browser.post("/password", stolen, headers=EVIL).status_code == 403
    assert "malicious_csrf" in site.names()
    assert browser.post("/password", change | fields(browser), headers=headers).text == "changed"


def credentials(app: Flask) -> None:
    CORS(app, origins=[SPA], supports_credentials=True)
    app.config["SESSION_COOKIE_SAMESITE"] = "None"


def test_flask_cors(make_site: Make) -> None:
    """A page elsewhere that may send cookies is let through by the one setting."""
    without = make_site(before=credentials)
    declared = make_site(before=credentials, trusted_origins=(SPA,))
    headers = {"Origin": SPA, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    form = {"username": "ada", "password": PASSWORD}
    asks = {"Origin": SPA, "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site"}

    for site in (without, declared):
        preflight = site.browser().open("/login", "OPTIONS", headers=asks)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == SPA
    refused = without.browser().post("/login", form, headers=headers)
    browser = declared.browser()

    assert refused.status_code == 403
    # A script may read why, which it could not without this header.
    assert refused.headers["Access-Control-Allow-Origin"] == SPA
    (event,) = [details for name, details in without.events if name == "malicious_csrf"]
    assert (event["setting"], event["origin"]) == ("trusted_origins", SPA)
    assert browser.post("/login", form, headers=headers).text == "welcome"
    assert browser.post("/confirm", headers=headers).text == "confirmed"
    assert browser.post("/confirm", headers=EVIL).status_code == 403


def test_observing_leaves_it_to_the_app(make_site: Make) -> None:
    """While observing only the app's own guard refuses."""
    site = make_site(before=with_wtf, mode="observe")
    browser = site.browser()
    form: dict[str, Any] = {"username": "ada", "password": PASSWORD} | fields(browser)

    assert browser.post("/login", form, headers=EVIL | REFERER).text == "welcome"
    assert "malicious_csrf" in site.names()

"""What must hold of the page on which users see and end their sessions."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_wtf import CSRFProtect
from site_app import PASSWORD, PHONE, Browser, Site, build_app

from hardening.devices import devices
from hardening.errors import HardeningError, StoreError

Make = Callable[..., Site]
PAGE = "/account/devices"
ROOT = Path(__file__).resolve().parents[3]


def register(app: Flask) -> None:
    app.register_blueprint(devices)


@pytest.fixture
def home(make_site: Make) -> Site:
    """A site with the page."""
    return make_site(before=register)


def text(browser: Browser) -> str:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def other_id(site: Site, user: str = "ada") -> str:
    """Return the id of the newest session of a user."""
    return site.hardening.sessions.list(user)[-1].id


def test_shows(home: Site) -> None:
    """The page shows each session by label and address prefix, never a whole address."""
    laptop, phone = home.browser(), home.browser(PHONE, "198.51.100.23")
    laptop.login()
    phone.login()
    page = text(laptop)

    assert page.index("Firefox on Linux") < page.index("This device")
    assert page.index("This device") < page.index("Chrome Mobile on Android")
    assert "203.0.113.x" in page
    assert "198.51.100.x" in page
    assert "198.51.100.23" not in page
    assert page.count('name="session"') == 1  # the present session is ended by logging out


def test_ends_one(home: Site) -> None:
    """One other session is ended by its button, and the page says so once."""
    laptop, phone = home.browser(), home.browser(PHONE)
    laptop.login()
    phone.login(remember="1")
    answer = laptop.post(f"{PAGE}/end", {"session": other_id(home)})

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "The device was logged out." in text(laptop)
    assert "The device was logged out." not in text(laptop)
    assert phone.who() is None
    assert laptop.who() == "ada"
    assert ("authn_token_revoked", {"kind": "session", "by": "owner"}) in home.events


def test_ends_all_others(home: Site) -> None:
    """All others end, remembered ones too, and the one that asked stays in."""
    laptop = home.browser()
    laptop.login()
    others = [home.browser(PHONE), home.browser(PHONE)]
    for other in others:
        other.login(remember="1")
    answer = laptop.post(f"{PAGE}/end-others")

    assert answer.status_code == 303
    assert [other.who() for other in others] == [None, None]
    assert "All other devices were logged out." in text(laptop)
    assert "No other device is logged in." in text(laptop)


def test_a_copy_of_the_own_cookies_is_another_device(home: Site) -> None:
    """Ending all others ends a copy of the present session and of its remember token too.

    The price is that the browser is not remembered any longer; its session goes on.
    """
    laptop = home.browser()
    laptop.login(remember="1")
    thief = laptop.copy_to(home.browser())

    assert thief.who() == "ada"

    laptop.post(f"{PAGE}/end-others")

    assert thief.who() is None
    assert [laptop.who(), laptop.who()] == ["ada", "ada"]

    laptop.client.delete_cookie("__Host-session", domain="app.example")

    assert laptop.who() is None


def test_a_strangers_session(home: Site) -> None:
    """The id of somebody else's session ends nothing."""
    laptop, bobs = home.browser(), home.browser(PHONE)
    bobs.login("bob")
    laptop.login()
    laptop.post(f"{PAGE}/end", {"session": other_id(home, "bob")})

    assert bobs.who() == "bob"
    assert "That device was not logged in any more." in text(laptop)


@pytest.mark.parametrize("form", [{}, {"session": ""}, {"session": "no such session"}])
def test_nothing_to_end(home: Site, form: dict[str, str]) -> None:
    """A form that names no live session ends none."""
    laptop = home.browser()
    laptop.login()
    laptop.post(f"{PAGE}/end", form)

    assert "That device was not logged in any more." in text(laptop)
    assert laptop.who() == "ada"


def test_the_own_session_is_not_ended_here(home: Site) -> None:
    """The page does not log out the browser that shows it."""
    laptop = home.browser()
    laptop.login()
    laptop.post(f"{PAGE}/end", {"session": other_id(home)})

    assert laptop.who() == "ada"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/end"), ("POST", "/end-others")]
)
def test_needs_a_fresh_login(home: Site, method: str, path: str) -> None:
    """Nobody but a user whose password was typed in this session gets there."""
    stranger, restored = home.browser(), home.browser()
    restored.login(remember="1")
    restored.client.delete_cookie("__Host-session", domain="app.example")

    assert stranger.open(PAGE + path, method).location.startswith("/login")
    assert restored.open(PAGE + path, method).status_code == 401


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("path", ["/end", "/end-others"])
def test_cross_site(make_site: Make, mode: str, path: str) -> None:
    """Another site's form ends nothing, also where the wrapper only observes."""
    site = make_site(before=register, mode=mode)
    laptop, phone = site.browser(), site.browser(PHONE)
    laptop.login()
    phone.login()
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    answer = laptop.post(PAGE + path, {"session": other_id(site)}, headers=headers)

    assert answer.status_code == 403
    assert phone.who() == "ada"


def test_with_csrf_protect(make_site: Make) -> None:
    """Where the app has Flask-WTF's CSRFProtect, the page's forms carry its token."""
    exempt: list[CSRFProtect] = []

    def both(app: Flask) -> None:
        register(app)
        exempt.append(CSRFProtect(app))
        app.config["WTF_CSRF_FIELD_NAME"] = "proof"
        exempt[0].exempt(app.view_functions["login"])

    site = make_site(before=both)
    laptop, phone = site.browser(), site.browser(PHONE)
    laptop.login()
    phone.login()
    found = re.findall(r'name="proof" value="([^"]+)"', text(laptop))
    # Flask-WTF wants to know which page of the site a form comes from.
    headers = {"Referer": "https://app.example/account/devices"}

    assert len(found) == 2
    assert laptop.post(f"{PAGE}/end-others", headers=headers).status_code == 400
    assert phone.who() == "ada"

    laptop.post(f"{PAGE}/end-others", {"proof": found[1]}, headers=headers)

    assert phone.who() is None
    assert laptop.who() == "ada"


def test_not_kept(home: Site) -> None:
    """Nobody may keep the page or its answers; its style sheet may be kept."""
    laptop = home.browser()
    laptop.login()

    assert laptop.get(PAGE).headers["Cache-Control"] == "no-store"
    assert laptop.post(f"{PAGE}/end").headers["Cache-Control"] == "no-store"
    assert "no-store" not in laptop.get(f"{PAGE}/static/devices.css").headers["Cache-Control"]


def test_nothing_inline(home: Site) -> None:
    """The page has no script, style or handler that a strict content policy would block."""
    laptop = home.browser()
    laptop.login()
    page = text(laptop)

    assert not re.search(r"<script|<style|\son\w+=|\sstyle=|javascript:|https?://", page)
    assert f'href="{PAGE}/static/devices.css"' in page


def test_escapes(make_site: Make) -> None:
    """What a client calls itself reaches the page only as text."""
    site = make_site(before=register, binding="off")
    laptop, evil = site.browser(), site.browser("<img/src=x>/1 <script>alert(1)</script>")
    laptop.login()
    evil.login()

    assert not re.search(r"<img|<script", text(laptop))


def test_own_template(make_site: Make, tmp_path: Path) -> None:
    """A template of the app's own by the same name takes the place of ours."""
    own = tmp_path / "hardening" / "devices.html"
    own.parent.mkdir()
    own.write_text(
        "{% for one in sessions %}[{{ one.label }}|{{ one.current }}]{% endfor %}{{ others }}"
    )

    def with_folder(app: Flask) -> None:
        app.template_folder = str(tmp_path)
        app.register_blueprint(devices, url_prefix="/me/sessions")

    site = make_site(before=with_folder)
    laptop = site.browser()
    laptop.login()

    assert laptop.get("/me/sessions").text == "[Firefox on Linux|True]0"
    assert laptop.post("/me/sessions/end-others").location == "/me/sessions"


@pytest.mark.parametrize("newstyle", [True, False])
def test_translated(make_site: Make, newstyle: bool) -> None:
    """The texts go through the app's gettext, the language of the page too."""
    german = {"en": "de", "This device": "Dieses Gerät", "Your devices": "Deine <Geräte>"}

    def with_gettext(app: Flask) -> None:
        register(app)
        app.jinja_env.add_extension("jinja2.ext.i18n")
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
            lambda found: german.get(found, found), lambda one, many, n: one, newstyle=newstyle
        )

    site = make_site(before=with_gettext)
    laptop = site.browser()
    laptop.login()
    page = text(laptop)

    assert '<html lang="de">' in page
    assert "<strong>Dieses Gerät</strong>" in page


def test_store_down(home: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store goes away in between, the page says 503 rather than "no devices"."""
    laptop = home.browser()
    laptop.login()

    def down(*_: Any) -> None:
        raise StoreError("away")

    monkeypatch.setattr(home.hardening.sessions, "list", down)

    assert laptop.get(PAGE).status_code == 503


def test_without_the_wrapper() -> None:
    """An app that is not wrapped is told what the page needs."""
    app, _ = build_app()
    app.testing = True
    register(app)
    client = app.test_client()
    client.post("/login", data={"username": "ada", "password": PASSWORD})

    with pytest.raises(HardeningError, match="needs harden"):
        client.get(PAGE)


def test_switched_off(make_site: Make) -> None:
    """With the wrapper switched off there is no such page."""
    site = make_site(before=register, mode="off")
    laptop = site.browser()
    laptop.login()

    assert laptop.get(PAGE, base_url="http://app.example").status_code in (302, 404)
    assert laptop.who() == "ada"
    assert laptop.get(PAGE).status_code == 404


def test_is_no_login_page(home: Site) -> None:
    """Ending other sessions is not taken for a login, a logout or a password change."""
    with home.app.app_context():
        table = home.hardening.wrapped().pipeline.endpoints.table()

    assert not [row for row in table if row[0].startswith("hardening_devices")]


def test_listed_on_the_page_is_what_revoke_takes(home: Site) -> None:
    """Ids on the page let nobody in: they are no part of any cookie."""
    laptop = home.browser()
    laptop.login()
    phone = home.browser(PHONE)
    phone.login()
    shown = re.findall(r'name="session" value="([^"]+)"', text(laptop))

    assert shown == [other_id(home)]
    assert shown[0] not in json.dumps(phone.cookies())


APP = """
import os

from devices import devices
from flask import Flask
from flask_login import LoginManager
from hardening import harden

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
manager = LoginManager(app)
manager.refresh_view = "login"
harden(app)
app.register_blueprint(devices)


@manager.user_loader
def load(user_id):
    return None
"""


def test_passes_the_audit(tmp_path: Path) -> None:
    """Our own audit has nothing to say about an app that is made of the page."""
    shutil.copy(ROOT / "hardening" / "devices.py", tmp_path)
    shutil.copytree(ROOT / "hardening" / "templates", tmp_path / "templates")
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, str(ROOT / "flask_hardening.py"), "audit", "--fail-on", "low"]
    done = subprocess.run([*command, str(tmp_path)], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 files read" in done.stdout

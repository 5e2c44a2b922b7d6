"""What must hold of sessions once an app is wrapped."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_login import FlaskLoginClient
from flask_versions import rotates
from site_app import FIREFOX, HASH, PASSWORD, PHONE, Site
from werkzeug.security import generate_password_hash

from hardening import ConfigurationError, Policy, harden

Make = Callable[..., Site]


def test_replay_after_logout(site: Site) -> None:
    """A copy of the session cookie made before logout is worth nothing after it."""
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())

    assert thief.who() == "ada"

    owner.get("/logout")

    assert thief.who() is None
    assert "session_use_after_expire" in site.names()


def test_replay_after_clear(site: Site) -> None:
    """The same where the app logs out by ``session.clear()``, which fires no signal."""
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.post("/clear")

    assert thief.who() is None


def test_remember_token_after_logout(site: Site) -> None:
    """A copied remember cookie is worth nothing after logout, and differs at every login."""
    owner = site.browser()
    owner.login(remember="1")
    first = owner.cookies()["__Host-remember_token"]
    thief = owner.copy_to(site.browser())
    thief.client.delete_cookie("__Host-session", domain="app.example")
    owner.get("/logout")

    assert thief.who() is None

    owner.login(remember="1")

    assert first != owner.cookies()["__Host-remember_token"]


def test_remember_restores(site: Site) -> None:
    """A remember cookie brings the user back, un-fresh, and the second request works too."""
    owner = site.browser()
    owner.login(remember="1")
    owner.client.delete_cookie("__Host-session", domain="app.example")

    assert [owner.who(), owner.who()] == ["ada", "ada"]
    assert owner.get("/private").status_code == 401


def test_remember_token_alone_is_not_flask_logins(site: Site) -> None:
    """Flask-Login's own value, which anybody with the key can make, lets nobody in."""
    owner = site.browser()
    owner.login(remember="1")
    name, value = "__Host-remember_token", owner.cookies()["__Host-remember_token"]
    thief = site.browser()
    thief.client.set_cookie(name, value.partition("~")[0], domain="app.example", secure=True)

    assert thief.who() is None

    thief.client.set_cookie(name, value, domain="app.example", secure=True)

    assert thief.who() == "ada"


def test_password_change(site: Site) -> None:
    """A changed password ends every session but the one that changed it."""
    owner, other = site.browser(), site.browser(PHONE, "198.51.100.4")
    owner.login()
    other.login(remember="1")
    owner.post("/password", {"password": "another good password"})

    assert owner.who() == "ada"
    assert other.who() is None
    assert other.who() is None


def test_password_change_forgets_devices(site: Site) -> None:
    """A stolen known-device cookie is worth nothing once the password was changed."""
    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    devices = site.hardening.wrapped().pipeline.throttle.devices
    owner.post("/password", {"password": "another good password"})

    assert devices.forget("ada") == 0

    owner.login(password="another good password")

    assert devices.forget("ada") == 1


def test_password_changed_behind_the_app(site: Site) -> None:
    """A password changed by a script ends all sessions at their next use."""
    owner = site.browser()
    owner.login()
    site.users["ada"].password_hash = "pbkdf2:sha256:1000$x$y"

    assert owner.who() is None


def test_rehash_keeps_devices(site: Site) -> None:
    """Moving the hash to Argon2id logs nobody out."""
    first, second = site.browser(), site.browser(PHONE, "198.51.100.4")
    first.login()
    second.login()

    assert site.users["ada"].password_hash.startswith("$argon2id$")
    assert [first.who(), second.who()] == ["ada", "ada"]


def test_other_browser(site: Site) -> None:
    """A session replayed from another browser family ends."""
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser(PHONE))

    assert thief.who() is None


def test_browser_upgrade(site: Site) -> None:
    """A new version of the same browser stays in."""
    owner = site.browser()
    owner.login()
    owner.agent = FIREFOX.replace("140.0", "141.0")

    assert owner.who() == "ada"


def test_roaming(site: Site) -> None:
    """A phone that changes network stays in, and is asked again only for fresh views."""
    phone = site.browser(PHONE, "198.51.100.4")
    phone.login()

    assert phone.get("/private").status_code == 200

    phone.address = "192.0.2.9"

    assert phone.who() == "ada"
    assert phone.get("/private").status_code == 401

    phone.post("/confirm")

    assert phone.get("/private").status_code == 200


def test_replayed_fresh_cookie_stays_unfresh(site: Site) -> None:
    """A copy of the cookie from when it was fresh does not become fresh again elsewhere."""
    owner = site.browser()
    owner.login()
    saved = owner.copy_to(site.browser())
    saved.address = "192.0.2.9"
    saved.who()
    again = owner.copy_to(site.browser())
    again.address = "192.0.2.9"

    assert again.get("/private").status_code == 401


def test_permanent_session_stays_strong(make_site: Make) -> None:
    """``session.permanent`` does not weaken the binding to the browser."""

    def permanent(app: Flask) -> None:
        from flask import session

        app.before_request(lambda: setattr(session, "permanent", True))

    site = make_site(before=permanent)
    owner = site.browser()
    owner.login()

    assert owner.copy_to(site.browser(PHONE)).who() is None


@pytest.mark.parametrize("mode", ["Strong", "STRONG", "on", True])
def test_misspelt_protection_is_refused(make_site: Make, mode: Any) -> None:
    """A SESSION_PROTECTION that Flask-Login takes for "off" is refused with the choices."""
    with pytest.raises(ConfigurationError, match=r"SESSION_PROTECTION.*'strong'"):
        make_site(before=lambda app: app.config.update(SESSION_PROTECTION=mode))


def test_idle_and_absolute(site: Site, clock: Callable[[float], None]) -> None:
    """A session ends after an hour without a request, and after a day in any case."""
    owner = site.browser()
    owner.login()
    clock(3601)

    assert owner.who() is None

    owner.login()
    for _ in range(47):
        clock(1800)
        assert owner.who() == "ada"
    clock(1801)

    assert owner.who() is None


def test_own_lifetime_wins(make_site: Make, clock: Callable[[float], None]) -> None:
    """A PERMANENT_SESSION_LIFETIME that the app chose replaces the idle limit."""
    site = make_site(
        before=lambda app: app.config.update(PERMANENT_SESSION_LIFETIME=timedelta(hours=3))
    )
    owner = site.browser()
    owner.login()
    clock(2 * 3600)

    assert owner.who() == "ada"

    clock(3 * 3600 + 1)

    assert owner.who() is None


def test_deactivated(site: Site) -> None:
    """A deactivated account loses its session and its remember token."""
    owner = site.browser()
    owner.login(remember="1")
    site.users["ada"].enabled = False

    assert owner.who() is None


def test_forged_session(site: Site) -> None:
    """A session forged with the right key has no record, so it lets nobody in."""
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    forged = serializer.dumps({"_user_id": "ada", "_fresh": True, "_hardening": "x.y"})
    thief = site.browser()
    thief.client.set_cookie("__Host-session", forged, domain="app.example", secure=True)

    assert thief.who() is None


def test_weak_key(make_site: Make) -> None:
    """With a published key pages work and logins answer 503, once with an event."""
    site = make_site(before=lambda app: setattr(app, "secret_key", "super secret string"))
    owner = site.browser()

    assert owner.get("/static-page").status_code == 200
    assert owner.login().status_code == 503
    assert owner.who() is None
    assert site.names().count("secret_key_weak") == 1


def test_weak_key_in_a_test_suite(make_site: Make) -> None:
    """A suite's own client hears nothing of its key; TESTING left on in production does."""
    site = make_site(before=lambda app: setattr(app, "secret_key", "test"))
    site.app.testing = True
    suite = site.browser(address="127.0.0.1")

    assert suite.login().status_code == 200
    assert suite.who() == "ada"
    assert "secret_key_weak" not in site.names()

    assert site.browser().login().status_code == 503
    assert "secret_key_weak" in site.names()


def test_weak_key_warned(make_site: Make) -> None:
    """``weak_secret_key="warn"`` lets logins through and still says so."""
    site = make_site(
        before=lambda app: setattr(app, "secret_key", "super secret string"),
        weak_secret_key="warn",
    )
    owner = site.browser()

    assert owner.login().status_code == 200
    assert owner.who() == "ada"
    assert "secret_key_weak" in site.names()


def test_listing_and_revoking(site: Site) -> None:
    """A user's sessions are listed, and one or all can be ended."""
    first, second = site.browser(), site.browser(PHONE, "198.51.100.4")
    first.login()
    second.login(remember="1")
    assert site.hardening is not None
    listed = site.hardening.sessions.list("ada")

    assert [(i.browser, i.system) for i in listed] == [("firefox", "linux"), ("chrome", "android")]
    assert site.hardening.sessions.revoke(listed[0].id)
    assert first.who() is None
    assert site.hardening.sessions.revoke_all("ada") == 1
    assert second.who() is None
    assert site.hardening.sessions.list("ada") == []


def test_session_limit(make_site: Make) -> None:
    """A cap on sessions ends the oldest."""
    site = make_site(session_limit=1)
    first, second = site.browser(), site.browser()
    first.login()
    second.login()

    assert [first.who(), second.who()] == [None, "ada"]


def test_planted_record(site: Site) -> None:
    """A record that somebody writes into the store without the key lets nobody in."""
    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    context = site.hardening.wrapped().context
    info = site.hardening.sessions.list("ada")[0]
    record = context.store.get("session", info.id, time.time())
    assert record is not None
    from dataclasses import replace

    context.store.put("session", replace(record, value=record.value.replace(b"ada", b"bob")))

    assert owner.who() is None
    assert "store_record_refused" in site.names()


@rotates
def test_key_rotation(site: Site) -> None:
    """A key that moves to SECRET_KEY_FALLBACKS logs nobody out, remembered or not."""
    owner, remembered = site.browser(), site.browser(PHONE, "198.51.100.4")
    owner.login()
    remembered.login(remember="1")
    remembered.client.delete_cookie("__Host-session", domain="app.example")
    site.app.config["SECRET_KEY_FALLBACKS"] = [site.app.secret_key]
    site.app.secret_key = "0f" + "9c81d7" * 12

    assert [owner.who(), remembered.who()] == ["ada", "ada"]


def test_direct_login(make_site: Make) -> None:
    """An app that puts the user into the session itself, without `login_user`, still works."""

    def direct(app: Flask) -> None:
        from flask import session

        @app.post("/impersonate")
        def impersonate() -> str:
            session["_user_id"], session["_fresh"] = "bob", True
            return "done"

    site = make_site(before=direct)
    owner = site.browser()
    owner.login()
    owner.post("/impersonate")

    assert owner.who() == "bob"


def test_cookie_flags(site: Site) -> None:
    """Both cookies carry the prefix and every attribute, deletions included."""
    owner = site.browser()
    made = owner.login(remember="1").headers.getlist("Set-Cookie")
    gone = owner.get("/logout").headers.getlist("Set-Cookie")
    ours = [c for c in made + gone if "session=" in c or "remember_token=" in c]

    assert len(ours) == 4
    for cookie in ours:
        assert cookie.startswith("__Host-")
        for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert attribute in cookie


def test_plain_name_is_dropped_beside_the_prefixed_one(site: Site) -> None:
    """A sibling subdomain's cookie under the old name cannot replace ours."""
    owner, attacker = site.browser(), site.browser()
    owner.login()
    attacker.login("bob")
    planted = attacker.cookies()["__Host-session"]
    owner.client.set_cookie("session", planted, domain="app.example")

    assert owner.who() == "ada"


def test_testing_adopts_a_test_client_session(make_site: Make) -> None:
    """`FlaskLoginClient` works in testing, and nowhere else."""
    site = make_site()
    site.app.test_client_class = FlaskLoginClient
    for testing, expected in ((True, "ada"), (False, None)):
        site.app.testing = testing
        client = site.app.test_client(user=site.users["ada"])
        who = client.get("/who", base_url="https://localhost").get_json()["user"]

        assert expected == who


def test_observe_changes_nothing(make_site: Make) -> None:
    """Observe mode reports what it would have refused and refuses nothing."""
    site = make_site(mode="observe")
    owner = site.browser()
    answer = owner.login(remember="1")
    thief = owner.copy_to(site.browser())
    owner.get("/logout")

    assert thief.who() == "ada"
    assert "session_use_after_expire" in site.names()
    assert {"session", "remember_token"} >= set(thief.cookies())
    assert "Content-Security-Policy-Report-Only" not in answer.headers
    assert all(details.get("mode") == "observe" for _, details in site.events)


def test_off_is_the_bare_app(make_site: Make) -> None:
    """With the kill switch nothing is hooked."""
    site = make_site(mode="off")
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.get("/logout")

    assert thief.who() == "ada"
    assert site.events == []


def test_environment_is_the_kill_switch(make_site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """HARDENING_MODE in the environment comes before the argument."""
    monkeypatch.setenv("HARDENING_MODE", "off")
    site = make_site(mode="enforce")

    assert site.hardening is not None
    assert site.hardening.mode == "off"


def test_wrapping_twice(site: Site) -> None:
    """Wrapping an app twice is an error that says so."""
    with pytest.raises(ConfigurationError, match="wrapped already"):
        harden(site.app, policy=Policy())


def test_store_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its store a session is anonymous for the request, and works again afterwards."""
    from hardening import StoreError

    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    store = site.hardening.wrapped().context.store

    def broken(*_: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "get", broken)
        assert owner.who() is None

    assert "store_down" in site.names()
    assert owner.who() == "ada"


def test_store_read_only(
    site: Site, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store can be read but not written, as on a full disk, who is in stays in."""
    from hardening import StoreError

    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    store = site.hardening.wrapped().context.store

    def broken(*_: object) -> None:
        raise StoreError("full")

    for name in ("put", "replace", "delete"):
        monkeypatch.setattr(type(store), name, broken)
    clock(61)

    assert owner.who() == "ada"
    assert "store_down" in site.names()

    late = site.browser()
    late.login()

    assert late.who() is None


def test_early_wrap(make_site: Make) -> None:
    """`harden` before the login manager exists protects as well."""
    from site_app import build_app

    app, users = build_app()
    manager = app.login_manager  # type: ignore[attr-defined]
    del app.login_manager  # type: ignore[attr-defined]
    harden(app, store="memory://")
    app.login_manager = manager  # type: ignore[attr-defined]
    site = Site(app, users)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.get("/logout")

    assert thief.who() is None


def test_replaced_session_interface(site: Site) -> None:
    """A session interface that the app sets after the wrap is guarded too."""
    from flask.sessions import SecureCookieSessionInterface

    site.app.session_interface = SecureCookieSessionInterface()
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.get("/logout")

    assert thief.who() is None


def test_nothing_secret_is_reported(site: Site) -> None:
    """No event holds a password, a hash or a cookie."""
    owner = site.browser()
    owner.login(password="wrong password of ada")
    owner.login(remember="1")
    secrets = [PASSWORD, HASH, "wrong password of ada", *owner.cookies().values()]
    owner.get("/logout")
    text = repr(site.events)

    assert not [secret for secret in secrets if secret in text]


def test_users_in_memory_of_several_workers(
    make_site: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users that each worker makes at import, with a salt of its own, stay in over all workers."""
    key = "5d" + "1b93ae" * 12

    def worker(name: str) -> Site:
        monkeypatch.setattr("hardening.sessions.stamps._BOOT", name)
        site = make_site(
            store=f"sqlite:///{tmp_path}/store.sqlite3",
            before=lambda app: setattr(app, "secret_key", key),
        )
        site.users["ada"].password_hash = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
        return site

    first, second = worker("one"), worker("two")
    monkeypatch.setattr("hardening.sessions.stamps._BOOT", "one")
    owner, other = first.browser(), first.browser()
    owner.login()
    other.login()
    monkeypatch.setattr("hardening.sessions.stamps._BOOT", "two")

    assert owner.copy_to(second.browser()).who() == "ada"

    monkeypatch.setattr("hardening.sessions.stamps._BOOT", "one")
    owner.post("/password", {"password": "another good password"})

    assert [owner.who(), other.who()] == ["ada", None]


def test_session_limit_refuses(make_site: Make) -> None:
    """A cap that refuses keeps the sessions there are, and the new login does not count."""
    site = make_site(session_limit=1, session_limit_action="refuse")
    first, second = site.browser(), site.browser()
    first.login()
    second.login()

    assert [first.who(), second.who()] == ["ada", None]
    assert "session_limit_reached" in site.names()


def test_an_outage_is_told_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is down the log is not flooded, and its return is told too."""
    from hardening import StoreError

    owner = site.browser()
    owner.login()
    assert site.hardening is not None
    store = site.hardening.wrapped().context.store

    def broken(*_: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "get", broken)
        assert [None] * 5 == [owner.who() for _ in range(5)]

    assert 1 == site.names().count("store_down")
    assert "ada" == owner.who()
    assert "store_back" in site.names()


def test_session_limit_observed(make_site: Make) -> None:
    """Observe mode reports the sessions that a cap would end, and ends none."""
    site = make_site(session_limit=1, mode="observe")
    first, second = site.browser(), site.browser()
    first.login()
    second.login()
    assert site.hardening is not None

    assert 2 == len(site.hardening.sessions.list("ada"))
    assert "session_expired" in site.names()


def test_strict_binding(make_site: Make) -> None:
    """Under strict binding another address prefix ends a session; a neighbour makes it un-fresh."""
    site = make_site(binding="strict")
    owner = site.browser()
    owner.login()
    owner.address = "203.0.113.99"

    assert "ada" == owner.who()
    assert 401 == owner.get("/private").status_code

    owner.address = "203.0.112.99"

    assert owner.who() is None


def test_basic_binding(make_site: Make) -> None:
    """Under basic binding another browser makes a session un-fresh, no more."""
    site = make_site(binding="basic")
    owner = site.browser()
    owner.login()
    other = owner.copy_to(site.browser(PHONE))

    assert "ada" == other.who()
    assert 401 == other.get("/private").status_code


def test_no_binding(make_site: Make) -> None:
    """With binding off a session is good from anywhere, while its record lives."""
    site = make_site(binding="off")
    owner = site.browser()
    owner.login()
    other = owner.copy_to(site.browser(PHONE, "198.51.100.4"))

    assert 200 == other.get("/private").status_code


def test_late_setting_is_told(site: Site) -> None:
    """A setting made after the wrap has no effect, and is not passed over in silence."""
    site.app.config["HARDENING_SESSION_IDLE_S"] = 60
    site.browser().who()
    site.browser().who()
    told = [details["reason"] for name, details in site.events if name == "setting_refused"]

    assert 1 == len(told)
    assert "HARDENING_SESSION_IDLE_S" in told[0]


def blind_views(app: Flask) -> None:
    """Views that handle a login in the session without ever looking at the current user."""
    from flask import session
    from flask_login import confirm_login

    @app.post("/confirm-blind")
    def confirm_blind() -> str:
        confirm_login()
        return "confirmed"

    @app.post("/rotate-blind")
    def rotate_blind() -> str:
        kept = {key: session[key] for key in ("_user_id", "_fresh") if key in session}
        session.clear()
        session.update(kept)
        return "rotated"


@pytest.mark.parametrize("path", ["/confirm-blind", "/rotate-blind"])
def test_a_dead_session_is_not_revived(make_site: Make, path: str) -> None:
    """A view that renews a login without looking at the user revives no copy of an ended one."""
    site = make_site(before=blind_views)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser())
    owner.get("/logout")
    thief.post(path)

    assert thief.who() is None


@pytest.mark.parametrize("path", ["/confirm-blind", "/rotate-blind"])
def test_a_stolen_session_is_not_moved(make_site: Make, path: str) -> None:
    """Nor does it move a live session to the browser of a thief."""
    site = make_site(before=blind_views)
    owner = site.browser()
    owner.login()
    thief = owner.copy_to(site.browser(PHONE))
    thief.post(path)

    assert thief.who() is None


@pytest.mark.parametrize("path", ["/confirm-blind", "/rotate-blind"])
def test_a_live_session_may_be_renewed_blindly(make_site: Make, path: str) -> None:
    """The owner's own session goes on after such a view."""
    site = make_site(before=blind_views)
    owner = site.browser()
    owner.login()
    owner.post(path)

    assert "ada" == owner.who()


def test_a_full_disk_is_told_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    """While last-seen cannot be written, people stay in and the log is not flooded."""
    from hardening import StoreError

    owner = site.browser()
    owner.login()
    clock(61)
    assert site.hardening is not None
    store = site.hardening.wrapped().context.store

    def full(*_: object) -> bool:
        raise StoreError("full")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "replace", full)
        assert ["ada"] * 5 == [owner.who() for _ in range(5)]

    assert 1 == site.names().count("store_down")

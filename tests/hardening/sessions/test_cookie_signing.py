"""Flask's session cookies with the kept serializer: the same bytes, the same answers."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from flask_versions import rotates
from itsdangerous import BadSignature, BadTimeSignature, SignatureExpired
from itsdangerous.timed import TimestampSigner

from hardening.hooks.cookie_header import NO_COOKIES
from hardening.hooks.cookie_signing import KeptSerializer, kept_serializer

NOW = 1_800_000_000
OLD, NEW = "an old key for tests only", "a new key for tests only"
CONTENT = {"_user_id": "1", "_fresh": True, "n": [1, (2, 3)], "text": "ä" * 200}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: NOW)
    monkeypatch.setattr("hardening.hooks.cookie_signing.time.time", lambda: float(NOW))


@pytest.fixture
def app() -> Flask:
    app = Flask("signing")
    app.secret_key = OLD
    return app


def flasks(app: Flask) -> Any:
    """Return the serializer that Flask itself builds."""
    return SecureCookieSessionInterface().get_signing_serializer(app)


def test_same_bytes_both_ways(app: Flask) -> None:
    """What one of the two signs the other one reads, compressed or not."""
    with app.app_context():
        ours = KeptSerializer().get_signing_serializer(app)
        assert ours is not None
        for content in (CONTENT, {}, {"a": 1}):
            assert ours.dumps(content) == flasks(app).dumps(content)
            for _ in range(2):
                assert ours.loads(flasks(app).dumps(content), max_age=60) == content


def test_read_twice_gives_two_objects(app: Flask) -> None:
    """A view that changes its session does not change the next request's."""
    with app.app_context():
        ours = KeptSerializer().get_signing_serializer(app)
        assert ours is not None
        cookie = ours.dumps(CONTENT)
        ours.loads(cookie)["n"].append("changed")
        assert ours.loads(cookie) == CONTENT


@pytest.mark.parametrize("change", ["signature", "payload", "stamp", "cut", "empty"])
def test_forged_cookies_are_refused_as_flask_does(app: Flask, change: str) -> None:
    """Also after the true cookie has been seen, and every time."""
    with app.app_context():
        ours = KeptSerializer().get_signing_serializer(app)
        assert ours is not None
        cookie = ours.dumps({"_user_id": "1"})
        ours.loads(cookie)
        payload, stamp, signature = cookie.split(".")
        forged = {
            "signature": f"{payload}.{stamp}.{signature[:-2]}AA",
            "payload": f"{ours.dumps({'_user_id': '2'}).split('.')[0]}.{stamp}.{signature}",
            "stamp": f"{payload}.B{stamp[1:]}.{signature}",
            "cut": f"{payload}.{signature}",
            "empty": "",
        }[change]
        for _ in range(2):
            with pytest.raises(BadSignature) as theirs:
                flasks(app).loads(forged, max_age=60)
            with pytest.raises(theirs.type):
                ours.loads(forged, max_age=60)


@pytest.mark.parametrize(("age", "good"), [(0, True), (60, True), (61, False), (-1, False)])
def test_age_is_judged_every_time(
    app: Flask, age: int, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cookie that was right a moment ago expires all the same."""
    with app.app_context():
        ours = KeptSerializer().get_signing_serializer(app)
        assert ours is not None
        cookie = ours.dumps(CONTENT)
        assert ours.loads(cookie, max_age=60) == CONTENT
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: NOW + age)
        later = float(NOW + age) + 0.9 * (age >= 0)
        monkeypatch.setattr("hardening.hooks.cookie_signing.time.time", lambda: later)
        if good:
            assert ours.loads(cookie, max_age=60) == CONTENT
        else:
            with pytest.raises(SignatureExpired):
                ours.loads(cookie, max_age=60)


@rotates
def test_rotation(app: Flask) -> None:
    """A key counts while it is listed: as the present one, as a fallback, and no longer."""
    interface = KeptSerializer()
    with app.app_context():
        cookie = interface.get_signing_serializer(app).dumps(CONTENT)  # type: ignore[union-attr]
        app.secret_key = NEW
        app.config["SECRET_KEY_FALLBACKS"] = [OLD]
        rotated = interface.get_signing_serializer(app)
        assert rotated is not None
        assert rotated.loads(cookie) == CONTENT
        assert rotated.dumps(CONTENT) == flasks(app).dumps(CONTENT)
        app.config["SECRET_KEY_FALLBACKS"] = []
        last = interface.get_signing_serializer(app)
        assert last is not None
        with pytest.raises(BadTimeSignature):
            last.loads(cookie)
        app.secret_key = None
        assert interface.get_signing_serializer(app) is None


def test_serializer_is_kept_until_something_changes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A salt or a hash that the app puts on Flask's class counts at once."""
    interface = KeptSerializer()
    first = interface.get_signing_serializer(app)
    assert interface.get_signing_serializer(app) is first
    monkeypatch.setattr(SecureCookieSessionInterface, "salt", "another")
    monkeypatch.setattr(SecureCookieSessionInterface, "digest_method", staticmethod(hashlib.sha256))
    second = interface.get_signing_serializer(app)
    assert second is not first
    with app.app_context():
        assert second is not None
        assert second.dumps(CONTENT) == flasks(app).dumps(CONTENT)


def test_only_flasks_own_interface_is_replaced() -> None:
    """A subclass, or an instance with attributes of its own, stays as it is."""

    class Own(SecureCookieSessionInterface):
        pass

    changed = SecureCookieSessionInterface()
    changed.salt = "mine"
    own = Own()
    assert kept_serializer(own) is own
    assert kept_serializer(changed) is changed
    assert type(kept_serializer(SecureCookieSessionInterface())) is KeptSerializer


@pytest.mark.parametrize("key", [OLD, None])
@pytest.mark.parametrize("use", ["nothing", "look", "write", "empty again", "clear"])
@pytest.mark.parametrize("header", [None, "other=1", "session=forged"])
def test_sessions_of_requests_without_cookies(
    app: Flask, key: str | None, use: str, header: str | None
) -> None:
    """Opened and saved as Flask does it, though most of its work is left out."""
    app.secret_key = key
    headers = {} if header is None else {"Cookie": header}
    answers = []
    for interface in (KeptSerializer(), SecureCookieSessionInterface()):
        with app.test_request_context("/", headers=headers) as context:
            if header is None and type(interface) is KeptSerializer:
                context.request.__dict__["cookies"] = NO_COOKIES  # as the edge marks it
            session = interface.open_session(app, context.request)
            response = Response()
            if session is not None:
                if use in ("write", "empty again"):
                    session["a"] = 1
                if use == "empty again":
                    del session["a"]
                if use == "look":
                    session.get("a")
                if use == "clear":
                    session.clear()
                interface.save_session(app, session, response)
            answers.append((type(session), response.headers.to_wsgi_list()))

    assert answers[0] == answers[1]

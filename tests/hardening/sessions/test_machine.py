"""Logins, logouts, thefts and changes in any order, against a simple model of who is inside.

The model knows nothing of cookies, records or keys: sessions and token families that live or do
not. Its times are those of the documentation. Time is moved, never waited for.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from flask import request
from flask_login import login_user
from flask_versions import ROTATES
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from site_app import PASSWORD, Browser, Site, build_app
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden

IDLE_S, ABSOLUTE_S, REMEMBER_S = 3600, 86400, 30 * 86400
TOUCH_S, ROTATE_S, GRACE_S = 60, 300, 60
CHEAP = "pbkdf2:sha256:1000"
BROWSERS = 4  # two of them are the owner's in spirit, two are free to be tabs or thieves
PLACES = st.integers(0, BROWSERS - 1)
POLICY = Policy(guards={"throttle": False}, password_upgrade=False)


@dataclass(eq=False)
class Family:
    """A remember token and all its validators."""

    password: int
    ends: float
    alive: bool = True
    current: int = 0
    previous_until: float = 0.0
    rotated: float = 0.0

    def lives(self, now: float) -> bool:
        return self.alive and now < self.ends


@dataclass(eq=False)
class Login:
    """A session."""

    password: int
    created: float
    seen: float
    family: Family | None
    alive: bool = True

    def lives(self, now: float) -> bool:
        return self.alive and now <= min(self.seen + IDLE_S, self.created + ABSOLUTE_S)


@dataclass
class Jar:
    """What one browser holds."""

    session: Login | None = None
    token: tuple[Family, int] | None = None


@dataclass
class Model:
    """Who should be inside."""

    now: float
    password: int = 0
    jars: list[Jar] = field(default_factory=lambda: [Jar() for _ in range(BROWSERS)])
    logins: list[Login] = field(default_factory=list)

    def begin(self, jar: Jar, family: Family | None) -> None:
        if jar.session is not None:
            jar.session.alive = False
        jar.session = Login(self.password, self.now, self.now, family)
        self.logins.append(jar.session)

    def login(self, jar: Jar, remember: bool) -> None:
        family = Family(self.password, self.now + REMEMBER_S) if remember else None
        self.begin(jar, family)
        if family is not None:
            if jar.token is not None:
                jar.token[0].alive = False
            jar.token = family, 0

    def look(self, jar: Jar) -> bool:
        """Return whether a request from this browser is its user's."""
        session = jar.session
        if session is not None and session.lives(self.now):
            if session.password != self.password:
                self.end(jar)
                return False
            if self.now - session.seen >= TOUCH_S:
                session.seen = self.now
            return True
        if self.restore(jar):
            return True
        if session is not None:
            self.end(jar)
        return False

    def restore(self, jar: Jar) -> bool:
        if jar.token is None:
            return False
        family, version = jar.token
        alive = family.lives(self.now)
        if alive and version != family.current:
            graced = version == family.current - 1 and self.now <= family.previous_until
            if not graced:  # one of the two is a thief
                family.alive = alive = False
                for login in self.logins:
                    if login.family is family:
                        login.alive = False
        if not alive or family.password != self.password:
            jar.token = None
            return False
        self.begin(jar, family)
        if version == family.current and self.now - family.rotated >= ROTATE_S:
            family.current += 1
            family.rotated, family.previous_until = self.now, self.now + GRACE_S
            jar.token = family, family.current
        return True

    def end(self, jar: Jar) -> None:
        """Log out: the session ends, with the token that came along and its own token.

        With a token end the sessions that were restored from it, such as those of other tabs.
        """
        session, jar.session = jar.session, None
        remembered = jar.token is not None and jar.token[0].lives(self.now)
        if jar.token is not None:
            jar.token[0].alive = False
        if session is None:
            return
        found, family = session.lives(self.now), session.family
        session.alive = False
        if not found or family is None:
            return
        if family.lives(self.now) or remembered:
            for login in self.logins:
                if login.family is family:
                    login.alive = False
        family.alive = False

    def logout(self, jar: Jar) -> None:
        self.look(jar)
        self.end(jar)
        jar.token = None

    def clear(self, jar: Jar) -> None:
        if jar.session is not None:
            self.end(jar)

    def change_password(self, jar: Jar) -> None:
        if self.look(jar):
            self.password += 1
            family = None if jar.session is None else jar.session.family
            created = self.now if jar.session is None else jar.session.created
            seen = self.now if jar.session is None else jar.session.seen
            self.begin(jar, family)
            assert jar.session is not None
            jar.session.created, jar.session.seen = created, seen


class Machine(RuleBasedStateMachine):
    """The wrapped site beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.model = Model(time.time())
        self.clock = mock.patch.object(time, "time", lambda: self.model.now)  # noqa: PT008  # it moves
        self.clock.start()
        self.keys = ["5d" + "1b93ae" * 12]
        self.words = [PASSWORD]
        self.users: dict[str, Any] = {}
        self.start()
        self.browsers = [self.site.browser() for _ in range(BROWSERS)]

    def teardown(self) -> None:
        self.clock.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        app, users = build_app()
        users.update(self.users)
        self.users = users
        app.secret_key = self.keys[0]
        app.config["SECRET_KEY_FALLBACKS"] = self.keys[1:]

        @app.post("/login-and-rehash")
        def rehash() -> str:
            user, typed = users["ada"], request.form["password"]
            assert check_password_hash(user.password_hash, typed)
            user.password_hash = generate_password_hash(typed, CHEAP)
            login_user(user)
            return "welcome"

        store = f"sqlite:///{Path(self.folder, 'store.sqlite3')}"
        self.site = Site(app, users, harden(app, policy=POLICY, store=store))

    def judge(self, place: int) -> None:
        expected = "ada" if self.model.look(self.model.jars[place]) else None

        assert self.browsers[place].who() == expected

    @rule(place=PLACES, remember=st.booleans())
    def login(self, place: int, remember: bool) -> None:
        fields = {"remember": "1"} if remember else {}
        self.browsers[place].login(password=self.words[-1], **fields)
        self.model.login(self.model.jars[place], remember)

    @rule(place=PLACES)
    def login_with_rehash(self, place: int) -> None:
        self.browsers[place].post("/login-and-rehash", {"password": self.words[-1]})
        self.model.login(self.model.jars[place], remember=False)

    @rule(place=PLACES)
    def look(self, place: int) -> None:
        self.judge(place)

    @rule(place=PLACES)
    def logout(self, place: int) -> None:
        self.browsers[place].get("/logout")
        self.model.logout(self.model.jars[place])

    @rule(place=PLACES)
    def clear(self, place: int) -> None:
        self.browsers[place].post("/clear")
        self.model.clear(self.model.jars[place])

    @rule(place=PLACES)
    def close(self, place: int) -> None:
        self.browsers[place].client.delete_cookie("__Host-session", domain="app.example")
        self.model.jars[place].session = None

    @rule(thief=PLACES, owner=PLACES)
    def steal(self, thief: int, owner: int) -> None:
        """Copy every cookie: also what a second tab, or a restored backup, holds."""
        if thief != owner:
            self.browsers[thief] = self.browsers[owner].copy_to(self.site.browser())
            self.model.jars[thief] = copy(self.model.jars[owner])

    @rule(first=PLACES, second=PLACES)
    def two_tabs(self, first: int, second: int) -> None:
        """A closed browser opens two tabs at once."""
        if first != second:
            self.close(first)
            self.steal(second, first)
            self.judge(first)
            self.judge(second)

    @rule(place=PLACES)
    def change_password(self, place: int) -> None:
        word = f"password number {len(self.words)}"
        before = self.model.password
        self.browsers[place].post("/password", {"password": word})
        self.model.change_password(self.model.jars[place])
        if self.model.password != before:
            self.words.append(word)

    @rule()
    def change_password_behind(self) -> None:
        self.words.append(f"password number {len(self.words)}")
        self.users["ada"].password_hash = generate_password_hash(self.words[-1], CHEAP)
        self.model.password += 1

    @rule(seconds=st.sampled_from([1, 31, 61, 299, 301, 1801, 3601, 6 * 3600, 86401, 31 * 86400]))
    def wait(self, seconds: int) -> None:
        self.model.now += seconds

    @precondition(lambda self: ROTATES)
    @rule()
    def rotate_key(self) -> None:
        self.keys.insert(0, f"{len(self.keys):02x}9c81d7" + "4be602" * 11)
        self.site.app.config["SECRET_KEY_FALLBACKS"] = self.keys[1:]
        self.site.app.secret_key = self.keys[0]

    @rule()
    def restart(self) -> None:
        self.start()
        for place, old in enumerate(self.browsers):
            new = Browser(self.site.app, old.agent, old.address)
            self.browsers[place] = old.copy_to(new)

    @precondition(lambda self: self.model.logins)
    @rule()
    def revoke_all(self) -> None:
        assert self.site.hardening is not None
        self.site.hardening.sessions.revoke_all("ada")
        for login in self.model.logins:
            login.alive = False
        for jar in self.model.jars:
            if jar.token is not None:
                jar.token[0].alive = False

    @invariant()
    def list_is_complete(self) -> None:
        """What an administrator sees are the sessions that live."""
        assert self.site.hardening is not None
        listed = len(self.site.hardening.sessions.list("ada"))

        assert listed == sum(login.lives(self.model.now) for login in self.model.logins)


Machine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestMachine(Machine.TestCase):
    """Whatever happens in whatever order, exactly those are inside who should be."""

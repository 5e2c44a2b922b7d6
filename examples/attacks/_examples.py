"""The four example apps: how each is loaded from a copy, filled and logged in to."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from flask import Flask
from werkzeug.security import generate_password_hash

from ._browser import Browser, Reply
from ._row import Side

FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Example:
    """One example app, the same facts for both of its sides."""

    name: str
    """Its folder."""
    user: str
    password: str
    field: str
    """The login form's field for the user's name."""
    private: str
    """Path of the page that is meant for logged-in people."""
    user_id: str
    """What the user loader is given."""
    fill: Callable[[ModuleType], None]
    """Puts the user into the database, as a registration did long ago."""
    stored: Callable[[ModuleType], str]
    """Reads the stored password, as who leaks the database does."""
    rows: tuple[str, ...]
    """The rows that apply, in the order of the report."""
    others: dict[str, str]
    """Common rows that do not apply, each with the reason."""


@dataclass(frozen=True)
class Running:
    """One side of an example, loaded and filled."""

    example: Example
    module: ModuleType

    @property
    def app(self) -> Flask:
        """The Flask app."""
        app: Flask = self.module.app
        return app

    def browser(self, address: str = "203.0.113.7", **options: bool) -> Browser:
        """Return a new browser, or a script."""
        return Browser(self.app, address=address, **options)

    def log_in(
        self, browser: Browser, password: str | None = None, user: str | None = None
    ) -> Reply:
        """Open the login page, fill its form in and send it, with its token if it has one."""
        page = browser.get("/login", site="none")
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
        form = {
            self.example.field: self.example.user if user is None else user,
            "password": self.example.password if password is None else password,
        }
        return browser.post("/login", form | ({"csrf_token": token[1]} if token else {}))

    def log_out(self, browser: Browser) -> None:
        """Log out as the app's own page does."""
        if browser.post("/logout").status == 405:
            browser.get("/logout")

    def inside(self, browser: Browser) -> bool:
        """Return whether the private page is shown."""
        return browser.get(self.example.private).status == 200

    @staticmethod
    def accepted(reply: Reply) -> bool:
        """Return whether a login form was answered by leading on, not back to the form."""
        return reply.status == 302 and "/login" not in (reply.header("Location") or "")


def load(example: Example, side: Side, folder: Path) -> Running:
    """Copy one side of an example into `folder` and load it there, as production would.

    Args:
        example: which app.
        side: ``"bare"`` or ``"wrapped"``.
        folder: a new folder for the copy; the app's instance folder appears in it.
    """
    ignore = shutil.ignore_patterns("instance", "__pycache__")
    shutil.copytree(FOLDER / example.name / side, folder, ignore=ignore, dirs_exist_ok=True)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    os.environ["LEAFSTORM_PASSWORD_HASH"] = generate_password_hash(example.password)
    name = f"example_{example.name}_{side}_{secrets.token_hex(4)}"
    spec = importlib.util.spec_from_file_location(name, folder / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder / 'app.py'} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    # Flask finds its templates and its instance folder through the module's entry here.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    example.fill(module)
    return Running(example, module)


def _insert(**columns: str) -> Callable[[ModuleType], None]:
    def fill(module: ModuleType) -> None:
        with module.app.app_context():
            module.db.create_all()
            module.db.session.add(module.User(**columns))
            module.db.session.commit()

    return fill


def _column(name: str) -> Callable[[ModuleType], str]:
    def stored(module: ModuleType) -> str:
        with module.app.app_context():
            query = module.db.text(f"SELECT {name} FROM user")
            return str(module.db.session.execute(query).scalar_one())

    return stored


def _insert_bcrypt(module: ModuleType) -> None:
    old = module.bcrypt.generate_password_hash("swordfish 4711 lamps").decode()
    _insert(username="ada", password_hash=old)(module)


def _stored_in_memory(module: ModuleType) -> str:
    user = module.users["leafstorm"]
    return str(getattr(user, "password_hash", None) or user.password)


_EVERYWHERE = ("guess-account", "legacy-hash", "cookie-flags", "plain-http", "no-headers")
_SESSIONS = ("session-replay-logout", "logout-img", "cached-page")

EXAMPLES = (
    Example(
        name="readme_app",
        user="leafstorm",
        password="secret",
        field="email",
        private="/protected",
        user_id="leafstorm",
        fill=lambda module: None,
        stored=_stored_in_memory,
        rows=(*_SESSIONS, "login-csrf", "cookie-forge", *_EVERYWHERE),
        others={"login-enumerates-users": "both mistakes lead back to the form"},
    ),
    Example(
        name="wtf_note",
        user="ada@shop.example",
        password="swordfish 4711 lamps",
        field="email",
        private="/posts",
        user_id="1",
        fill=_insert(
            email="ada@shop.example",
            name="Ada",
            # As the note's registration stores it, at the rounds of Werkzeug 2.
            password=generate_password_hash(
                "swordfish 4711 lamps", "pbkdf2:sha256:260000", salt_length=8
            ),
        ),
        stored=_column("password"),
        rows=(*_SESSIONS, "login-enumerates-users", *_EVERYWHERE),
        others={
            "login-csrf": "Flask-WTF's token stops it on both sides",
            "cookie-forge": "the note names no key; this one comes from the environment",
        },
    ),
    Example(
        name="guide",
        user="ada",
        password="swordfish 4711 lamps",
        field="username",
        private="/dashboard",
        user_id="1",
        fill=_insert(
            username="ada",
            password_hash=generate_password_hash("swordfish 4711 lamps", "scrypt:32768:8:1"),
        ),
        stored=_column("password_hash"),
        rows=(*_SESSIONS, "login-csrf", "cookie-forge", *_EVERYWHERE),
        others={"login-enumerates-users": "one message for both mistakes"},
    ),
    Example(
        name="bcrypt_article",
        user="ada",
        password="swordfish 4711 lamps",
        field="username",
        private="/welcome",
        user_id="1",
        fill=_insert_bcrypt,
        stored=_column("password_hash"),
        rows=("login-without-login-user", *_EVERYWHERE),
        others=dict.fromkeys(
            (*_SESSIONS, "login-csrf"), "as printed, its login view never logs anybody in"
        )
        | {
            "cookie-forge": "the article names no key; this one comes from the environment",
            "login-enumerates-users": "both mistakes show the form again",
        },
    ),
)


def example(name: str) -> Example:
    """Return the example of that folder name."""
    return next(item for item in EXAMPLES if item.name == name)

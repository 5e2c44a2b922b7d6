"""A view that logs in an object which it made from the form, and never stored."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request
from flask_login import UserMixin, login_user
from site_app import PASSWORD, Site
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The mapping of this module only."""


class Account(UserMixin, Base):
    """A mapped user."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]


def test_transient_user(make_site: Callable[..., Site]) -> None:
    """The session stands: what is stored counts, not the password that the object holds."""

    def add(app: Flask) -> None:
        @app.post("/enter")
        def enter() -> str:
            user = Account(id=request.form["username"], password=request.form["password"])
            login_user(user, remember=True)
            return "welcome"

    site = make_site(before=add)
    stored = {"ada": Account(id="ada", password="$2b$12$" + "a" * 53)}
    site.app.login_manager.user_loader(stored.get)  # type: ignore[attr-defined]  # set by Flask-Login
    browser = site.browser()
    browser.post("/enter", {"username": "ada", "password": PASSWORD})

    assert browser.who() == "ada"

    browser.client.delete_cookie("__Host-session", domain="app.example", path="/")

    assert browser.who() == "ada"  # by the remember cookie

    stored["ada"].password = "$2b$12$" + "b" * 53

    assert browser.who() is None

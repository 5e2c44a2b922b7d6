"""What is seen around the views of a loaded app."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, redirect, session
from flask.views import MethodView
from flask_login import LoginManager, current_user, fresh_login_required, login_required

from hardening.live.views import views_of

HERE = Path(__file__).parent


def view() -> str:
    """Answer."""
    return "here"


def own(function: Any) -> Any:
    """Let nobody in but users."""

    @wraps(function)
    def wrapper(*args: Any, **named: Any) -> Any:
        if not current_user.is_authenticated:
            abort(401)
        return function(*args, **named)

    return wrapper


def by_status(inner: Any) -> Any:
    """Answer strangers with a status, without the usual names."""

    def wrapper(**named: Any) -> Any:
        return inner(**named) if current_user else ("no", 403)

    return wrapper


def logged(function: Any) -> Any:
    """Write down who asks, and let everybody in."""

    @wraps(function)
    def wrapper(*args: Any, **named: Any) -> Any:
        print(current_user.get_id())
        return function(*args, **named)

    return wrapper


def by_session(function: Any) -> Any:
    """Ask the session, for whatever it is."""

    @wraps(function)
    def wrapper() -> Any:
        return function() if "name" in session else redirect("/")

    return wrapper


def plain(function: Any) -> Any:
    """Do nothing."""

    @wraps(function)
    def wrapper() -> Any:
        return function()

    return wrapper


def seen(app: Flask) -> dict[str, Any]:
    """Return the rows by endpoint."""
    return {row["endpoint"]: row for row in views_of(app, str(HERE))}


@pytest.mark.parametrize(
    ("function", "guard", "perhaps"),
    [
        (view, "", ""),
        (plain(view), "", ""),
        (login_required(view), "login_required", ""),
        (fresh_login_required(view), "login_required", ""),
        (plain(login_required(view)), "login_required", ""),
        (own(view), "own", ""),
        (by_status(view), "by_status", ""),
        (logged(view), "", "logged"),
        (by_session(view), "", "by_session"),
        (logged(own(view)), "own", ""),
    ],
)
def test_wrappers(function: Any, guard: str, perhaps: str) -> None:
    """A wrapper guards if it asks who is there and says no; others may, or do not."""
    app = Flask(__name__)
    app.add_url_rule("/a", "a", function)

    row = seen(app)["a"]

    assert (guard, perhaps) == (row["guard"], row["perhaps"])
    assert ("view", Path(__file__).name) == (row["name"], row["path"])
    assert view.__code__.co_firstlineno == row["line"]


def test_view_of_a_factory() -> None:
    """A view that calls a helper beside it is no wrapper of that helper."""

    def helper() -> str:
        return "here"

    def page() -> str:
        return helper()

    app = Flask(__name__)
    app.add_url_rule("/a", "a", page)

    assert page.__code__.co_firstlineno == seen(app)["a"]["line"]


def test_classes_and_hooks() -> None:
    """Each method of a class is a view of its own, with the class's decorators; hooks may guard."""

    class Pages(MethodView):
        decorators = [login_required]  # noqa: RUF012  # as Flask has it

        def get(self) -> str:
            return "here"

    class Mixed(MethodView):
        def get(self) -> str:
            return "here"

        @login_required
        def post(self) -> str:
            return "done"

    app = Flask(__name__)
    LoginManager(app)
    app.add_url_rule("/pages", view_func=Pages.as_view("pages"))
    app.add_url_rule("/mixed", view_func=Mixed.as_view("mixed"))
    mixed = {
        tuple(row["methods"]): row["guard"]
        for row in views_of(app, str(HERE))
        if row["endpoint"] == "mixed"
    }

    assert "login_required" == seen(app)["pages"]["guard"]
    assert {("GET",): "", ("POST",): "login_required"} == mixed

    @app.before_request
    def closed() -> Any:
        return None if current_user.is_authenticated else abort(401)

    assert seen(app)["static"]["perhaps"].endswith("closed")
    assert seen(app)["static"]["path"] is None

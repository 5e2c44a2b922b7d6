"""Failed or not, over the ways that login views are written: no false alarm and no miss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort, flash, jsonify, make_response, redirect, request, url_for
from flask.views import MethodView
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

from hardening.storage.memory import MemoryStore

Check = Callable[[str, str], bool]
View = Callable[[Any], Any]


def sent() -> tuple[str, str]:
    return request.form.get("username", ""), request.form.get("password", "")


def enter(site: Any, name: str) -> None:
    login_user(site.users[name])


def renders_again(site: Any) -> Any:
    name, password = sent()
    if password and site.correct(name, password):
        enter(site, name)
        return redirect("/")
    return "wrong name or password"


def redirects_back(site: Any) -> Any:
    name, password = sent()
    if not site.correct(name, password):
        flash("wrong")
        return redirect(url_for("login", next="/mfa"))
    enter(site, name)
    return redirect("/")


def aborts_401(site: Any) -> Any:
    name, password = sent()
    if not site.correct(name, password):
        abort(401)
    enter(site, name)
    return "welcome"


def renders_403(site: Any) -> Any:
    name, password = sent()
    if not site.correct(name, password):
        return "no", 403
    enter(site, name)
    return "welcome"


def aborts_404_for_unknown(site: Any) -> Any:
    name, password = sent()
    if name not in site.users:
        abort(404)
    if not site.correct(name, password):
        abort(401)
    enter(site, name)
    return "welcome"


def json_200(site: Any) -> Any:
    name, password = sent()
    ok = site.correct(name, password)
    if ok:
        enter(site, name)
    return jsonify(ok=ok)


def htmx(site: Any) -> Any:
    name, password = sent()
    answer = make_response("<p>wrong</p>")
    if site.correct(name, password):
        enter(site, name)
        answer = make_response("")
        answer.headers["HX-Redirect"] = "/"
    return answer


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    username = StringField(validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])


def wtform(site: Any) -> Any:
    form = Form(meta={"csrf": False})
    if form.validate_on_submit() and site.correct(form.username.data, form.password.data):
        enter(site, form.username.data)
        return redirect("/")
    return "form", 200


def seen_check_then_400(site: Any) -> Any:
    name, password = sent()
    if not password:
        abort(400)
    if not site.checked(name, password):
        abort(400)
    enter(site, name)
    return "welcome"


def seen_check_then_500(site: Any) -> Any:
    name, password = sent()
    if password and not site.checked(name, password):
        return "the logger broke", 500
    if password:
        enter(site, name)
    return "welcome"


def asks_who_is_in(site: Any) -> Any:
    if current_user.is_authenticated:
        return redirect("/")
    return renders_again(site)


SHAPES: list[View] = [
    renders_again,
    redirects_back,
    aborts_401,
    renders_403,
    aborts_404_for_unknown,
    json_200,
    htmx,
    wtform,
    seen_check_then_400,
    seen_check_then_500,
    asks_who_is_in,
]

CASES = {
    "right": ("anna", "right", (1, 0)),
    "wrong": ("anna", "wrong", (0, 1)),
    "unknown": ("nobody", "wrong", (0, 1)),
    "empty": ("anna", "", (0, 0)),
}


def site_with(view: View, new_app: Any, wrapped: Any) -> Any:
    app: Flask = new_app()
    app.login_manager.login_view = "login"  # type: ignore[attr-defined]  # set by Flask-Login
    made: list[Any] = []
    app.add_url_rule("/login", "login", lambda: view(made[0]), methods=["GET", "POST"])
    made.append(wrapped(app, MemoryStore()))
    return made[0]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_shapes(shape: View, case: str, new_app: Any, wrapped: Any) -> None:
    """Each way to write a login view is judged right, whatever was sent."""
    name, password, expected = CASES[case]
    site = site_with(shape, new_app, wrapped)
    site.post(name, password)

    seen = len(site.named("authn_login_success")), len(site.named("authn_login_fail"))
    assert seen == expected


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_shapes_are_limited(shape: View, new_app: Any, wrapped: Any) -> None:
    """And in each of them the sixth guess does not reach the view."""
    site = site_with(shape, new_app, wrapped)
    for _ in range(7):
        site.post()

    assert len(site.reached) == 5


def test_class_based_views(new_app: Any, wrapped: Any) -> None:
    """A `MethodView` is a view as any other, and is found without any setting."""
    app: Flask = new_app()
    made: list[Any] = []

    class Entrance(MethodView):
        def post(self) -> Any:
            return renders_again(made[0])

    app.add_url_rule("/entrance/login", view_func=Entrance.as_view("entrance"))
    made.append(wrapped(app, MemoryStore()))
    for _ in range(7):
        made[0].post(path="/entrance/login")

    assert len(made[0].reached) == 5


def outcomes(view: View, new_app: Any, wrapped: Any, times: int) -> tuple[list[int], Any]:
    site = site_with(view, new_app, wrapped)
    return [site.post(password="right").status_code for _ in range(times)], site


def test_an_inactive_user_is_no_guesser(new_app: Any, wrapped: Any) -> None:
    """A right password that lets nobody in, as a seen check tells, is not counted."""

    def inactive(site: Any) -> Any:
        name, password = sent()
        site.users[name].active = False
        if site.checked(name, password):
            enter(site, name)
        return "please confirm your address"

    statuses, site = outcomes(inactive, new_app, wrapped, 12)

    assert set(statuses) == {200}
    assert site.named("authn_login_fail") == []


def test_a_second_factor_after_a_seen_check(new_app: Any, wrapped: Any) -> None:
    """The first of two steps is neither a failure nor a success."""

    def first_step(site: Any) -> Any:
        return redirect("/code") if site.checked(*sent()) else "wrong"

    statuses, site = outcomes(first_step, new_app, wrapped, 12)

    assert set(statuses) == {302}
    assert site.named("authn_login_fail") == []


def test_a_second_factor_after_an_unseen_check(new_app: Any, wrapped: Any) -> None:
    """A redirect to a second factor counts against this account from this address only."""

    def first_step(site: Any) -> Any:
        return redirect("/mfa/totp") if site.correct(*sent()) else "wrong"

    site = site_with(first_step, new_app, wrapped)
    mine = [site.post(password="right").status_code for _ in range(6)]
    others = {
        site.post(password="right", address=f"198.51.100.{number}").status_code
        for number in range(12)
    }

    assert mine == [302] * 5 + [429]
    assert others == {302}
    assert site.named("authn_login_fail") == []
    assert len(site.named("authn_login_unclear")) == 17


def test_errors_of_the_app_are_not_charged(new_app: Any, wrapped: Any) -> None:
    """While the app's database is down nobody uses up attempts; nor does a form without its
    CSRF token."""
    for status in (500, 503, 400):
        statuses, site = outcomes(lambda _, status=status: ("no", status), new_app, wrapped, 12)

        assert set(statuses) == {status}
        assert site.named("authn_login_fail") == []


def test_an_exception_that_leaves_the_app(new_app: Any, wrapped: Any) -> None:
    """Where the outcome never becomes known, the attempt stays charged."""

    def breaks(site: Any) -> Any:
        site.correct(*sent())
        raise RuntimeError("a bug")

    site = site_with(breaks, new_app, wrapped)
    site.app.config["PROPAGATE_EXCEPTIONS"] = True
    for _ in range(5):
        with pytest.raises(RuntimeError):
            site.post()

    assert site.post().status_code == 429

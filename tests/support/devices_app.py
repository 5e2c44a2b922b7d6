"""An app with the page of devices, for a real browser: gunicorn loads ``devices_app:create_app()``.

Its content policy is enforced and its forms need Flask-WTF's token, as in a careful shop.
"""

from __future__ import annotations

import os

from flask import Flask, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf import CSRFProtect
from werkzeug.security import check_password_hash, generate_password_hash

from hardening import Policy, harden
from hardening.devices import devices

NAME, PASSWORD = "ada", "correct horse battery staple"
FORM = """<!doctype html><html lang="en"><title>Log in</title><form method="post">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label>
<label>Remember me <input name="remember" type="checkbox"></label>
<button>Log in</button></form></html>"""


def create_app() -> Flask:
    """Return the app; ``DEVICES_INSTANCE`` names its folder, ``SECRET_KEY`` its key."""
    app = Flask(__name__, instance_path=os.environ["DEVICES_INSTANCE"])
    app.secret_key = os.environ["SECRET_KEY"]
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.login_view = manager.refresh_view = "login"
    user = UserMixin()
    user.id = NAME
    user.password_hash = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
    manager.user_loader(lambda user_id: user if user_id == NAME else None)
    harden(app, policy=Policy(csp="enforce", trusted_proxies=1))
    app.register_blueprint(devices)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        if request.method == "POST":
            right = check_password_hash(user.password_hash, request.form["password"])
            if right and request.form["username"] == NAME:
                login_user(user, remember="remember" in request.form)
                return redirect("/me")
        return render_template_string(FORM)

    @app.get("/me")
    @login_required
    def me() -> str:
        return f"You are {current_user.id}."

    return app

"""The basic example of the Flask-Login README, wrapped.

Needs two settings in the environment: SECRET_KEY (`flask-hardening secret-key` makes one) and
LEAFSTORM_PASSWORD_HASH, which `hardening.passwords.hash_password` makes of a password. A hash
made here, at import, would differ in every worker.
"""

import os

import flask
import flask_login
from hardening import harden
from werkzeug.security import check_password_hash

app = flask.Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

login_manager = flask_login.LoginManager()
login_manager.init_app(app)
harden(app)


class User(flask_login.UserMixin):
    def __init__(self, email, password_hash):
        self.id = email
        self.password_hash = password_hash


users = {"leafstorm": User("leafstorm", os.environ["LEAFSTORM_PASSWORD_HASH"])}


@login_manager.user_loader
def user_loader(id):
    return users.get(id)


@app.get("/login")
def login():
    return """<form method=post>
      Email: <input name="email"><br>
      Password: <input name="password" type=password><br>
      <button>Log In</button>
    </form>"""


@app.post("/login")
def login_post():
    user = users.get(flask.request.form["email"])

    if user is None or not check_password_hash(user.password_hash, flask.request.form["password"]):
        return flask.redirect(flask.url_for("login"))

    flask_login.login_user(user)
    return flask.redirect(flask.url_for("protected"))


@app.route("/protected")
@flask_login.login_required
def protected():
    return flask.render_template_string(
        "Logged in as: {{ user.id }}"
        "<form method=post action='{{ url_for(\"logout\") }}'><button>Log out</button></form>",
        user=flask_login.current_user
    )


@app.post("/logout")
def logout():
    flask_login.logout_user()
    return "Logged out"

"""Forms that nothing takes, views that no app has, and switches that tell a deployment."""

from __future__ import annotations

import pytest

APP = """\
import os
from flask import Flask, render_template, request
from flask_wtf import CSRFProtect
app = Flask(__name__)
csrf = CSRFProtect(app)
"""
PAGE = "@app.route('/page'METHODS)\ndef page():\n    return render_template('page.html')\n"


def _told(outcome, files):
    return {f.rule for f in outcome(files).findings if f.audience == "default"}


@pytest.mark.parametrize(
    ("action", "methods", "found"),
    [
        ("#", "", False),
        ("{{ url_for('page') }}", "", False),
        ("/page", "", False),
        ("#", ", methods=['GET', 'POST']", True),
        ("/page", ", methods=['POST']", True),
        ("/elsewhere", "", False),
    ],
)
def test_forms_that_nothing_takes(outcome, action, methods, found):
    """A form to a view that answers GET alone is only looked at."""
    page = f'<form method="post" action="{action}"><input name="a"><button>Go</button></form>\n'
    files = {"app.py": APP + PAGE.replace("METHODS", methods), "templates/page.html": page}
    assert ("form-token-missing" in _told(outcome, files)) is found


BLUEPRINT = """\
from flask import Blueprint, render_template, request
from app import csrf
{name}_bp = Blueprint('{name}', __name__)
@{name}_bp.route('/{name}/send', methods=['POST'])
{more}def send():
    return request.form['a']
@{name}_bp.route('/{name}')
def {name}():
    return render_template('page.html')
"""


@pytest.mark.parametrize(("to", "found"), [("main.send", False), ("shop.send", True)])
def test_views_that_are_called_alike(outcome, to, found):
    """Of two views of one name, the blueprint says which one takes a form."""
    form = f'<form method="post" action="{{{{ url_for(\'{to}\') }}}}"><button>Go</button></form>\n'
    files = {
        "app.py": f"{APP}import main\nimport shop\n"
        "app.register_blueprint(main.main_bp)\napp.register_blueprint(shop.shop_bp)\n",
        "main.py": BLUEPRINT.format(name="main", more="@csrf.exempt\n"),
        "shop.py": BLUEPRINT.format(name="shop", more=""),
        "templates/page.html": form,
    }
    assert ("form-token-missing" in _told(outcome, files)) is found


VIEWS = """\
from flask import Blueprint
from flask_login import login_required
bp = Blueprint('NAME', __name__)
@bp.route('/')
GUARDdef dashboard():
    return 'x'
"""
GUARD = "@login_required\n"
SHOP = (
    "from flask import Flask\nfrom flask_login import LoginManager\nLoginManager()\n"
    "from shop.blueprints.admin import bp\napp = Flask(__name__)\napp.register_blueprint(bp)\n"
)


@pytest.mark.parametrize(
    ("old", "more", "found"),
    [
        ("admin", "", False),
        ("admin", "from shop.routes.admin import bp as other\n", True),
        ("admin", "from importlib import import_module\nimport_module(name)\n", True),
        ("manage", "", True),
    ],
)
def test_blueprints_that_were_made_anew(project, old, more, found):
    """A file that nothing imports has no views if an imported one makes its blueprint."""
    known = project(
        {
            "app.py": SHOP + more,
            "shop/__init__.py": "",
            "shop/blueprints/__init__.py": "",
            "shop/blueprints/admin.py": VIEWS.replace("NAME", "admin").replace("GUARD", GUARD),
            "shop/routes/__init__.py": "",
            "shop/routes/admin.py": VIEWS.replace("NAME", old).replace("GUARD", ""),
        }
    )
    assert any(view.module.path == "shop/routes/admin.py" for view in known.views) is found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("os.environ.get('SYSTEM_TYPE', 'development') != 'development'", False),
        ("os.environ.get('WHERE', 'local') == 'production'", False),
        ("os.environ.get('SSL_ENABLED', '') == 'True'", True),
    ],
)
def test_switches_that_tell_a_deployment(outcome, value, found):
    """What is compared with the name of a stage is asked for where the app is deployed."""
    text = f"{APP}app.config['SESSION_COOKIE_SECURE'] = {value}\n"
    told = [
        f for f in outcome({"app.py": text}).findings
        if f.rule == "session-cookie-insecure" and "is off unless" in f.message
    ]  # fmt: skip
    assert bool(told) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [("password_verification_failures", False), ("password_lockout", False), ("password", True)],
)
def test_what_is_counted_about_passwords(outcome, name, found):
    """How often a password was wrong is none."""
    text = (
        f"{APP}from flask_login import UserMixin\nclass User(UserMixin):\n    def reset(self):\n"
        f"        app.logger.debug('now %s', self.{name})\n"
    )
    assert ("password-exposed" in _told(outcome, {"app.py": text})) is found


def test_accounts_of_a_function_for_tests(outcome):
    """A function that says in its name that it makes something to test with is believed."""
    text = (
        f"{APP}from flask_login import UserMixin\nclass User(UserMixin):\n    pass\n"
        "def NAME():\n    return User(name='a', password='hunter2')\n"
    )
    for name, found in (("setup_test_users", False), ("setup_contest", True)):
        told = _told(outcome, {"app.py": text.replace("NAME", name)})
        assert ("credentials-hardcoded" in told) is found


def test_old_name_of_an_extension(outcome):
    """``flask.ext.sslify`` is the same as ``flask_sslify``."""
    text = "from flask_login import LoginManager\nLoginManager(app)\n"
    for name, found in (("flask.ext.sslify", False), ("flask.ext.other", True)):
        told = _told(outcome, {"app.py": f"{APP}{text}from {name} import SSLify\nSSLify(app)\n"})
        assert ("https-not-enforced" in told) is found


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("edit_user", "if password != 'keepthis':\n        store(password)", False),
        ("login", "if password != 'keepthis':\n        store(password)", True),
        ("edit_user", "if password != 'keepthis':\n        return 'no'", True),
    ],
)
def test_text_that_a_form_shows_in_place_of_a_password(outcome, name, body, found):
    """What was typed is kept unless it is that text: nobody gets in by it."""
    text = (
        f"{APP}from flask import request\n@app.route('/page', methods=['POST'])\ndef {name}():\n"
        f"    password = request.form['password']\n    {body}\n    return 'ok'\n"
    )
    assert ("password-compared-plaintext" in _told(outcome, {"app.py": text})) is found


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        ("random.seed(os.urandom(1024))", False),
        ("random.seed(secrets.token_bytes(64))", False),
        ("random.seed(time.time())", True),
        ("os.urandom(1024)", True),
    ],
)
def test_random_that_is_seeded_by_the_system(outcome, seed, found):
    """Nobody knows the seed, and nothing else is drawn from it."""
    text = (
        "import os\nimport random\nimport secrets\nimport string\nimport time\n\n\n"
        f"def new_password():\n    {seed}\n    password = ''\n    for _ in range(25):\n"
        "        password += random.choice(string.ascii_letters)\n    return password\n"
    )
    assert ("secret-generated-weakly" in _told(outcome, {"app.py": APP, "keys.py": text})) is found


@pytest.mark.parametrize(
    ("user", "password", "host", "found"),
    [
        ("guest", "guest", "localhost", False),
        ("guest", "guest", "rabbit", True),
        ("shop", "guest", "localhost", True),
        ("guest", "hunter22", "localhost", True),
    ],
)
def test_broker_of_the_own_machine_in_three_settings(outcome, user, password, host, found):
    """RabbitMQ lets its own guest in from its own machine only."""
    config = (
        f"import os\nRABBITMQ_HOST = os.getenv('RABBITMQ_HOST', '{host}')\n"
        f"RABBITMQ_USER = os.getenv('RABBITMQ_USER', '{user}')\n"
        f"RABBITMQ_PASSWORD = os.getenv('RABBITMQ_PASSWORD', '{password}')\n"
    )
    files = {"app.py": f"{APP}app.config.from_object('config')\n", "config.py": config}
    told = {finding.rule for finding in outcome(files, strict=True).findings}
    assert ("credentials-hardcoded" in told) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("rows = Report.query.join(Report.form).filter_by(kind=kwargs.get('form'))", False),
        ("rows = form.rows()", True),
    ],
)
def test_column_called_form(outcome, line, found):
    """A view that only fills its own list does the same for a POST as for a GET."""
    text = (
        f"{APP}from flask_login import login_required\nfrom flask_wtf import CSRFProtect\n"
        "from models import Report\nfrom forms import form\ncsrf = CSRFProtect(app)\n\n\n"
        "@app.route('/images', methods=['GET', 'POST'])\n@csrf.exempt\n@login_required\n"
        f"def images(**kwargs):\n    {line}\n    names = []\n    for row in rows:\n"
        "        names.append(row.name)\n    return names\n"
    )
    assert ("csrf-exempted" in _told(outcome, {"app.py": text})) is found

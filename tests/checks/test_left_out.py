"""Which files of views no app has."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask
from shop.pages import pages
from shop.admin import admin
app = Flask(__name__)
app.register_blueprint(pages)
app.register_blueprint(admin, url_prefix="/admin")
"""
FORM = "from flask_wtf import FlaskForm\nclass OldForm(FlaskForm):\n    pass\n"


def blueprint(name, more=""):
    """Return a file with a blueprint and a view."""
    return (
        f"from flask import Blueprint\n{more}{name} = Blueprint('{name}', __name__)\n"
        f"@{name}.route('/{name}')\ndef show_{name}():\n    return 'x'\n"
    )


FILES = {
    "shop/__init__.py": "",
    "shop/pages.py": blueprint("pages"),
    "shop/admin.py": blueprint("admin"),
    "shop/old_forms.py": FORM,
    "shop/old.py": blueprint("old", "from shop.old_forms import OldForm\n"),
}


def paths(project):
    """Return the paths of what is left out."""
    return sorted(module.path for module in project.left_out)


def test_blueprint_that_nothing_registers(project):
    """Neither its views nor the forms that only it imports are part of the app."""
    found = project({"app.py": APP, **FILES})

    assert paths(found) == ["shop/old.py", "shop/old_forms.py"]
    assert "show_old" not in [view.function.name for view in found.views]


@pytest.mark.parametrize(
    ("app", "more"),
    [
        (APP + "for each in (shop.old.old,):\n    app.register_blueprint(each)\n", {}),
        (APP + "from shop.old import old\napp.register_blueprint(old)\n", {}),
        (APP + "import importlib\nimportlib.import_module('shop.' + NAME)\n", {}),
        (APP + "def add(blueprint):\n    app.register_blueprint(blueprint)\n", {}),
        (APP, {"shop/more.py": "from shop.old import old\n"}),
        (APP, {"shop/old.py": FILES["shop/old.py"] + "if __name__ == '__main__':\n    start()\n"}),
        (APP.replace("app.register_blueprint(pages)\n", ""), {}),
    ],
    ids=["loop", "registered", "dynamic", "helper", "imported", "started", "one is known"],
)  # fmt: skip
def test_blueprints_that_may_be_in_use(project, app, more):
    """Where it is not clear what is registered, nothing is left out."""
    assert "shop/old.py" not in paths(project({"app.py": app, **FILES, **more}))


def test_blueprints_of_libraries(project):
    """A blueprint that a library makes says nothing about the project's own."""
    more = "from flask_dance.contrib.google import make_google_blueprint\n"
    more += "google = make_google_blueprint()\napp.register_blueprint(google)\n"

    assert "shop/old.py" in paths(project({"app.py": APP + more, **FILES}))


MAIN = "from flask import Flask\napp = Flask(__name__)\nfrom shop import cart, items, orders\n"


def routes(name):
    """Return a file with a view of an app that another file makes."""
    return f"from shop import app\n@app.route('/{name}')\ndef {name}():\n    return 'x'\n"


OF_APP = {
    "shop/__init__.py": MAIN,
    **{f"shop/{name}.py": routes(name) for name in ("cart", "items", "orders", "nightly_job")},
}


def test_routes_that_nothing_imports(project):
    """A file of views that nothing imports beside others that the app imports."""
    assert paths(project(OF_APP)) == ["shop/nightly_job.py"]


@pytest.mark.parametrize(
    "more",
    [
        {"run.py": "from shop import app\nimport shop.nightly_job\napp.run()\n"},
        {"shop/__init__.py": MAIN + "from shop.nightly_job import *\n"},
        {"shop/__init__.py": MAIN + "from . import nightly_job\n"},
        {"shop/nightly_job.py": routes("nightly_job") + "app.run()\n"},
        {"manage.py": "__import__('shop.' + name)\n"},
    ],
)
def test_routes_that_something_imports(project, more):
    """However it is imported, and where it starts the app itself, it is part of it."""
    assert paths(project({**OF_APP, **more})) == []


def test_findings_in_files_that_no_app_has(outcome):
    """What is found there is for careful audits."""
    bad = "from flask_login import login_user\n@old.post('/in')\ndef enter():\n"
    bad += "    requests.get('https://x.example', verify=False)\n    login_user(u, remember=True)\n"
    files = {
        "app.py": APP,
        **FILES,
        "shop/old.py": "import requests\n" + FILES["shop/old.py"] + bad,
    }
    found = outcome(files, strict=True).findings

    assert {f.audience for f in found if f.path == "shop/old.py"} == {"strict"}
    assert not [f for f in found if f.rule == "remember-cookie-insecure"]


def test_pages_that_only_such_files_show(outcome):
    """A form of theirs is sent to nobody; that of a page in use needs its token."""
    protected = "from flask_wtf import CSRFProtect\ncsrf = CSRFProtect(app)\n"
    shows = "from flask import render_template\n@{0}.route('/f', methods=['GET', 'POST'])\n"
    shows += "def {0}_form():\n"
    shows += "    return render_template('{0}.html')\n"
    form = '<form method="post"><input name="a"><button>Go</button></form>\n'
    files = {
        **FILES,
        "app.py": APP + protected,
        "shop/old.py": FILES["shop/old.py"] + shows.format("old"),
        "shop/pages.py": FILES["shop/pages.py"] + shows.format("pages"),
        "templates/old.html": form,
        "templates/pages.html": form,
    }
    found = outcome(files, strict=True).findings

    assert [f.path for f in found if f.rule == "form-token-missing"] == ["templates/pages.html"]

"""Views that only debugging or tests get are no views of the running app."""

from __future__ import annotations

import pytest

HEAD = """\
from flask import Flask, abort, jsonify
app = Flask(__name__)
def use_testing_login():
    return app.config.get("TESTING_LOGIN")
"""


@pytest.mark.parametrize(
    "code",
    [
        "if app.debug:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.config['TESTING']:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.config['ENV'] == 'development':\n    @app.route('/x')\n    def x():\n"
        "        return 'x'\n",
        "if ready and app.testing:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "def register(app):\n    if app.config.get('DEBUG_ROUTES'):\n        @app.route('/x')\n"
        "        def x():\n            return 'x'\n",
        "@app.route('/x')\ndef x():\n    if not app.debug:\n        abort(404)\n    return 'x'\n",
        "@app.route('/x')\ndef x():\n    '''Only here.'''\n    if not use_testing_login():\n"
        "        return jsonify(), 404\n    return 'x'\n",
        "@app.route('/x')\ndef x():\n    if app.config['ENV'] != 'development':\n"
        "        raise ValueError\n    return 'x'\n",
    ],
)
def test_trial_views(project, code):
    """A switch for debugging or tests around a view, or at its start, leaves it out."""
    assert project({"app.py": HEAD + code}).views == ()


@pytest.mark.parametrize(
    "code",
    [
        "if not app.debug:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.debug:\n    y = 1\nelse:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.config['LOCAL_LOGIN']:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.debug or ready:\n    @app.route('/x')\n    def x():\n        return 'x'\n",
        "if app.config['ENV'] != 'development':\n    @app.route('/x')\n    def x():\n"
        "        return 'x'\n",
        "@app.route('/x')\ndef x():\n    if app.debug:\n        abort(404)\n    return 'x'\n",
        "@app.route('/x')\ndef x():\n    if not app.debug:\n        log()\n    return 'x'\n",
        "@app.route('/x')\ndef x():\n    if not app.debug and stranger():\n        abort(404)\n"
        "    return 'x'\n",
        "@app.route('/x')\ndef x():\n    if not device:\n        abort(404)\n    return 'x'\n",
    ],
)
def test_views_of_the_app(project, code):
    """Other switches, and what debugging changes within a view, leave it in."""
    assert [view.function.name for view in project({"app.py": HEAD + code}).views] == ["x"]


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("settings/dev.py", "development"),
        ("settings/_devbase.py", "development"),
        ("config/prod.py", "production"),
        ("shop/config/staging.py", "production"),
        ("settings/base.py", None),
        ("devices/dev.py", None),
        ("settings/devices.py", None),
    ],
)
def test_environment_of_a_class_by_its_file(project, path, environment):
    """Classes of one name in a folder of settings are for the environment of their file."""
    text = "class Config:\n    SECRET_KEY = 'k1'\n"
    name = path.removesuffix(".py").replace("/", ".")
    load = f"app.config.from_object('{name}.Config')\n"
    whole = project({"app.py": HEAD + load, path: text})
    (site,) = whole.sites

    assert [s.environment for s in whole.configuration(site).of("SECRET_KEY")] == [environment]

"""Which Python files are parsed at all."""

from __future__ import annotations

import pytest

from checks.facts.matters import ALWAYS_PARSED, matters

_FILLING = b"\n# what stands here says nothing\n" * (ALWAYS_PARSED // 20)
_CURRENT = b"from flask import current_app\n"


@pytest.mark.parametrize(
    "text",
    [
        b"from flask_babel import gettext\nprint(gettext('Hello'))\n",
        _CURRENT + b"def page():\n    return current_app.config['PAGE_SIZE']\n",
        b"from flask import current_app as app\napp.logger.info('done')\n",
        b"def size(app):\n    return app.config['PAGE_SIZE'] == 3\n",
        _CURRENT + b"from flask import g\nprint(g.user)\n",
        b"from flask import (\n    current_app as app,\n    g,\n)\nprint(g.user)\n",
        b"from flask_appbuilder import Model\nclass Row(Model):\n    pass\n",
        b"def count(app):\n    routes = app.url_map\n    return len(routes)\n",
        b"def load(flask_app):\n    # reads rows where Flask has a context\n    pass\n",
    ],
)
def test_what_decides_nothing_by_itself_is_left_out(text: bytes) -> None:
    """Translations, rows, settings that are read: large projects have many such files."""
    assert not matters(text + _FILLING)


@pytest.mark.parametrize(
    "text",
    [
        _CURRENT + b"current_app.config['SESSION_TYPE'] = 'redis'\n",
        _CURRENT + b"current_app.config.update(MAIL_PORT=25)\n",
        _CURRENT + b"current_app.jinja_env.autoescape = False\n",
        b"from flask import current_app as app\napp.before_request(check)\n",
        _CURRENT + b"code = random.randint(1, 9)\n",
        _CURRENT + b"def fill(row, data):\n    setattr(row, 'name', data)\n",
        _CURRENT + b"def ask(f):\n    @wraps(f)\n    def asked():\n        return f()\n",
        _CURRENT + b"def same(token):\n    return token == current_app.config['API']\n",
        b"from flask import (\n    current_app,\n    request,\n)\n",
        b"from shop import app\n@app.route('/')\ndef page():\n    return 'x'\n",
        b"from shop import app\napp.run(\n    port=80,\n)\n",
        b"from shop import server\nserver.run(debug=True)\n",
        b"def address(environ):\n    return environ['HTTP_X_FORWARDED_FOR']\n",
        b"from flask import current_app, request\n",
        b"import flask\n",
        b"from app import bp\n@bp.route('/count')\ndef count():\n    return {}\n",
        b"def add(app):\n    app.add_url_rule('/files', view_func=files)\n",
        b"from .users import UserResource\nAPI_ROUTES = [(UserResource, '/users/<id>')]\n",
        b"from . import users\nroutes: list[Route] = (\n    (users.List, '/users'),\n)\n",
    ],
)
def test_what_does_more_with_the_app_is_parsed(text: bytes) -> None:
    """A helper without a word about logins may still weaken them."""
    assert matters(text + _FILLING)


def test_a_short_file_is_always_parsed() -> None:
    """It costs less than a mistake."""
    assert matters(b"name = 1\n")

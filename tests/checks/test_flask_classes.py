"""Which classes make an app: Flask's, the project's own and those of other libraries."""

from __future__ import annotations

import pytest

APP = "\n@app.get('/')\ndef home():\n    session['n'] = 1\n    return 'x'\n"


@pytest.mark.parametrize(
    "made",
    [
        "from flask import Flask, session\napp = Flask(__name__)",
        "import flask\nfrom flask import session\napp = flask.Flask('shop')",
        "from brainzutils.flask import CustomFlask\napp = CustomFlask(import_name=__name__)",
        "from house.web import HouseFlask\nclass App(HouseFlask):\n    pass\napp = App(__name__)",
        "import house\napp = house.HouseFlask(__name__)",
        "def create_app():\n    from house.web import HouseFlask\n    return HouseFlask(__name__)\n"
        "app = create_app()",
    ],
)
def test_app(project, made):
    """What a library derives from Flask is told by its name; of the project's, by its bases."""
    assert len(project({"app.py": made + APP}).app_sites) == 1


@pytest.mark.parametrize(
    "made",
    [
        "class NotFlask:\n    pass\napp = NotFlask()",
        "def LikeFlask(name):\n    return object()\napp = LikeFlask(__name__)",
        "from bottles import flask\napp = flask(__name__)",
        "app = UnknownFlask(__name__)",
    ],
)
def test_no_app(project, made):
    """The project's own classes and functions are known by more than a name."""
    assert project({"app.py": made + APP}).app_sites == ()

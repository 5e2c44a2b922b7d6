"""Where `view-unprotected` fires for APIs that are open as a whole, and where it must not."""

from __future__ import annotations

import pytest

RULE = "view-unprotected"
APP = """\
from flask import Flask
from flask_login import LoginManager
from flask_restful import Api
from api import Notes, Prices, Rooms
import pages
app = Flask(__name__)
login_manager = LoginManager(app)
api = Api(app)
api.add_resource(Notes, "/api/notes/<note_id>")
api.add_resource(Prices, "/api/prices/<price_id>")
api.add_resource(Rooms, "/api/rooms/<room_id>")
"""
FOUND = " Notes.put() and 2 more classes of the API change data and ask nobody"


def pages(count=5, guard="@login_required\n"):
    """Return a file with so many pages behind `guard`."""
    head = "from flask import Blueprint\nfrom flask_login import login_required\n"
    head += "bp = Blueprint('pages', __name__)\n"
    return head + "".join(
        f"@bp.get('/list{i}')\n{guard}def list{i}():\n    return show({i})\n" for i in range(count)
    )


def api(guard="", found=True, body="row = find(row_id)\n        db.session.delete(row)"):
    """Return a file with three resources that change rows."""
    head = "from flask_login import login_required\nfrom flask_restful import Resource\n"
    return head + "".join(
        f"class {name}(Resource):\n    def get(self, row_id):\n        return find(row_id)\n"
        f"{guard}    def put(self, row_id):\n"
        + (f"    {'^' * 22}{FOUND}\n" if found and name == "Notes" else "")
        + f"        {body}\n        db.session.commit()\n        return '', 204\n"
        for name in ("Notes", "Prices", "Rooms")
    )


def test_api_that_asks_nobody(audit):
    """One finding tells of all classes, and of a page that asks."""
    (finding,) = audit(RULE, {"app.py": APP, "pages.py": pages(), "api.py": api()})

    assert [place.path for place in finding.related] == ["api.py", "api.py", "pages.py"]


def test_api_that_a_package_hands_on(audit):
    """Classes are found through an ``__init__`` that only imports them."""
    lines = "".join(
        f"from .{name.lower()} import {name}\n" for name in ("Notes", "Prices", "Rooms")
    )
    filler = "# what stands here says nothing about what it hands on\n" * 15
    classes = {
        f"api/{part.partition('(')[0].lower()}.py": "from flask_restful import Resource\nclass "
        + part
        for part in api().split("class ")[1:]
    }

    audit(RULE, {"app.py": APP, "pages.py": pages(), "api/__init__.py": filler + lines, **classes})


@pytest.mark.parametrize(
    ("shown", "resources"),
    [
        (pages(4), api(found=False)),
        (pages(guard=""), api(found=False)),
        (pages(), api("    @login_required\n", found=False)),
        (pages(), api(found=False, body="log(row_id)").replace("db.session.commit()", "pass")),
        (pages(), api(found=False).replace("def put", "def head")),
        (pages(), api(found=False, body="if request.headers.get('X-Key') != KEY:\n"
                      "            abort(401)\n        db.session.delete(find(row_id))")),
    ],
    ids=["few pages", "open pages", "asked", "changes nothing", "reads", "key"],
)  # fmt: skip
def test_apis_that_may_be_open(audit, shown, resources):
    """An app for everybody, an API that asks or has keys, and one that only reads."""
    audit(RULE, {"app.py": APP, "pages.py": shown, "api.py": resources})


def test_api_of_which_two_classes_are_open(audit):
    """One or two classes may be open on purpose."""
    app = APP.replace('api.add_resource(Rooms, "/api/rooms/<room_id>")\n', "")

    audit(RULE, {"app.py": app, "pages.py": pages(), "api.py": api(found=False)})

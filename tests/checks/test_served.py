"""Which apps answer requests, and where the others leave the findings."""

from __future__ import annotations

import pytest

HEAD = "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n"
SCRIPT = HEAD + "import sys\napp = Flask(__name__)\napp.config['URI'] = sys.argv[1]\n"
COMMAND = HEAD + "def work(uri):\n    app = Flask(__name__)\n    app.config['URI'] = uri\n"
RUN = HEAD + "if __name__ == '__main__':\n    app = Flask(__name__)\n"
DATABASE = "db = SQLAlchemy()\ndb.init_app(app)\nwith app.app_context():\n    db.create_all()\n"


@pytest.mark.parametrize(
    "source",
    [
        SCRIPT + "db = SQLAlchemy(app)\n",
        SCRIPT + DATABASE,
        COMMAND + "    with app.app_context():\n        migrate(SQLAlchemy(app))\n",
        COMMAND + "    db = SQLAlchemy(app)\n    return db\n",
        COMMAND + "    with app.app_context():\n        yield _builder(app, SQLAlchemy(app))\n",
        COMMAND + "    SQLAlchemy(app=app)\n    with app.test_request_context():\n        send()\n",
        SCRIPT.replace("flask_sqlalchemy import SQLAlchemy", "flask_bcrypt import Bcrypt")
        + "print(Bcrypt(app).generate_password_hash(sys.argv[1]))\n",
        RUN + "    with app.app_context():\n        drop_database(app)\n",
        "def drop(app):\n    os.remove(app.instance_path)\n" + RUN + "    drop(app)\n",
        RUN + "    app.config['URI'] = 'sqlite://'\n    with app.app_context():\n        fill()\n",
    ],
)
def test_lent_to_a_script(project, source):
    """An app for a command's context, or a migration's database, is none that is served."""
    assert project({"tool.py": source}).sites == ()


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "app = Flask(__name__)\n",
        HEAD + "app = Flask(__name__)\ndb = SQLAlchemy(app)\n",
        SCRIPT + "db = SQLAlchemy(app)\n@app.route('/')\ndef index():\n    return ''\n",
        SCRIPT + "db = SQLAlchemy(app)\nregister_views(app)\n",
        SCRIPT + "db = SQLAlchemy(app)\napp.run()\n",
        COMMAND + "    SQLAlchemy(app)\n    return app\n",
        RUN + "    setup(app)\n    app.run()\n",
        RUN + "    with app.app_context():\n        fill()\n    serve(app, port=80)\n",
        RUN + "    app.register_blueprint(bp)\n    WSGIServer(('', 80), app).serve_forever()\n",
        COMMAND + "    SQLAlchemy(app)\n    return app, 1\n",
        COMMAND + "    SQLAlchemy(app)\n    serve(app, port=80)\n",
        COMMAND + "    SQLAlchemy(app)\n    self.app = app\n",
        COMMAND + "    SQLAlchemy(app)\n    def get():\n        return app\n    use(get)\n",
        HEAD + "def work():\n    global app\n    app = Flask(__name__)\n    setup(app)\n",
        COMMAND + "    app.register_blueprint(bp)\n    SocketServer(app).start()\n",
    ],
)
def test_served(project, source):
    """An app with routes, or that is returned, kept, run or handed on, is one that is served."""
    assert len(project({"tool.py": source}).sites) == 1


def test_place_of_what_is_absent(project):
    """Of several apps, the place is the first that is more than a database's configuration."""
    made = "from a_db import work\ndef create():\n    app = Flask(__name__)\n"
    files = {
        "a_db.py": COMMAND + "    db = SQLAlchemy(app)\n    return db, app\n",
        "b_app.py": HEAD + made + "    setup(app)\n    return app\n",
    }

    (site,) = project(files).sites

    assert (site.anchor.path, len(site.apps)) == ("b_app.py", 2)


@pytest.mark.parametrize("busy", ["limiter.init_app(app)", "app.register_blueprint(shop)"])
def test_place_among_several_apps(project, busy):
    """Of several apps the place is the first that extensions or blueprints get."""
    page = HEAD + "def {name}():\n    app = Flask(__name__)\n    @app.get('/')\n    def up(): ...\n"
    files = {
        "a_closed.py": page.format(name="closed") + "    return app\n",
        "b_shop.py": "from a_closed import closed\n" + page.format(name="shop")
        + f"    {busy}\n    return app\n",
        "c_more.py": "from b_shop import shop\n" + page.format(name="more")
        + "    login.init_app(app)\n    register(app)\n    return app\n",
    }  # fmt: skip

    (site,) = project(files).sites

    assert (site.anchor.path, len(site.apps)) == ("b_shop.py", 3)


def test_place_where_no_app_gets_anything(project):
    """Of several apps that are alike, it is the first."""
    page = HEAD + "def {name}():\n    app = Flask(__name__)\n    @app.get('/')\n    def up(): ...\n"
    files = {
        "a_one.py": page.format(name="one") + "    return app\n",
        "b_two.py": "from a_one import one\n" + page.format(name="two") + "    return app\n",
    }

    assert project(files).sites[0].anchor.path == "a_one.py"


@pytest.mark.parametrize(
    ("name", "sites"), [("migrate_0.7.py", 0), ("move-users.py", 0), ("shop.py", 1)]
)
def test_script_that_nothing_imports(project, name, sites):
    """An app of a script with arguments is lent for its settings where nobody can import it."""
    again = SCRIPT + "app = Flask(__name__)\nengine = connect(app.config['URI'])\n"

    assert len(project({name: again}).sites) == sites

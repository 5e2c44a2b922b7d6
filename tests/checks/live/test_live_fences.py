"""``--app``: the loaded app changes nothing, reaches nobody, and tells no secret."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

SECRET = "hunter2-do-not-tell"
GREEDY = f"""\
import logging, multiprocessing, os, pathlib, shutil, socket, sqlite3, subprocess, sys, tempfile
import urllib.request

import psycopg
from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY", "{SECRET}")
tried = {{}}


def attempt(name, action):
    try:
        tried[name] = str(action())
    except psycopg.OperationalError as error:
        tried[name] = str(error)
    except OSError as error:
        tried[name] = type(error).__name__


attempt("connect", lambda: socket.socket().connect(("127.0.0.1", 9)))
attempt("name", lambda: socket.getaddrinfo("app.example", 80))
attempt("fetch", lambda: urllib.request.urlopen("http://127.0.0.1:9/"))
attempt("client", lambda: psycopg.connect("host=/run/nobody"))
attempt("unix", lambda: socket.socket(socket.AF_UNIX).connect("/run/nobody.sock"))
attempt("fork", os.fork)
attempt("program", lambda: subprocess.run(["true"]))
attempt("system", lambda: os.system("true"))
attempt("process", multiprocessing.get_context("spawn").Process(target=print).start)
attempt("direct", lambda: __import__("_io").FileIO("notes.txt", "w"))
os.makedirs("logs/deep", exist_ok=True)
logging.basicConfig(filename="logs/deep/app.log")
logging.error("{SECRET}")
print("{SECRET}", flush=True)
print("{SECRET}", file=sys.stderr, flush=True)
pathlib.Path("notes.txt").write_text("new")
with open("notes.txt", "a") as file:
    file.write("er")
tried["written"] = pathlib.Path("notes.txt").read_text()
os.rename("old.txt", "renamed.txt")
os.remove("gone.txt")
tried["files"] = f"{{os.path.exists('old.txt')}} {{os.path.exists('renamed.txt')}}"
tried["files"] += f" {{os.path.exists('gone.txt')}} {{os.path.isdir('logs/deep')}}"
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "a").write_text("a")
for address in ("shop.db", "file:shop.db?mode=rw", os.path.abspath("instance/new.db")):
    with sqlite3.connect(address, uri=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
        tried["rows"] = str(connection.execute("SELECT count(*) FROM t").fetchone()[0])
        tried["rows " + address[:5]] = tried["rows"]
    connection.close()


@app.get("/")
def start():
    return ""


for name, value in tried.items():
    app.add_url_rule(f"/{{name}}/{{value}}", f"{{name}} {{value}}", start)
"""


def digests(root: Path) -> dict[str, str]:
    """Return what every file and folder below `root` is."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(root.rglob("*"))
    }


def make_database(file: Path) -> None:
    """Make a database with one row, and something left in its write-ahead log."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (0)")
    connection.close()


@pytest.mark.parametrize("namespaces", [True, False], ids=["namespaces", "hook alone"])
def test_greedy_app_changes_nothing(loaded, write, monkeypatch, namespaces):
    """Network, programs and files are refused or redirected, and what was tried is told."""
    monkeypatch.setattr("checks.live.process.NAMESPACES", namespaces)
    root = write({"notes.txt": "old", "old.txt": "o", "gone.txt": "g", "instance/x": ""})
    make_database(root / "shop.db")
    write({"app.py": GREEDY})
    before = digests(root)

    _, report, err = loaded({})

    assert before == digests(root)
    assert [] == report["not_audited"]
    views = {v["endpoint"].partition(" ")[0]: v for v in report["live"]["facts"]["views"]}
    tried = dict(v["endpoint"].split(" ", 1) for v in views.values() if " " in v["endpoint"])
    assert {
        "connect": "OSError",
        "name": "gaierror",
        "fetch": "URLError",
        "client": "refused by flask-hardening audit",
        "unix": "OSError",
        "fork": "PermissionError",
        "program": "PermissionError",
        "system": str(127 << 8),
        "process": "PermissionError",
        "direct": "PermissionError",
        "written": "newer",
        "files": "False True False True",
    } == {name: value for name, value in tried.items() if name != "rows"}
    rows = [v["endpoint"] for v in report["live"]["facts"]["views"] if v["endpoint"][:4] == "rows"]
    assert {"rows shop. 2", "rows file: 3", "rows 1"} <= set(rows)
    assert {"network", "programs", "files"} == set(report["live"]["refused"])
    assert "times it was refused to reach the network" in err
    assert SECRET not in json.dumps({**report, "findings": []}) + err


def test_app_that_hangs(loaded):
    """An app that is not loaded in time is ended, and listed with the setting's name."""
    config = "[tool.flask-hardening]\napp-timeout = 1\n"
    code, report, _ = loaded({"app.py": "import time\ntime.sleep(99)\n", "pyproject.toml": config})

    assert 3 == code
    reason = "it was not loaded within 1 seconds (app-timeout)"
    assert [{"path": "app", "reason": reason}] == report["not_audited"]
    assert report["live"] is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"password = '{SECRET}'\nraise ValueError(password)\n", "it raises ValueError in line 2"),
        ("import os\nKEY = os.environ['NO_SUCH_NAME']\n", "the environment has no NO_SUCH_NAME"),
        ("import nowhere.at_all\n", "ModuleNotFoundError (nowhere) in line 1 of app.py"),
        ("import os\nos._exit(7)\n", "its process ended with code 7"),
        ("import os\nos.abort()\n", "its process was ended by SIGABRT"),
        ("raise SystemExit('no')\n", "SystemExit, which ends the process, in line 1"),
        ("app = 1\n", "there is no app: Failed to find Flask application or factory"),
    ],
    ids=["raises", "environment", "import", "exits", "crashes", "stops", "none"],
)
def test_app_that_cannot_be_loaded(loaded, monkeypatch, text, reason):
    """What goes wrong is told with its kind and place, and never with its message."""
    monkeypatch.delenv("NO_SUCH_NAME", raising=False)
    code, report, err = loaded({"app.py": text}, "--fail-on", "never")

    assert 3 == code
    assert reason in report["not_audited"][0]["reason"]
    assert SECRET not in json.dumps(report) + err


def test_other_databases_are_not_asked(loaded):
    """With PostgreSQL no request is sent, and the report says so."""
    text = (
        "from flask import Flask\n"
        "app = Flask(__name__)\n"
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql+psycopg://a:secret1@db/x'\n"
    )
    _, report, err = loaded({"app.py": text})

    assert ["postgresql"] == report["live"]["facts"]["databases"]
    assert "pages" not in report["live"]["facts"]
    assert "its database may be postgresql: no requests were sent" in err
    assert "secret1" not in json.dumps(report["live"]) + err

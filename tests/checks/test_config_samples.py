"""Deployment files that are there to be copied set nothing."""

from __future__ import annotations

import pytest

from checks.project import Files, Project

APP = """\
from flask import Flask, session
app = Flask(__name__)
app.config.from_envvar("SHOP_CONFIG")
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""
OTHER = "SECRET_KEY = 'k1'\n"


@pytest.mark.parametrize("name", ["sample.env", ".env.example", "env.template", ".env.dist"])
def test_samples(project, name):
    """What a sample names is not loaded."""
    found = project({"app.py": APP, name: "SHOP_CONFIG=other.py\n", "other.py": OTHER})

    assert "SHOP_CONFIG" not in found.variables


@pytest.mark.parametrize("name", [".env", "production.env", "Dockerfile"])
def test_real_ones(project, name):
    """What a file that is used names is known."""
    line = "SHOP_CONFIG=other.py\n"
    text = f"FROM python\nENV {line}" if name == "Dockerfile" else line
    found = project({"app.py": APP, name: text, "other.py": OTHER})

    assert found.variables["SHOP_CONFIG"] == ["other.py"]


LOADS = """\
from flask import Flask, session
app = Flask(__name__)
app.config.{}
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""


def of_samples(project, files, key="SECRET_KEY"):
    """Return value, confidence and the file that it is to be copied to, for each setting."""
    whole = project(files)
    (site,) = whole.sites
    return [(s.value.value, s.confidence, s.sample_of) for s in whole.configuration(site).of(key)]


@pytest.mark.parametrize(
    ("load", "sample", "real"),
    [
        ("from_pyfile('config.py')", "config.py.example", "config.py"),
        ("from_pyfile('config.py', silent=True)", "config.py.dist", "config.py"),
        ("from_pyfile('../conf/local.py')", "conf/local.py.sample", "conf/local.py"),
        ("from_pyfile('settings.cfg')", "settings.cfg.template", "settings.cfg"),
        ("from_object('config')", "config.example.py", "config.py"),
        ("from_object('config')", "config_sample.py", "config.py"),
        ("from_object('config')", "config.py-dist", "config.py"),
        ("from_object('config')", "config.example", "config.py"),
        ("from_object('settings')", "sample-settings.py", "settings.py"),
        ("from_envvar('SHOP')", "settings.cfg.skeleton", "settings.cfg"),
        ("from_envvar('SHOP')", "config.py.default", "config.py"),
        ("from_envvar('SHOP')", "conf/shop.cfg.example", "conf/shop.cfg"),
        ("from_envvar('SHOP')", "local_settings.py.sample", "local_settings.py"),
    ],
)
def test_sample_of_a_missing_file(project, load, sample, real):
    """A sample stands for the file that it is copied to, and says so with less confidence."""
    files = {"app.py": LOADS.format(load), sample: "SECRET_KEY = 'k1'\n"}

    assert of_samples(project, files) == [("k1", "low", real)]


def test_class_of_a_sample(project):
    """A class that is imported from the missing file is the sample's."""
    app = "from conf.config import table\n" + LOADS.format("from_object(table['production'])")
    text = "class Live:\n    SECRET_KEY = 'k1'\ntable = {'production': Live}\n"
    files = {"app.py": app, "conf/__init__.py": "", "conf/config.py.default": text}

    assert of_samples(project, files) == [("k1", "low", "conf/config.py")]


@pytest.mark.parametrize(
    ("load", "sample"),
    [
        ("from_pyfile('config.py')", "config.py.example"),
        ("from_object('config')", "config_sample.py"),
    ],
)
def test_sample_beside_its_file(project, load, sample):
    """Where the file is there, its sample sets nothing."""
    files = {"app.py": LOADS.format(load), sample: OTHER, "config.py": "SECRET_KEY = 'real'\n"}

    assert of_samples(project, files) == [("real", "high", "")]


@pytest.mark.parametrize("sample", ["notes.py.example", "mail.cfg.sample", "config.json.sample"])
def test_samples_of_something_else(project, sample):
    """A sample that nothing loads, and that sets what no app has, sets nothing."""
    files = {"app.py": LOADS.format("from_envvar('SHOP')"), sample: "COLOUR = 'red'\n"}

    assert of_samples(project, files, "COLOUR") == []


def test_what_a_program_fills_in(audit):
    """A key for which a program puts another one is no weak key."""
    files = {"app.py": LOADS.format("from_object('config')")}

    for key in ("{{ key }}", "${KEY}", "@KEY@", "<your key>"):
        audit("secret-key-guessable", {**files, "config.py.template": f"SECRET_KEY = '{key}'\n"})
        audit("secret-key-hardcoded", {**files, "config.py.template": f"SECRET_KEY = '{key}'\n"})


def test_key_of_a_sample(audit):
    """A weak key of a sample is one finding; a good one that everybody copies is another."""
    files = {"app.py": LOADS.format("from_object('config')")}
    weak = {**files, "config.py.example": "SECRET_KEY = 'change-me'\n" + " " * 13 + "^" * 11 + "\n"}
    good = "9f3c1d7b5a8e4f60b2c7d1e8a5f3094c6b7d2e1f8a9c0b3d"
    long = {
        **files,
        "config.py.example": f"SECRET_KEY = '{good}'\n" + " " * 13 + "^" * 50 + "\n",
    }

    (finding,) = audit("secret-key-guessable", weak)
    assert (finding.severity, finding.confidence) == ("medium", "medium")
    audit("secret-key-hardcoded", {**files, "config.py.example": "SECRET_KEY = 'change-me'\n"})
    audit("secret-key-hardcoded", long)


def test_debug_of_a_sample(audit):
    """Debugging that a sample turns on is told, with less weight."""
    files = {"app.py": LOADS.format("from_pyfile('config.py')")}

    (finding,) = audit(
        "debug-enabled", {**files, "config.py.sample": "DEBUG = True\n        ^^^^\n"}
    )

    assert (finding.severity, finding.confidence) == ("medium", "medium")


def test_passwords_of_a_sample(audit):
    """An address of a sample is for the strict: people fill their own in."""
    text = "SQLALCHEMY_DATABASE_URI = 'postgres://shop:s3cret@db/shop'\n"
    mark = " " * 26 + "^" * 32 + "\n"
    files = {"app.py": LOADS.format("from_pyfile('config.py')"), "config.py.sample": text + mark}

    (finding,) = audit("credentials-hardcoded", files)

    assert finding.audience == "strict"


def test_absences_beside_a_sample(outcome):
    """What a sample sets is not missing; what it leaves out may be set by the real file."""
    files = {
        "app.py": LOADS.format("from_pyfile('config.py')"),
        "config.py.sample": "SESSION_COOKIE_SECURE = True\n",
    }
    found = {f.rule: f for f in outcome(files).findings}

    assert "secret-key-missing" not in found
    assert found["session-cookie-insecure"].confidence == "medium"
    assert "SESSION_COOKIE_SECURE" not in found["session-cookie-insecure"].message


def test_a_project_is_the_same_when_it_is_asked_again(project):
    """Judging once more, as after rules gave up on a file, sees the sample in its place again."""
    first = project(
        {"app.py": LOADS.format("from_pyfile('config.py')"), "config.py.example": OTHER}
    )
    again = Project(Files(modules=first.modules))

    for whole in (first, again):
        assert [setting.value.value for setting in whole.settings("SECRET_KEY")] == ["k1"]

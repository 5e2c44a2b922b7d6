"""Files that the configuration is read from, told by the ends of their paths."""

from __future__ import annotations

import pytest

HEAD = "import json, tomllib, yaml, os\nfrom pathlib import Path\nfrom flask import Flask\n"


PY, CFG = "KEY = 'x'", "KEY = 'x'\nSECRET_KEY = 1"
JSON, TOML = '{"KEY": "x", "DEBUG": 1}', "[web]\nKEY = 'x'\nDEBUG = true"
PROD = "shop/conf/prod.py"
OPENED = "with open('c.json') as f:\n    a.config.update(json.load(f))"
TABLE = "with open('c.toml', 'rb') as f:\n    d = tomllib.load(f)\na.config.update(d['web'])"


@pytest.mark.parametrize(
    ("load", "path", "text"),
    [
        ("a.config.from_pyfile('config.cfg')", "instance/config.cfg", CFG),
        ("a.config.from_pyfile('config.py')", "instance/config.py", PY),
        ("a.config.from_pyfile('../settings.py')", "settings.py", PY),
        ("a.config.from_pyfile(Path(__file__).parent / 'conf' / 'prod.py')", PROD, PY),
        ("a.config.from_pyfile(os.path.join(BASE, 'conf', 'prod.py'))", PROD, PY),
        ("a.config.from_pyfile(f'conf/{os.environ[\"E\"]}.py')", "shop/conf/live.py", PY),
        ("a.config.from_pyfile(filename='conf/prod.py')", PROD, PY),
        ("a.config.from_envvar('SHOP_SETTINGS')", "conf/prod.cfg", CFG),
        ("a.config.from_file('s/c.toml', load=tomllib.load)", "s/c.toml", TOML),
        ("a.config.from_file('c.yaml', load=yaml.safe_load)", "c.yaml", "KEY: x\nDEBUG: no"),
        ("a.config.update(json.load(open('c.json')))", "c.json", JSON),
        (OPENED, "c.json", JSON),
        (TABLE, "c.toml", TOML),
        ("a.config.update(tomllib.loads(Path('c.toml').read_text()))", "c.toml", TOML),
    ],
)
def test_files(project, load, path, text):
    """Python, JSON, TOML and YAML files are found wherever the path says that they are."""
    files = {
        "shop/__init__.py": f"{HEAD}a = Flask('a', instance_relative_config=True)\n{load}\n",
        path: f"{text}\n",
        "Dockerfile": "FROM python\nENV SHOP_SETTINGS=/srv/conf/prod.cfg\n",
    }
    whole = project(files)
    (site,) = whole.sites
    found = [s for s in whole.configuration(site).of("KEY") if s.confidence == "high"]

    assert [(s.value.value, s.spot.path) for s in found] == [("x", path)]


def test_the_nearer_file_of_a_name(project):
    """Of two files of that name each app gets its own."""
    app = f"{HEAD}a = Flask('a')\na.config.from_file('c.json', load=json.load)\n"
    files = {
        "one/app.py": app,
        "one/c.json": '{"SECRET_KEY": "1"}',
        "two/app.py": app,
        "two/c.json": '{"SECRET_KEY": "2"}',
    }
    whole = project(files)

    for site, value in zip(whole.sites, ("1", "2"), strict=True):
        (setting,) = whole.configuration(site).of("SECRET_KEY")
        assert setting.value.value == value


def test_a_file_that_is_not_there_is_said(project):
    """A file that is not audited stays an unknown source."""
    whole = project({"app.py": f"{HEAD}a = Flask('a')\na.config.from_pyfile('local.py')\n"})
    (site,) = whole.sites

    assert [ld.method for ld in whole.configuration(site).unknown_sources()] == ["from_pyfile"]


def test_an_ini_file_is_no_python(outcome):
    """A ``.cfg`` file with sections, or in no Python, is left alone without a word."""
    files = {
        "app.py": "from flask import Flask\napp = Flask('a')\n",
        "tool.cfg": "[flask]\nSECRET_KEY = 'x'\n",
        "other.cfg": "SECRET_KEY = this is no Python\n",
    }
    found = outcome(files)

    assert found.not_audited == ()
    assert all(finding.path == "app.py" for finding in found.findings)


def test_defaults_below_a_file(audit):
    """A literal default that a file may replace is a fallback, and no certain key."""
    text = """
        import json
        from flask import Flask
        app = Flask(__name__)
        app.config.update({"SECRET_KEY": "default"} | json.load(open("other.json")))
                                         ^^^^^^^^^ The secret key is a literal unless
        """
    audit("secret-key-fallback", text)
    audit("secret-key-hardcoded", text.replace("^^^^^^^^^ The secret key is a literal unless", ""))

"""Where `dependency-outdated` fires, and where it must not."""

from __future__ import annotations

import pytest

from checks.advisories import advisories
from checks.versions import newest, version_of

RULE = "dependency-outdated"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "click\nFlask==2.2.2\n^^^^^^^^^^^^ flask 2.2.2: a caching proxy\n"),
        ("requirements/prod.txt", "flask[async] == 1.1.4  # pinned\n^^^^^^^^^^^^^^^^^^^^^\n"),
        ("requirements.txt", "Werkzeug<2.1\n^^^^^^^^^^^^ werkzeug below 2.1\n"),
        ("requirements.in", "flask~=2.0.1\n^^^^^^^^^^^^ flask below 2.1\n"),
        ("constraints.txt", "flask_user===1.0.2.2\n^^^^^^^^^^^^^^^^^^^^\n"),
        ("requirements.txt", "Flask==2.2.*\n^^^^^^^^^^^^\n".replace("2.2.*", "2.1.*")),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n  "Flask==2.3.1",\n  ^^^^^^^^^^^^^^\n  "click",\n]\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nflask = "^1.1"\n^^^^^^^^^^^^^^ flask below 2\n',
        ),
        ("Pipfile", '[packages]\nflask = "==1.0"\n^^^^^^^^^^^^^^^\n'),
        (
            "Pipfile.lock",
            '{"_meta": {},\n"default": {\n"flask": {\n"hashes": ["x"],\n"version": "==1.1.2"\n'
            '            ^^^^^^^\n}},\n"develop": {"werkzeug": {"version": "==0.9"}}}\n',
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "flask"\nversion = "1.1.2"\n           ^^^^^\n'
            'description = ""\ncategory = "main"\n\n'
            '[[package]]\nname = "werkzeug"\nversion = "1.0"\ncategory = "dev"\n',
        ),
        ("uv.lock", '[[package]]\nname = "flask"\nversion = "3.1.0"\n           ^^^^^\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    Flask==1.0\n    ^^^^^^^^^^\n"),
        (
            "setup.py",
            "from setuptools import setup\nsetup(install_requires=['Flask==0.12'])\n"
            "                        ^^^^^^^^^^^^^\n",
        ),
        (
            "Dockerfile",
            "FROM x\nRUN pip install flask==1.0 gunicorn\n^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        ),
        ("environment.yml", "dependencies:\n  - flask=1.1.2\n  ^^^^^^^^^^^^^\n"),
    ],
)
def test_found(audit, name, text):
    """A version with an advisory is reported wherever it is held."""
    audit(RULE, {name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "Flask==3.1.3\nWerkzeug==3.1.3\nFlask-Login==0.6.3\n"),
        ("requirements.txt", "Flask>=2.0\nWerkzeug\n"),
        ("requirements.txt", "# Flask==1.0\nmy-flask==1.0\n-r Flask==1.0\n"),
        ("requirements.txt", 'Flask==1.0 ; python_version < "3.8"\n'),
        ("requirements-dev.txt", "Flask==1.0\n"),
        ("requirements/test.txt", "Flask==1.0\n"),
        ("docs/requirements.txt", "Flask==1.0\n"),
        ("pyproject.toml", '[project]\ndependencies = ["Flask>=1.0,<4"]\n'),
        ("pyproject.toml", '[dependency-groups]\ndev = ["Flask==1.0"]\n'),
        ("pyproject.toml", '[tool.poetry.group.dev.dependencies]\nflask = "1.0"\n'),
        ("notes.txt", "Flask==1.0\n"),
    ],
)
def test_near_misses(audit, name, text):
    """Mended versions, open ranges, comments, and what only developers install are silent."""
    audit(RULE, {name: text})


def test_one_finding_for_one_version(audit):
    """The same version in two files is one finding that names the other."""
    found = audit(
        RULE,
        {
            "a/requirements.txt": "Flask==1.1.2\n^^^^^^^^^^^^\n",
            "b/requirements.txt": "Flask==1.1.2\n",
        },
    )
    assert [place.path for place in found[0].related] == ["b/requirements.txt"]


def test_lock_settles_a_range(audit):
    """A range is not reported where a lock holds a mended version."""
    audit(
        RULE,
        {
            "pyproject.toml": '[project]\ndependencies = ["Flask<3.0"]\n',
            "uv.lock": '[[package]]\nname = "flask"\nversion = "3.1.3"\n',
        },
    )


def test_message_names_what_to_do(audit):
    """The fix names the release that mends every advisory, the message the list's date."""
    found = audit(RULE, {"requirements.txt": "Flask==2.3.0\n^^^^^^^^^^^^\n"})[0]

    assert "3.1.3" in found.fix
    assert "CVE-2023-30861" in found.message
    assert advisories().checked in found.message


def test_package_without_a_mended_release(audit):
    """A package that nobody mends is to be replaced."""
    found = audit(RULE, {"requirements.txt": "Flask-User==1.0.2.2\n^^^^^^^^^^^^^^^^^^^\n"})[0]

    assert "replace" in found.fix


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("2.0rc1", "2.0"),
        ("2.0", "2.0.post1.1"),
        ("1!0.1", "2"),
        ("0.12.2", "0.12.3"),
    ],
)
def test_order_of_versions(older, newer):
    """Versions compare by their numbers, and what comes before a release is older than it."""
    assert version_of(older) <= version_of(newer)
    assert version_of("2.0") == version_of("2.0.0")


@pytest.mark.parametrize(
    ("spec", "kind", "text"),
    [
        ("==1.2", "exact", "1.2"), ("<2,>=1", "below", "2"), ("~=1.4.2", "below", "1.5"),
        ("^0.3.1", "below", "0.4"), ("^1.2", "below", "2"), ("~1.2", "below", "1.3"),
        ("<=1.4", "at most", "1.4"),
    ],
)  # fmt: skip
def test_newest(spec, kind, text):
    """A specifier's newest version is told for every operator that bounds it."""
    found = newest(spec)
    assert found is not None
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize("spec", ["", ">=1", "*", "!=2", "~=1", "<2 || >3", "@ git", "==x"])
def test_newest_unknown(spec):
    """What bounds nothing, or is no version, is left alone."""
    assert newest(spec) is None


TOKENS = """\
from flask_httpauth import HTTPTokenAuth
auth = HTTPTokenAuth()
@auth.verify_token
def check(token):
    return {answer}
"""


@pytest.mark.parametrize(
    ("package", "code", "audience"),
    [
        ("flask-httpauth", "import flask_profiler\n", "strict"),
        ("flask-httpauth", "from flask_httpauth import HTTPTokenAuth\n", "default"),
        ("flask-httpauth", "from flask_httpauth import HTTPBasicAuth\n", "strict"),
        ("flask-httpauth", TOKENS.format(answer="find(token)"), "default"),
        ("flask-httpauth", TOKENS.format(answer="find(token) if token else None"), "strict"),
        ("pyjwt", "import jwt\njwt.decode(t, key, algorithms=['RS256'])\n", "default"),
        ("pyjwt", "import jwt\njwt.decode(t, public_key)\n", "default"),
        ("pyjwt", "import jwt\njwt.decode(t, key, algorithms=['HS256'])\n", "strict"),
        ("python-jose", "from jose import jwt\njwt.decode(t, key, 'HS256')\n", "strict"),
        ("Flask-Security-Too", "from flask_security import Security\n", "default"),
        ("Flask-User", "from flask.ext.user import UserManager\n", "default"),
        ("Flask-User", "from flask_login import UserMixin\n", "strict"),
        ("werkzeug", "import flask_profiler\n", "default"),
    ],
)
def test_extension_that_is_only_brought_along(audit, package, code, audience):
    """What another package needs, or what the app has no use for, is for careful shops."""
    app = f"from flask import Flask\n{code}app = Flask(__name__)\n"
    line = f"{package}==0.5.0"
    files = {"app.py": app, "requirements.txt": f"{line}\n{'^' * len(line)}\n"}
    (finding,) = audit(RULE, files)

    assert finding.audience == audience


@pytest.mark.parametrize("order", ["utf-16", "utf-16-be"])
def test_pins_in_utf_16(outcome, tmp_path, order):
    """What PowerShell writes for `pip freeze >` is read, by the mark that it begins with."""
    folder = tmp_path / "project"
    folder.mkdir()
    mark = "\ufeff" if order == "utf-16-be" else ""
    text = f"{mark}click==8.1\r\nFlask==1.1.2\r\n"
    (folder / "requirements.txt").write_bytes(text.encode(order))
    found = [f for f in outcome({}).findings if f.rule == RULE]
    assert [(f.line, f.column) for f in found] == [(2, 1)]

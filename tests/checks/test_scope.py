"""Audits of a part: the whole project is resolved, and only the part is reported about."""

from __future__ import annotations

import json
import subprocess

import pytest

from checks.cli import main

APP = (
    "from flask import Flask\n"
    "from hardening import harden\n"
    "from shop.views import pages\n"
    "app = Flask(__name__)\n"
    "app.secret_key = 'dev'\n"
    "app.register_blueprint(pages)\n"
)
VIEWS = (
    "from flask import Blueprint, request\n"
    "from shop.models import User\n"
    "pages = Blueprint('pages', __name__)\n"
)
MODELS = "import hashlib\ndef digest(text):\n    return hashlib.md5(text.encode()).hexdigest()\n"
USES = (
    "from shop.models import digest\n"
    "@pages.post('/register')\n"
    "def register():\n"
    "    return digest(request.form['password'])\n"
)


@pytest.fixture
def project(write, monkeypatch):
    """A small project in a git repository; the current folder is its top."""
    root = write(
        {
            "pyproject.toml": "[project]\nname = 'shop'\n",
            "shop/__init__.py": "",
            "shop/app.py": APP,
            "shop/views.py": VIEWS,
            "shop/models.py": MODELS,
        }
    )
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "somebody@example.com")
    git("init", "-q", "-b", "main")
    commit()
    return root


def git(*arguments):
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit():
    git("add", "-A")
    git("commit", "-q", "-m", "work")


def found(capsys, *arguments):
    """Return the exit code and the findings as rule and path."""
    capsys.readouterr()
    code = main(["audit", "--format", "json", *arguments])
    document = json.loads(capsys.readouterr().out)
    return code, [(f["rule"], f["path"]) for f in document["findings"]]


def test_named_file(project, capsys):
    """A named file is judged with its project: what calls it says that it gets a password."""
    (project / "shop/views.py").write_text(VIEWS + USES)

    assert found(capsys, "shop/models.py") == (1, [("password-hash-fast", "shop/models.py")])
    assert {"shop/app.py", "shop/models.py"} <= {path for _, path in found(capsys)[1]}


def test_named_file_without_findings(project, capsys):
    """What is wrong elsewhere is not reported, and a note says so."""
    assert found(capsys, "shop/views.py") == (0, [])
    assert "the whole project was resolved" in main_notes(capsys, "shop/views.py")


def main_notes(capsys, *arguments):
    capsys.readouterr()
    main(["audit", *arguments])
    return capsys.readouterr().err


def test_paths_are_those_of_the_whole_audit(project, capsys, monkeypatch):
    """From another folder too, fingerprints are the same, so a baseline fits."""
    main(["baseline", ".", "--output", "known.json"])
    monkeypatch.chdir(project / "shop")

    assert found(capsys, "app.py", "--baseline", "../known.json") == (0, [])


def test_file_of_no_project_stays_alone(tmp_path, capsys, monkeypatch):
    """Nothing else in its folder is read."""
    place = tmp_path / "downloads"
    place.mkdir()
    (place / "app.py").write_text(APP)
    (place / "other.py").write_text(APP)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    main(["audit", str(place / "app.py"), "--format", "json"])

    assert json.loads(capsys.readouterr().out)["summary"]["files"] == 1


def test_named_file_that_cannot_be_read(project, capsys):
    """A gap in the named file decides; one elsewhere was not asked about."""
    (project / "shop/broken.py").write_text("import flask\ndef (:\n")

    assert found(capsys, "shop/broken.py", "--fail-on", "never")[0] == 3
    assert found(capsys, "shop/views.py")[0] == 0


@pytest.mark.parametrize("state", ["unstaged", "staged", "committed"])
def test_since(project, capsys, state):
    """A changed file is reported about, whether it is committed or not."""
    (project / "shop/models.py").write_text(MODELS + "# changed\n")
    (project / "shop/views.py").write_text(VIEWS + USES)
    commit()
    (project / "shop/models.py").write_text(MODELS)
    if state == "staged":
        git("add", "-A")
    if state == "committed":
        commit()

    revision = "HEAD~1" if state == "committed" else "HEAD"
    assert found(capsys, "--since", revision) == (1, [("password-hash-fast", "shop/models.py")])


def test_since_with_new_files(project, capsys):
    """A file that git does not know yet is new, unless it is ignored."""
    (project / ".gitignore").write_text("local.py\n")
    commit()
    for name in ("local.py", "odd näme.py"):
        (project / name).write_text(MODELS.replace("text", "password"))

    assert found(capsys, "--since", "HEAD") == (1, [("password-hash-fast", "odd näme.py")])


def test_since_nothing_changed(project, capsys):
    """Without a change there is nothing to report, from a kept outcome too."""
    assert found(capsys)[0] == 1
    assert found(capsys, "--since", "HEAD") == (0, [])
    assert found(capsys)[0] == 1


def test_since_a_branch_that_went_on(project, capsys):
    """What others did to the branch meanwhile is no change of ours."""
    git("branch", "work")
    (project / "shop/app.py").write_text(APP + "\n# theirs\n")
    commit()
    git("checkout", "-q", "work")

    assert found(capsys, "--since", "main") == (0, [])


def test_since_below_a_folder(project, capsys, monkeypatch):
    """The repository's top may be above the audited folder."""
    (project / "shop/app.py").write_text(APP + "# changed\n")
    paths = {path for _, path in found(capsys, "shop", "--since", "HEAD")[1]}

    assert paths == {"app.py"}


def test_since_removed_file(project, capsys):
    """A deleted file is no gap."""
    (project / "shop/models.py").unlink()

    assert found(capsys, "--since", "HEAD") == (0, [])


@pytest.mark.parametrize("revision", ["nonsense", "--output=x", "", "HEAD:shop/app.py"])
def test_since_refused(project, capsys, revision):
    """What names no commit exits 2 with the value; nothing is taken for an option of git's."""
    assert main(["audit", f"--since={revision}"]) == 2
    assert "--since" in capsys.readouterr().err
    assert not (project / "x").exists()


def test_since_outside_a_repository(write, monkeypatch, capsys, tmp_path):
    """Without a repository it exits 2."""
    monkeypatch.chdir(write({"app.py": APP}))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))

    assert main(["audit", "--since", "HEAD"]) == 2

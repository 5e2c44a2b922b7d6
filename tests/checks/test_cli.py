"""What the command prints, writes and exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.cli import main
from flask_hardening import __version__
from flask_hardening_keys import weakness

HERE = Path(__file__).resolve().parents[2]
APP = "from flask import Flask\nfrom hardening import harden\napp = Flask(__name__)\nharden(app)\n"
BAD = APP + "app.secret_key = 'dev'\n"


@pytest.fixture
def inside(write, monkeypatch):
    """Return a function that writes files and makes their folder the current one."""

    def inside(files):
        root = write(files)
        monkeypatch.chdir(root)
        return root

    return inside


def test_nothing_found_is_0(inside, capsys):
    """A project without findings exits 0."""
    inside({"app.py": APP})

    assert main(["audit"]) == 0
    assert "No findings" in capsys.readouterr().out


def test_findings_are_1(inside):
    """Findings at or above the default level exit 1."""
    inside({"app.py": BAD})

    assert main(["audit", "."]) == 1


@pytest.mark.parametrize(("level", "code"), [("high", 0), ("medium", 1), ("low", 1), ("never", 0)])
def test_fail_on(inside, level, code):
    """Only findings at or above the level decide the exit code."""
    inside({"app.py": APP + "import os\napp.secret_key = os.getenv('K', 'a' * 9)\n"})

    assert main(["audit", "--fail-on", level]) == code


def test_tests_and_examples_never_fail(inside):
    """What is wrong in tests and examples is reported apart and exits 0."""
    inside({"tests/app.py": BAD + "app.run(debug=True)\n", "examples/a.py": BAD})

    assert main(["audit"]) == 0


def test_named_example_folder_is_an_app(inside):
    """A folder that is audited by name is an app, whatever it is called."""
    inside({"examples/shop/app.py": BAD})

    assert main(["audit", "examples/shop"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit", "missing.py"], ["missing.py"]),
        (["audit", "--format", "pdf"], ["--format", "pdf", "json"]),
        (["audit", "--format", "json:"], ["--format", "json:"]),
        (["audit", "--format", "json", "--format", "text"], ["standard output"]),
        (["audit", "--select", "nonsense"], ["nonsense", "debug-enabled"]),
        (["audit", "--ignore", "nonsense"], ["nonsense", "debug-enabled"]),
        (["audit", "--fail-on", "blocker"], ["--fail-on", "blocker", "medium"]),
        (["audit", "--config", "missing.toml"], ["--config", "missing.toml"]),
        (["audit", "--jobs", "0"], ["--jobs", "'0'"]),
        (["audit", "--format", "json:no/such/folder/out.json"], ["no/such/folder/out.json"]),
        (["audit", "--nonsense"], ["--nonsense"]),
        (["explain", "nonsense"], ["nonsense", "debug-enabled"]),
        (["nonsense"], ["nonsense", "audit"]),
        ([], ["audit", "explain"]),
    ],
)
def test_wrong_use_is_2(inside, capsys, arguments, words):
    """Wrong use exits 2 and names the value and the choices; standard output stays empty."""
    inside({"app.py": BAD})

    assert main(arguments) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert all(word in err for word in words), err


def test_unparsable_file_is_3(inside):
    """A gap exits 3 where no finding decided it; never hides findings; survives ``never``."""
    root = inside({"app.py": APP, "broken.py": "def (:\n"})

    assert main(["audit"]) == 3
    assert main(["audit", "--fail-on", "never"]) == 3
    (root / "app.py").write_text(BAD)
    assert main(["audit"]) == 1
    assert main(["audit", "--fail-on", "never"]) == 3


def test_named_pipe_is_3(inside):
    """A named path that exists but is no regular file is not opened, and exits 3."""
    root = inside({"app.py": APP})
    os.mkfifo(root / "pipe.py")

    assert main(["audit", "pipe.py"]) == 3


def test_unreadable_named_path_is_3(inside, monkeypatch):
    """A named path that exists and cannot be read is a gap, not wrong use."""
    inside({"app.py": APP})

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("checks.collect.os.open", refuse)

    assert main(["audit", "app.py"]) == 3


def test_several_reports_in_one_run(inside, capsys):
    """Each report goes to its own place; standard error holds no report."""
    root = inside({"app.py": BAD})

    code = main(["audit", "--format", "json:out.json", "--format", "text"])

    assert code == 1
    assert json.loads((root / "out.json").read_text())["findings"]
    assert "secret-key-hardcoded" in capsys.readouterr().out
    assert sorted(p.name for p in root.iterdir()) == ["app.py", "out.json"]


def test_same_input_same_bytes(inside):
    """Two runs over the same files write the same bytes."""
    root = inside({"app.py": BAD, "b/app.py": BAD, "config.py": "SECRET_KEY = 'x'\n"})

    for name in ("one.json", "two.json"):
        main(["audit", "app.py", "b", "config.py", "--format", f"json:{name}"])

    assert (root / "one.json").read_bytes() == (root / "two.json").read_bytes()


def test_secret_is_never_printed(inside, capsys):
    """No format shows the value of a key."""
    inside({"app.py": APP + "app.secret_key = 'hunter2-hunter2'\n"})

    for name in ("text", "json", "sarif", "html"):
        main(["audit", "--format", name])

    assert "hunter2" not in "".join(capsys.readouterr())


def test_explain_rules_and_version(capsys):
    """The other commands print what they promise and exit 0."""
    assert main(["explain", "debug-enabled"]) == 0
    assert "Why it is bad" in capsys.readouterr().out
    assert main(["rules"]) == 0
    assert "secret-key-guessable" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flask-hardening {__version__}\n"


def test_secret_key_is_good(capsys):
    """The printed key is new each time and passes our own judgement."""
    keys = []
    for _ in range(2):
        assert main(["secret-key"]) == 0
        keys.append(capsys.readouterr().out.strip())

    assert keys[0] != keys[1]
    assert weakness(keys[0]) is None


def test_project_with_modules_of_our_names(inside):
    """A project with its own ``checks.py`` and ``hardening.py`` is audited like any other."""
    root = inside(
        {"app.py": BAD, "checks.py": "raise SystemExit('shadowed')\n", "hardening.py": ""}
    )
    code = f"import sys; sys.path.insert(1, {str(HERE)!r}); import flask_hardening as f"
    environment = {**os.environ, "PYTHONPATH": "."}

    done = subprocess.run(
        [sys.executable, "-c", f"{code}; sys.exit(f.main(['audit', '--format', 'json']))"],
        cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings"]


def test_closed_pipe_is_no_error(inside):
    """A reader that goes away early, as ``head`` does, leaves no traceback."""
    root = inside({f"app{n}.py": BAD for n in range(60)})
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import flask_hardening as f"
    run = subprocess.Popen(
        [sys.executable, "-c", f"{code}; sys.exit(f.main(['audit']))"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stderr is not None

    run.stdout.close()
    error = run.stderr.read()
    run.stderr.close()

    assert run.wait(timeout=60) == 1
    assert error == b""

"""bandit's tests in our audit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks import bandit, bandit_worker
from checks.cache import Cache
from checks.cli import main
from checks.errors import UsageError
from checks.options import Options
from checks.run import audit

TOP = Path(__file__).resolve().parents[2]
APP = (
    "import subprocess\n"
    "from flask import Flask\n"
    "from hardening import harden\n"
    "app = Flask(__name__)\n"
    "harden(app)\n"
    "def run(command):\n"
    "    subprocess.call(command, shell=True)\n"
)


def found(root, **options):
    """Return what bandit says, as id, path and line."""
    outcome = audit([str(root)], Options(bandit=True, **options))
    return [(f.rule, f.path, f.line) for f in outcome.findings if f.source == "bandit"]


def test_findings_are_bandits_own(write):
    """Every issue that plain bandit reports is there, at its place, with its levels."""
    root = write({"app.py": APP, "tests/test_app.py": "assert eval('1')\n"})
    command = [sys.executable, "-m", "bandit", "-q", "-r", "-f", "json", "."]
    told = subprocess.run(command, cwd=root, capture_output=True, check=False).stdout
    plain = {
        (r["test_id"], r["filename"].removeprefix("./"), r["line_number"], r["issue_severity"])
        for r in json.loads(told)["results"]
        if not r["test_id"].startswith("B8")
    }
    outcome = audit([str(root)], Options(bandit=True))
    ours = [f for f in outcome.findings if f.source == "bandit"]

    assert {(f.rule, f.path, f.line, f.severity.upper()) for f in ours} == plain != set()
    assert {f.context for f in ours if f.path == "tests/test_app.py"} == {"tests"}
    call = next(f for f in ours if f.rule == "B602")
    assert (call.column, call.end_column, call.cwe) == (5, 41, 78)
    assert call.fix.startswith("See https://bandit.readthedocs.io/")


def test_off_unless_asked_for(write):
    """Without the option nothing of bandit's runs or is imported."""
    root = write({"app.py": APP})
    program = (
        "import sys\nfrom checks.cli import main\nmain(['audit', '--no-cache'])\n"
        "sys.exit('bandit' in sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, check=False)

    assert done.returncode == 0
    assert not [f for f in audit([str(root)], Options()).findings if f.source == "bandit"]


@pytest.mark.parametrize(
    ("line", "ours", "theirs"),
    [
        ("app.config['SECRET_KEY'] = 'dev'\n", "secret-key-hardcoded", "B105"),
        ("app.config.from_mapping(\n    SECRET_KEY='dev',\n)\n", "secret-key-hardcoded", "B106"),
        ("app.run(debug=True)\n", "debug-enabled", "B201"),
        ("import requests\nrequests.get('https://x', verify=False)\n", "tls-unverified", "B501"),
    ],
)
def test_said_once(write, line, ours, theirs):
    """What one of our rules says there is not said again; without our rule it is."""
    root = write({"app.py": APP + line})
    both = {f.rule for f in audit([str(root)], Options(bandit=True)).findings}
    alone = {f.rule for f in audit([str(root)], Options(bandit=True, ignore=(ours,))).findings}

    assert ours in both
    assert theirs not in both
    # The key is told by two of our rules.
    assert theirs in alone or "secret-key-guessable" in alone


def test_other_line_is_said(write):
    """The same test elsewhere in the file stays."""
    root = write({"app.py": APP + "app.secret_key = 'dev'\npassword = 'abcdefgh'\n"})

    assert ("B105", "app.py", 9) in found(root)


def test_literals_are_not_repeated(write):
    """bandit's message quotes the password it found; ours does not."""
    root = write({"app.py": "password = 'hunter2-hunter2'\nconnect(password='hunter2-hunter2')\n"})
    outcome = audit([str(root)], Options(bandit=True, select=("B105", "B106")))

    assert {"B105", "B106"} <= {f.rule for f in outcome.findings}
    assert not [f for f in outcome.findings if "hunter2" in f.message]


def test_suppressions(write):
    """bandit's own comments hold, and so do ours, for files that our rules never parse."""
    text = (
        "x = 1\n" * 150
        + "a = eval('1')  # nosec B307\n"
        + "b = eval('2')  # hardening: ignore[B307] a constant\n"
        + "c = eval('3')\n"
    )
    outcome = audit([str(write({"tool.py": text}))], Options(bandit=True))

    assert [(f.rule, f.line, f.suppressed) for f in outcome.findings] == [
        ("B307", 152, "a constant"),
        ("B307", 153, None),
    ]
    assert outcome.sources == {"tool.py": text}


def test_unused_suppression(write):
    """A suppression of a test of bandit's is judged when bandit runs."""
    root = write({"app.py": APP + "x = 1  # hardening: ignore[B307] gone\n"})
    rules = [f.rule for f in audit([str(root)], Options(bandit=True)).findings]

    assert "suppression-unused" in rules
    assert "suppression-unused" not in [f.rule for f in audit([str(root)], Options()).findings]


def test_select_and_ignore(write):
    """Ids of bandit's tests are chosen like those of our rules."""
    root = write({"app.py": APP})

    assert {rule for rule, _, _ in found(root)} == {"B404", "B602"}
    assert {rule for rule, _, _ in found(root, ignore=("B404",))} == {"B602"}
    assert {rule for rule, _, _ in found(root, select=("B404",))} == {"B404"}
    assert found(root, select=("debug-enabled",)) == []


def test_settings_of_bandit(write, monkeypatch, capsys):
    """The project's own ``[tool.bandit]`` decides too."""
    settings = '[tool.bandit]\nskips = ["B404"]\nexclude_dirs = ["generated"]\n'
    files = {"app.py": APP, "generated/app.py": APP, "pyproject.toml": settings}
    monkeypatch.chdir(write(files))
    main(["audit", "--bandit", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]

    assert [(f["rule"], f["path"]) for f in findings if f["source"] == "bandit"] == [
        ("B602", "app.py")
    ]


def test_wrong_settings_are_refused(write, monkeypatch, capsys):
    """A wrong kind of value is named."""
    monkeypatch.chdir(write({"app.py": APP, "pyproject.toml": '[tool.bandit]\nskips = "B404"\n'}))

    assert main(["audit", "--bandit"]) == 2
    assert "skips" in capsys.readouterr().err


def test_select_without_bandit_is_refused(write, monkeypatch, capsys):
    """A test of bandit's that would silently not run is an error."""
    monkeypatch.chdir(write({"app.py": APP}))

    assert main(["audit", "--select", "B602"]) == 2
    assert "--bandit" in capsys.readouterr().err


def test_missing_bandit_is_named(write, monkeypatch):
    """The message holds the command that installs it."""

    def missing(name):
        raise bandit.PackageNotFoundError(name)

    monkeypatch.setattr(bandit, "version", missing)
    with pytest.raises(UsageError, match=r'pip install "flask-hardening\[audit\]"'):
        audit([str(write({"app.py": APP}))], Options(bandit=True))


def test_kept_outcomes_know_bandit(write, tmp_path):
    """A run with bandit is not answered by one without, nor the other way round."""
    root, cache = write({"app.py": APP}), Cache(tmp_path / "cache")
    asked = (False, True, False, True)
    runs = [audit([str(root)], Options(bandit=each), cache=cache) for each in asked]
    told = [sum(f.source == "bandit" for f in outcome.findings) for outcome in runs]

    assert told == [0, 2, 0, 2]
    assert runs[1] == runs[3]


def test_file_that_only_bandit_cannot_parse(write):
    """A file that our rules need not parse is a gap if bandit must and cannot."""
    text = "x = 1\n" * 150 + "def (:\n"
    outcome = audit([str(write({"tool.py": text}))], Options(bandit=True))

    assert [gap.path for gap in outcome.not_audited] == ["tool.py"]
    assert "bandit" in outcome.not_audited[0].reason


def test_file_that_takes_too_long(write, monkeypatch):
    """Whatever bandit does with a file, it has a bound, and the other files are checked."""
    monkeypatch.setattr(bandit_worker, "MOST_SECONDS", 0.2)
    real = bandit_worker._tested

    def slow(full, *arguments):
        while full.endswith("slow.py"):
            pass
        return real(full, *arguments)

    monkeypatch.setattr(bandit_worker, "_tested", slow)
    found, gaps = bandit_worker.scan(
        [(name, str(write({name: APP}) / name)) for name in ("slow.py", "quick.py")], None, (), ()
    )

    assert {issue[0] for issue in found} == {"quick.py"}
    assert [path for path, _ in gaps] == ["slow.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="the patch must reach the other processes")
def test_process_that_dies(write, monkeypatch):
    """A file that ends its process is a gap; every other one is checked."""
    real = bandit_worker._tested

    def deadly(full, *arguments):
        if full.endswith("deadly.py"):
            os._exit(1)
        return real(full, *arguments)

    monkeypatch.setattr(bandit_worker, "_tested", deadly)
    monkeypatch.setattr(bandit, "_CHUNK", 2)
    root = write({f"{name}.py": APP for name in ("a", "b", "deadly", "e", "f")})
    outcome = audit([str(root)], Options(bandit=True), jobs=2)

    assert [gap.path for gap in outcome.not_audited] == ["deadly.py"]
    paths = {f.path for f in outcome.findings if f.rule == "B602"}
    assert paths == {"a.py", "b.py", "e.py", "f.py"}


def test_number_of_processes_changes_nothing(write):
    """One process or three: the same findings in the same order."""
    root = write({f"a{number}.py": APP for number in range(40)})
    outcomes = [audit([str(root)], Options(bandit=True), jobs=jobs) for jobs in (1, 3)]

    assert outcomes[0] == outcomes[1]


def test_where_the_project_has_modules_of_our_names(write):
    """The audited project's checks.py and hardening.py are never imported."""
    shadow = "raise SystemExit('the project was run')\n"
    root = write({"app.py": APP, "checks.py": shadow, "hardening.py": shadow})
    command = [sys.executable, str(TOP / "flask_hardening.py"), "audit", "--bandit"]
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run(
        [*command, "--no-cache", "--format", "json", "--fail-on", "never"],
        cwd=root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert {"B602"} <= {f["rule"] for f in json.loads(done.stdout)["findings"]}

"""Suppressions, fingerprints and the project's own settings."""

from __future__ import annotations

import pytest

from checks.errors import UsageError
from checks.options import Options, find_file, read_options
from checks.reports import formats
from checks.rules import discover
from checks.run import audit
from checks.suppress import find_suppressions

APP = "from flask import Flask\nfrom hardening import harden\napp = Flask(__name__)\nharden(app)\n"
IGNORE = "hardening: ignore[secret-key-hardcoded, secret-key-guessable]"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"app.secret_key = 'dev'  # {IGNORE} only a demo", "only a demo"),
        (f"# {IGNORE} only a demo\napp.secret_key = 'dev'", "only a demo"),
        (f"# {IGNORE}\napp.secret_key = 'dev'", None),
        (f"x = 1  # {IGNORE} of another line\napp.secret_key = 'dev'", None),
        (f"# {IGNORE} too far\n\napp.secret_key = 'dev'", None),
        ("app.secret_key = 'dev'  # hardening: ignore[debug-enabled] other rule", None),
        (f"app.secret_key = (\n    'dev'  # {IGNORE} inside\n)", "inside"),
    ],
)
def test_python(outcome, line, reason):
    """A comment on the line or alone above it suppresses its rules, with a reason only."""
    files = {"app.py": f"{APP}{line}\n"}
    found = outcome(files, select=("secret-key-hardcoded", "secret-key-guessable")).findings

    assert {f.rule for f in found} == {"secret-key-hardcoded", "secret-key-guessable"}
    assert {f.suppressed for f in found} == {reason}


def test_missing_reason_is_noted(outcome):
    """A suppression without a reason is named in the notes."""
    notes = outcome({"app.py": APP + f"app.secret_key = 'dev'  # {IGNORE}\n"}).notes

    assert len(notes) == 1
    assert notes[0].startswith("app.py:5: ")


@pytest.mark.parametrize(
    "line",
    [
        "{# hardening: ignore[a-b] why #}", "<!-- hardening: ignore[a-b] why -->",
        "# hardening: ignore[a-b] why", "; hardening: ignore[a-b] why",
        "key = 1  # hardening:ignore[a-b]: why",
    ],
)  # fmt: skip
def test_comment_syntaxes(line):
    """Jinja, HTML, hash and semicolon comments are read; their ends are no reason."""
    ((found,),) = find_suppressions(line).values()

    assert (found.rules, found.reason) == (("a-b",), "why")


def test_fingerprints_survive_moves(outcome):
    """Other lines above change no fingerprint; equal findings have different ones."""
    lines = "app.secret_key = 'dev'\napp.secret_key = 'dev'\n"
    before = outcome({"app.py": APP + lines}, select=("secret-key-hardcoded",)).findings
    after = outcome({"app.py": "# new\n\n" + APP + "\n" + lines}, select=("secret-key-hardcoded",))

    assert len({f.fingerprint for f in before}) == 2
    assert [f.fingerprint for f in before] == [f.fingerprint for f in after.findings]


def options(root):
    rules = [rule.id for rule in discover()]
    return read_options(find_file(str(root)), rules=rules, formats=formats())


def test_pyproject(write):
    """Every key is read, from the nearest file above the root."""
    text = (
        '[tool.flask-hardening]\nselect = ["debug-enabled"]\nignore = []\nexclude = ["a/*"]\n'
        'fail-on = "high"\nstrict = true\nformat = ["json:x"]\nhttps = "proxy"\n'
    )
    root = write({"pyproject.toml": text, "src/app.py": ""})
    found = options(root / "src")

    assert found.select == ("debug-enabled",)
    assert (found.exclude, found.fail_on, found.strict) == (("a/*",), "high", True)
    assert (found.format, found.tool.https) == (("json:x",), "proxy")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("fail_on = 'high'", ["fail_on", "fail-on"]),
        ("fail-on = 'huge'", ["fail-on", "huge", "medium"]),
        ("select = ['nonsense']", ["select", "nonsense", "debug-enabled"]),
        ("strict = 'yes'", ["strict", "yes", "true"]),
        ("exclude = [1]", ["exclude", "list"]),
        ("https = true", ["https", "True", "proxy"]),
        ("format = 'pdf'", ["format", "pdf", "json"]),
    ],
)
def test_refused(write, line, words):
    """A wrong key or value is refused with file, key, value and choices."""
    root = write({"pyproject.toml": f"[tool.flask-hardening]\n{line}\n"})

    with pytest.raises(UsageError) as caught:
        options(root)

    assert all(word in str(caught.value) for word in ["pyproject.toml", *words])


def test_no_table(write):
    """Without a table, or without a file, everything is at its default."""
    assert options(write({"pyproject.toml": "[project]\nname = 'x'\n"})) == Options()


def test_json_is_suppressed_by_the_configuration(write):
    """A finding in a file without comments is suppressed by rule and path, with its reason."""
    root = write(
        {
            "app.py": "from flask import Flask\nimport json\napp = Flask(__name__)\n"
            'app.config.from_file("settings.json", load=json.load)\n',
            "settings.json": '{"SECRET_KEY": "dev"}',
            "pyproject.toml": "[[tool.flask-hardening.suppress]]\n"
            'rule = "secret-key-hardcoded"\npath = "settings.json"\nreason = "only for demos"\n',
        }
    )
    options = read_options(
        root / "pyproject.toml", rules=["secret-key-hardcoded"], formats=["text"]
    )
    found = audit([str(root)], options).findings
    reasons = [one.suppressed for one in found if one.rule == "secret-key-hardcoded"]

    assert ["only for demos"] == reasons


@pytest.mark.parametrize(
    "table",
    [
        'rule = "secret-key-hardcoded"\npath = "a.json"',
        'rule = "secret-key-hardcoded"\npath = "a.json"\nreason = " "',
        'rule = "no-such-rule"\npath = "a.json"\nreason = "why"',
    ],
)
def test_refused_suppression(write, table):
    """A configured suppression without a reason, or of an unknown rule, is refused."""
    root = write({"pyproject.toml": f"[[tool.flask-hardening.suppress]]\n{table}\n"})

    with pytest.raises(UsageError, match="suppress"):
        read_options(root / "pyproject.toml", rules=["secret-key-hardcoded"], formats=["text"])

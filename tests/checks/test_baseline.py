"""Findings that were there before, and reports side by side."""

from __future__ import annotations

import json

import pytest

from checks.cli import main

HEAD = "from flask import Flask\nfrom hardening import harden\napp = Flask(__name__)\nharden(app)\n"
KEY = "app.secret_key = 'dev'\n"


@pytest.fixture
def project(write, monkeypatch):
    """Return a function that writes app.py and makes its folder the current one."""

    def project(text, **files):
        monkeypatch.chdir(write({"app.py": HEAD + text, **files}))

    return project


def report(capsys, *arguments):
    """Return the exit code and the findings of an audit."""
    capsys.readouterr()
    code = main(["audit", "--format", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)["findings"]


def test_known_findings_are_hidden(project, capsys):
    """What the baseline knows neither fails nor is shown, moved lines or not."""
    project(KEY)
    assert main(["baseline"]) == 0
    project("# more\n\nimport os\n" + KEY)

    assert report(capsys, "--baseline", ".flask-hardening-baseline.json") == (0, [])
    assert report(capsys)[0] == 1


def test_one_entry_hides_one_finding(project, capsys):
    """A second finding of the same text is new."""
    project(KEY)
    main(["baseline", ".", "--output", "known.json"])
    project(KEY + KEY)
    code, findings = report(capsys, "--baseline", "known.json")

    assert code == 1
    assert {(f["rule"], f["line"]) for f in findings} == {
        ("secret-key-guessable", 6),
        ("secret-key-hardcoded", 6),
    }


def test_baseline_after_a_kept_outcome(project, capsys):
    """The outcome that is kept between runs is the whole one, with and without a baseline."""
    project(KEY)
    main(["baseline", ".", "--output", "known.json"])
    found = [len(report(capsys, *more)[1]) for more in ([], ["--baseline", "known.json"], [])]

    assert found == [2, 0, 2]


def test_suppressed_findings_are_not_written_down(project, tmp_path):
    """A suppression that is taken away is not hidden by an old baseline."""
    project(KEY.strip() + "  # hardening: ignore[secret-key-hardcoded, secret-key-guessable] why\n")
    main(["baseline", ".", "--output", "known.json"])

    assert json.loads((tmp_path / "project" / "known.json").read_text())["findings"] == []


def test_baseline_tells_what_it_hides(project, capsys):
    """The note says how many are still there, so that a baseline that is done can go."""
    project(KEY)
    main(["baseline", ".", "--output", "known.json"])
    project("")
    main(["audit", "--baseline", "known.json"])

    assert "0 of 2 findings in the baseline known.json are still there" in capsys.readouterr().out


def test_baseline_holds_no_secret_and_is_stable(project, tmp_path):
    """Fingerprints, rules and paths only; the same project gives the same bytes."""
    project("app.secret_key = 'hunter2-hunter2'\n")
    texts = []
    for name in ("one.json", "two.json"):
        main(["baseline", ".", "--output", name])
        texts.append((tmp_path / "project" / name).read_text())

    assert texts[0] == texts[1]
    assert "hunter2" not in texts[0]
    assert set(json.loads(texts[0])["findings"][0]) == {"path", "rule", "fingerprint"}


def test_baseline_in_the_configuration(project, write, capsys):
    """The key is a path beside the configuration file."""
    project(KEY)
    main(["baseline", ".", "--output", "known.json"])
    write({"pyproject.toml": '[tool.flask-hardening]\nbaseline = "known.json"\n'})

    assert report(capsys) == (0, [])
    main(["baseline", ".", "--output", "again.json"])
    assert report(capsys, "--baseline", "again.json") == (0, [])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "cannot read"),
        ("{", "no JSON"),
        ("[]", "no baseline"),
        ('{"schema": "flask-hardening/1", "findings": []}', "flask-hardening-baseline/1"),
        ('{"schema": "flask-hardening-baseline/1"}', "fingerprint"),
        ('{"schema": "flask-hardening-baseline/1", "findings": [{"rule": "x"}]}', "fingerprint"),
        ('{"schema": "flask-hardening-baseline/1", "findings": [1]}', "fingerprint"),
    ],
)
def test_refused_baseline(project, capsys, write, text, word):
    """A file that is no baseline is named with what it should be."""
    project(KEY)
    if text is not None:
        write({"known.json": text})

    assert main(["audit", "--baseline", "known.json"]) == 2
    told = capsys.readouterr().err
    assert "--baseline" in told
    assert word in told


def compare(capsys, old, new):
    capsys.readouterr()
    code = main(["compare", old, new])
    return code, capsys.readouterr().out.splitlines()


def test_compare(project, capsys):
    """New findings exit 1 and are listed; gone ones are only told."""
    project("")
    main(["audit", "--format", "json:clean.json"])
    project("# moved\n" + KEY)
    main(["audit", "--format", "json:bad.json"])
    code, lines = compare(capsys, "clean.json", "bad.json")

    assert (code, lines[0], lines[-1]) == (1, "New", "2 new, 0 gone, 0 in both.")
    assert lines[1].startswith("  app.py:6: high secret-key-")
    assert compare(capsys, "bad.json", "clean.json")[0] == 0
    assert compare(capsys, "bad.json", "clean.json")[1][-1] == "0 new, 2 gone, 0 in both."
    assert compare(capsys, "bad.json", "bad.json") == (0, ["0 new, 0 gone, 2 in both."])


def test_compare_counts_equal_findings(project, capsys):
    """One more of the same is new; one in an example is told and never fails."""
    project(KEY)
    main(["audit", "--format", "json:one.json"])
    project(KEY + KEY)
    main(["audit", "--format", "json:two.json"])
    assert compare(capsys, "one.json", "two.json")[0] == 1
    project(KEY, **{"examples/app.py": HEAD + KEY})
    main(["audit", "--format", "json:three.json"])
    code, lines = compare(capsys, "one.json", "three.json")

    assert code == 0
    assert any(line.endswith("(in example)") for line in lines)


def test_compare_without_suppressed(project, capsys):
    """A finding whose suppression goes is new; one that gets a suppression is gone."""
    project(KEY.strip() + "  # hardening: ignore[secret-key-hardcoded, secret-key-guessable] why\n")
    main(["audit", "--format", "json:quiet.json"])
    project(KEY)
    main(["audit", "--format", "json:loud.json"])

    assert compare(capsys, "quiet.json", "loud.json")[0] == 1
    assert compare(capsys, "loud.json", "quiet.json")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        '{"schema": "flask-hardening/2", "findings": []}',
        '{"schema": "flask-hardening/1"}',
        '{"schema": "flask-hardening/1", "findings": [{"rule": "x"}]}',
        '{"schema": "flask-hardening/1", "findings": 7}',
    ],
)
def test_compare_refuses(project, write, capsys, text):
    """What is no report of ours exits 2 and names the file."""
    project("")
    main(["audit", "--format", "json:good.json"])
    if text is not None:
        write({"odd.json": text})

    assert main(["compare", "good.json", "odd.json"]) == 2
    assert "odd.json" in capsys.readouterr().err

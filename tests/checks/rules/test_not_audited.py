"""Where `not-audited` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "not-audited"


@pytest.mark.parametrize(
    "text",
    [
        "def broken(:\n",
        "x = '\x00'\n",
        "# coding: no-such-encoding\nx = 1\n",
        "import flask\n" + "(" * 5000,
    ],
)
def test_unparsable(outcome, text):
    """A Python file that cannot be parsed is a finding and is listed; the rest is audited."""
    good = "from flask import Flask\napp = Flask(__name__)\napp.secret_key = 'dev'\n"

    found = outcome({"bad.py": text, "good.py": good})

    assert [f.path for f in found.findings if f.rule == RULE] == ["bad.py"]
    assert [gap.path for gap in found.not_audited] == ["bad.py"]
    assert any(f.rule == "secret-key-hardcoded" for f in found.findings)


def test_near_misses(audit):
    """Empty files, other encodings and files the audit never reads are no gaps."""
    audit(
        RULE,
        {"empty.py": "", "data.bin": "\x00", "notes.txt": "def (:", "package.json": "{ no json"},
    )


def test_templates_of_projects_are_no_gaps(outcome):
    """Python that Cookiecutter has yet to fill in is none; the same text elsewhere is a gap."""
    text = "import flask\ndef {{cookiecutter.name}}_view():\n    pass\n"

    found = outcome({"{{cookiecutter.name}}/views.py": text, "app/views.py": text})

    assert [gap.path for gap in found.not_audited] == ["app/views.py"]


def test_large_manuals_are_no_gaps(outcome):
    """A large page that is handed out as it is holds no template; one among templates is a gap."""
    page = "<p>manual</p>\n" * 80_000

    found = outcome({"static/manual.html": page, "docs/api.html": page, "templates/x.html": page})

    assert [gap.path for gap in found.not_audited] == ["templates/x.html"]


def test_one_reason(outcome):
    """Files with one reason are one finding with all of them; those of tests are apart."""
    old = "import flask\nprint 'hello'\n"
    sources = dict.fromkeys(("a.py", "b.py", "shop/c.py", "tests/test_d.py"), old)

    found = outcome({**sources, "bad.py": "import flask\ndef broken(:\n"})

    told = sorted((f.path, [p.path for p in f.related]) for f in found.findings if f.rule == RULE)
    assert told == [("a.py", ["b.py", "shop/c.py"]), ("bad.py", []), ("tests/test_d.py", [])]
    assert len(found.not_audited) == 5

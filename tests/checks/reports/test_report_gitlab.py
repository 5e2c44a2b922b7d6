"""Code Quality in GitLab."""

from __future__ import annotations

import json

import jsonschema

from checks.finding import Outcome
from checks.reports.gitlab import render

# GitLab publishes no schema for this report; these are the keys and values that its page calls
# required: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}


def test_everything(outcome: Outcome):
    """Every finding that is not suppressed, graded; tests are only information."""
    entries = json.loads(render(outcome))

    jsonschema.validate(entries, SCHEMA)
    assert [(e["check_name"], e["severity"], e["location"]["path"]) for e in entries] == [
        ("https-not-enforced", "major", "shop"),
        ("secret-key-guessable", "critical", "shop/web app/app.py"),
        ("login-redirects-anywhere", "minor", "shop/web app/app.py"),
        ("secret-key-guessable", "info", "shop/tests/settings.py"),
    ]
    assert entries[1] == {
        "description": "The secret key is shorter than 32 bytes. Whoever knows the key signs a "
        "session of any user. Read a random key of 32 bytes from the environment.",
        "check_name": "secret-key-guessable",
        "fingerprint": "5f2b:0",
        "severity": "critical",
        "location": {"path": "shop/web app/app.py", "lines": {"begin": 3, "end": 3}},
    }


def test_fingerprints_are_all_different(outcome: Outcome):
    """GitLab shows one of two entries with the same fingerprint, so there are none."""
    twice = outcome._replace(findings=(*outcome.findings, *outcome.findings))
    marks = [entry["fingerprint"] for entry in json.loads(render(twice))]

    assert len(marks) == len(set(marks)) == 8


def test_nothing_found_is_an_empty_list():
    """A clean audit is a report too."""
    assert json.loads(render(Outcome(root=".", findings=()))) == []

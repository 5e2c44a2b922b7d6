"""The report for programs, and the schema that it promises to keep."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from checks.finding import Outcome
from checks.reports.json import render, schema
from flask_hardening import __version__

KEY: dict[str, Any] = {
    "rule": "secret-key-guessable",
    "severity": "high",
    "confidence": "high",
    "audience": "default",
    "context": "app",
    "seen": ["source"],
    "message": "The secret key is shorter than 32 bytes.",
    "why": "Whoever knows the key signs a session of any user.",
    "fix": "Read a random key of 32 bytes from the environment.",
    "path": "web app/app.py",
    "line": 3,
    "column": 28,
    "end_line": 3,
    "end_column": 48,
    "fingerprint": "5f2b:0",
    "related": [{"path": "web app/wsgi.py", "line": 2, "message": "The app is served from here."}],
    "cwe": 1391,
    "asvs": ["11.5.1", "13.3.1"],
    "suppressed": None,
    "source": "flask-hardening",
}
HTTPS: dict[str, Any] = {
    "rule": "https-not-enforced",
    "severity": "medium",
    "confidence": "medium",
    "audience": "default",
    "context": "app",
    "seen": ["source"],
    "message": "Nothing makes HTTPS mandatory.",
    "why": "Whoever shares the network reads passwords.",
    "fix": "Call harden(app).",
    "path": None,
    "line": None,
    "column": None,
    "end_line": None,
    "end_column": None,
    "fingerprint": "",
    "related": [],
    "cwe": 319,
    "asvs": ["12.2.1"],
    "suppressed": None,
    "source": "flask-hardening",
}
IN_TESTS = KEY | {
    "context": "tests",
    "path": "tests/settings.py",
    "line": 1,
    "column": 14,
    "end_line": 1,
    "end_column": 29,
    "fingerprint": "",
    "related": [],
}
REDIRECT = HTTPS | {
    "rule": "login-redirects-anywhere",
    "severity": "low",
    "confidence": "high",
    "audience": "strict",
    "seen": ["source", "live"],
    "message": "The login goes to any address in next.",
    "why": "A link to this site ends on another.",
    "fix": "Check the host of the destination.",
    "path": "web app/app.py",
    "line": 8,
    "column": 19,
    "end_line": 8,
    "end_column": 39,
    "cwe": 601,
    "asvs": ["3.7.2"],
    "source": "bandit",
}
DEBUG = HTTPS | {
    "rule": "debug-enabled",
    "severity": "high",
    "confidence": "high",
    "message": "Debug mode is on.",
    "why": "The debugger runs code for whoever reaches it.",
    "fix": "Leave debug mode to the development server's command.",
    "path": "web app/run.py",
    "line": 4,
    "cwe": 489,
    "asvs": ["13.4.2"],
    "suppressed": {"reason": "only on a laptop"},
}


def test_the_document_is_exactly_the_promised_shape(outcome: Outcome):
    """Every key of the published shape, in its order, and no other."""
    expected = {
        "schema": "flask-hardening/1",
        "tool": {"name": "flask-hardening", "version": __version__},
        "root": "shop",
        "findings": [HTTPS, IN_TESTS, KEY, REDIRECT, DEBUG],
        "not_audited": [{"path": "web app/broken.py", "reason": "It is not Python: line 3."}],
        "posture": {
            "https": {"state": "absent", "evidence": "No Talisman, harden or redirect anywhere."},
            "login-limit": {
                "state": "undecided",
                "evidence": "A limiter is built in a function.",
            },
            "password-hash": {"state": "present", "evidence": "web app/models.py:12"},
        },
        "summary": {
            "app": {"high": 1, "medium": 1, "low": 1},
            "tests": {"high": 1, "medium": 0, "low": 0},
            "example": {"high": 0, "medium": 0, "low": 0},
            "suppressed": 1,
            "not_audited": 1,
            "files": 7,
        },
        "live": None,
    }

    assert render(outcome) == json.dumps(expected, indent=2) + "\n"


def test_the_published_schema_accepts_the_report(outcome: Outcome):
    """The schema is valid itself and describes what is written."""
    jsonschema.Draft202012Validator.check_schema(schema())

    jsonschema.validate(json.loads(render(outcome)), schema())


def test_the_schema_asks_for_every_key_that_is_written(outcome: Outcome):
    """No key is optional, so that a reader never has to guess; and none is undescribed."""
    document = json.loads(render(outcome))
    finding = schema()["$defs"]["finding"]

    assert sorted(schema()["required"]) == sorted(document)
    assert sorted(schema()["properties"]) == sorted(document)
    assert sorted(finding["required"]) == sorted(finding["properties"]) == sorted(KEY)


@pytest.mark.parametrize(
    ("key", "value"), [("severity", "critical"), ("line", 0), ("seen", []), ("suppressed", "yes")]
)
def test_the_schema_refuses_what_is_not_promised(outcome: Outcome, key: str, value: object):
    """The schema is strict enough to notice a wrong value."""
    document = json.loads(render(outcome))
    document["findings"][0][key] = value

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())

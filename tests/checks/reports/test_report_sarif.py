"""The report for code scanning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checks.finding import NotAudited, Outcome
from checks.reports.sarif import document, render
from checks.rule import Rule
from flask_hardening import __version__

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "data" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
)


@pytest.fixture
def run(outcome: Outcome, rules: tuple[Rule, ...]) -> dict[str, Any]:
    log = document(outcome, rules)
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_a_real_log_follows_the_official_schema(outcome: Outcome):
    """With the rules that discovery finds, not only with those of this test."""
    log = json.loads(render(outcome))

    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert log["version"] == "2.1.0"


def test_the_rule_table_holds_rules_found_and_not_found(run: dict[str, Any]):
    """Ours with their pages, others from what their findings say; sorted by id."""
    table = run["tool"]["driver"]["rules"]

    assert run["tool"]["driver"]["semanticVersion"] == __version__
    assert [rule["id"] for rule in table] == [
        "debug-enabled",
        "https-not-enforced",
        "login-redirects-anywhere",
        "secret-key-guessable",
    ]
    assert table[0] == {
        "id": "debug-enabled",
        "name": "DebugEnabled",
        "shortDescription": {"text": "Debug mode is on"},
        "fullDescription": {"text": "The debugger runs code for whoever reaches it."},
        "help": {
            "text": "Debug mode is on.\n\n## What it does\n\nLooks for `debug=True`.",
            "markdown": "Debug mode is on.\n\n## What it does\n\nLooks for `debug=True`.",
        },
        "helpUri": "https://cwe.mitre.org/data/definitions/489.html",
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["ASVS-13.4.2", "external/cwe/cwe-489", "security"],
            "precision": "high",
            "security-severity": "8.0",
        },
    }
    assert table[2]["help"]["text"] == (
        "A link to this site ends on another.\n\nCheck the host of the destination."
    )


def test_a_result_says_everything_and_quotes_no_secret(run: dict[str, Any]):
    """Place, related place, fingerprint; the line holds a key, so there is no snippet."""
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][2] == {
        "ruleId": "secret-key-guessable",
        "ruleIndex": 3,
        "level": "error",
        "message": {
            "text": "The secret key is shorter than 32 bytes. "
            "Whoever knows the key signs a session of any user. "
            "Read a random key of 32 bytes from the environment."
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "web%20app/app.py", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 3, "startColumn": 28, "endLine": 3, "endColumn": 48},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "web%20app/wsgi.py", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 2},
                },
                "message": {"text": "The app is served from here."},
            }
        ],
        "suppressions": [],
        "properties": {
            "severity": "high",
            "confidence": "high",
            "audience": "default",
            "context": "app",
            "seen": ["source"],
            "source": "flask-hardening",
        },
        "partialFingerprints": {"flaskHardening/v1": "5f2b:0"},
    }


def test_a_region_without_a_secret_is_quoted(run: dict[str, Any]):
    """A viewer without the sources can show the region."""
    region = run["results"][3]["locations"][0]["physicalLocation"]["region"]

    assert region["snippet"] == {"text": 'request.args["next"]'}


def test_what_has_no_place_has_no_location(run: dict[str, Any]):
    """No place is invented for what is missing in the whole project."""
    assert run["results"][0]["locations"] == []


def test_a_finding_in_tests_is_only_a_note(run: dict[str, Any]):
    """It is told, but it must not look like a hole in the app."""
    assert run["results"][1]["level"] == "note"
    assert run["results"][1]["properties"]["severity"] == "high"


def test_a_suppression_keeps_its_reason(run: dict[str, Any]):
    """A reader of the log sees that and why the finding was accepted."""
    assert run["results"][4]["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "only on a laptop"}
    ]


def test_what_was_not_audited_is_a_notification(run: dict[str, Any]):
    """A gap is an error of the run, a note only a note."""
    first, second = run["invocations"][0]["toolExecutionNotifications"]

    assert first["level"] == "error"
    assert first["message"]["text"] == (
        "web app/broken.py was not audited: It is not Python: line 3."
    )
    assert (second["level"], second["message"]["text"]) == (
        "note",
        "The rules for templates were not asked for.",
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b/ü.py", {"uri": "a%20b/%C3%BC.py", "uriBaseId": "SRCROOT"}),
        ("c:x/#1?.py", {"uri": "c%3Ax/%231%3F.py", "uriBaseId": "SRCROOT"}),
        ("100%.py", {"uri": "100%25.py", "uriBaseId": "SRCROOT"}),
        ("latin-\udce9.py", {"uri": "latin-%E9.py", "uriBaseId": "SRCROOT"}),
        ("/srv/other app/x.py", {"uri": "file:///srv/other%20app/x.py"}),
        ("C:\\other app\\x.py", {"uri": "file:///C:/other%20app/x.py"}),
    ],
)
def test_paths_become_uris(
    outcome: Outcome, rules: tuple[Rule, ...], path: str, expected: dict[str, str]
):
    """Spaces, other alphabets and odd bytes survive; what lies outside the root is absolute."""
    log = document(outcome._replace(not_audited=(NotAudited(path, "x"),)), rules)
    skipped = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]

    assert skipped["locations"][0]["physicalLocation"]["artifactLocation"] == expected

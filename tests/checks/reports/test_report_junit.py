"""Test results for CI servers."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import xmlschema

from checks.finding import Finding, Outcome
from checks.reports.junit import render

JENKINS = xmlschema.XMLSchema(Path(__file__).parents[2] / "data" / "junit-10.xsd")


def test_jenkins_takes_it(outcome: Outcome):
    """The report follows the schema that Jenkins' xUnit plugin checks."""
    JENKINS.validate(render(outcome))


def test_everything(outcome: Outcome):
    """The app's findings fail, suppressed ones and tests are skipped, gaps are errors."""
    top = ET.fromstring(render(outcome))
    suites = {suite.get("name"): suite for suite in top}

    assert list(suites) == [
        "debug-enabled",
        "https-not-enforced",
        "login-redirects-anywhere",
        "secret-key-guessable",
        "files",
    ]
    assert (top.get("tests"), top.get("failures"), top.get("errors")) == ("6", "3", "1")
    key = suites["secret-key-guessable"]
    assert (key.get("tests"), key.get("failures"), key.get("skipped")) == ("2", "1", "1")
    failure = key.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "high"
    assert (failure.text or "").split("\n") == [
        "web app/app.py:3:28: high secret-key-guessable The secret key is shorter than 32 bytes.",
        "why: Whoever knows the key signs a session of any user.",
        "fix: Read a random key of 32 bytes from the environment.",
        "see: web app/wsgi.py:2: The app is served from here.",
    ]
    skipped = suites["debug-enabled"].find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == "suppressed: only on a laptop"
    error = suites["files"].find(".//error")
    assert error is not None
    assert error.get("message") == "not audited: It is not Python: line 3."


def test_nothing_found_is_one_passed_test():
    """A server that refuses empty results sees that the audit ran."""
    text = render(Outcome(root=".", findings=()))
    top = ET.fromstring(text)

    JENKINS.validate(text)
    assert top.get("tests") == "1"
    assert [child.tag for child in top.iter("testcase")] == ["testcase"]
    assert not top.findall(".//failure")


def test_markup_and_controls_of_the_project():
    """Text of the project's neither ends an element nor makes the file unreadable."""
    odd = "</failure>]]>&\x00\x1b[31m\ufffe\ud800"
    found = Finding(
        "debug-enabled", "high", "high", "default", odd, odd, odd, 489, (), path=odd, line=1
    )
    text = render(Outcome(root=".", findings=(found,)))
    failure = ET.fromstring(text.encode()).find(".//failure")

    JENKINS.validate(text)
    assert failure is not None
    assert (failure.get("message") or "").startswith("</failure>]]>&\\x00\\x1b[31m")

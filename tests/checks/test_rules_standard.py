"""Every rule is held to one standard, and its examples are executed."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from checks.finding import SEVERITIES
from checks.options import Options
from checks.rule import Meta, Rule
from checks.rules import RuleError, discover, rule_of
from checks.run import audit

HEADINGS = ("What it does", "Why it is bad", "Bad", "Good", "How to fix", "References")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^(?:#|<!--|\{#|//) file: (\S+)[^\n]*\n")
# Weaknesses and gaps have no ASVS requirement where they are about the audit itself.
WITHOUT_ASVS = {
    "hardening-incomplete",
    "not-audited",
    "protection-not-initialised",
    "suppression-unused",
    "suppression-without-reason",
}
each_rule = pytest.mark.parametrize("rule", discover(), ids=lambda rule: rule.id)


def section(rule: Rule, heading: str) -> str:
    """Return the text below a heading of the rule's page."""
    pattern = rf"^{re.escape(heading)}\n-+\n(.*?)(?=^[^\n]+\n-+\n|\Z)"
    match = re.search(pattern, rule.page, re.MULTILINE | re.DOTALL)
    assert match, f"{rule.id} has no heading {heading!r}"
    return match.group(1)


def examples(rule: Rule, heading: str) -> dict[str, str]:
    """Return the files that the fenced blocks of a section show."""
    files = {}
    for language, text in _FENCE.findall(section(rule, heading)):
        assert language, f"{rule.id}: a fenced block does not say its language"
        match = _FILE.match(text)
        files[match.group(1) if match else "app.py"] = text
    assert files, f"{rule.id}: {heading} shows nothing"
    return files


@each_rule
def test_page_has_every_heading_in_order(rule):
    """A page has the six headings, in order, each with something below it."""
    found = re.findall(r"^([^\n]+)\n-+$", rule.page, re.MULTILINE)

    assert found == list(HEADINGS)
    assert all(section(rule, heading).strip() for heading in HEADINGS)


@each_rule
def test_sentences_end_properly(rule):
    """Why and fix are one sentence each; the summary is a title."""
    for text in (rule.meta.why, rule.meta.fix):
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert len(text) <= 160, text
    assert not rule.meta.summary.endswith(".")
    assert 0 < len(rule.meta.summary) <= 80
    assert rule.page.split("\n")[0].endswith(".")


@each_rule
def test_metadata(rule):
    """A rule has a weakness number, requirement ids and known levels."""
    assert rule.meta.cwe > 0
    assert rule.meta.severity in SEVERITIES
    assert rule.meta.confidence in SEVERITIES
    assert rule.meta.audience in ("default", "strict")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", text) for text in rule.meta.asvs)
    assert rule.meta.asvs or rule.id in WITHOUT_ASVS
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.id)


@each_rule
def test_references_are_links_or_requirements(rule):
    """Every reference is an address or an ASVS requirement, and the weakness is among them."""
    lines = [line for line in section(rule, "References").split("\n") if line.startswith("- ")]

    assert any(f"definitions/{rule.meta.cwe}.html" in line for line in lines)
    assert all("https://" in line or "ASVS" in line for line in lines)


@each_rule
def test_bad_example_is_found(rule, write):
    """The page's Bad example produces a finding of the rule."""
    outcome = audit([str(write(examples(rule, "Bad")))], Options(select=(rule.id,), strict=True))

    assert {finding.rule for finding in outcome.findings} == {rule.id}


@each_rule
def test_good_example_is_not_found(rule, write):
    """The page's Good example produces no finding of the rule."""
    outcome = audit([str(write(examples(rule, "Good")))], Options(select=(rule.id,), strict=True))

    assert outcome.findings == ()


@each_rule
def test_rule_has_its_own_test(rule, request):
    """Every rule has a test file of its own."""
    name = f"test_{rule.id.replace('-', '_')}.py"

    assert (request.path.parent / "rules" / name).is_file()


META = Meta(
    severity="low", confidence="low", cwe=1, asvs=(), summary="s", why="W.", fix="F."
)  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"check": print, "__doc__": "page"}, "no RULE"),
        ({"RULE": META, "__doc__": "page"}, "no function check"),
        ({"RULE": META, "check": print}, "no docstring"),
    ],
)
def test_malformed_module_is_named(attributes, message):
    """A module that is no rule is refused with its name and what it lacks."""
    module = ModuleType("third_party_rule")
    vars(module).update(attributes)

    with pytest.raises(RuleError, match=f"third_party_rule has {message}"):
        rule_of(module, "third-party-rule")


def test_discovery_is_sorted_and_unique():
    """Rules come sorted by id, each once."""
    ids = [rule.id for rule in discover()]

    assert ids == sorted(set(ids))
    assert "not-audited" in ids

"""The report for CI servers that show test results: JUnit XML as Jenkins reads it.

The schema: https://github.com/jenkinsci/xunit-plugin, ``junit-10.xsd``. Each rule with findings
is a test suite; a finding of the app is a failure, what never fails an audit is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from checks.finding import Finding, Outcome
from checks.lazy import lazy
from checks.reports.shared.visible import visible

# What XML 1.0 has no way to write, not even as a reference: https://www.w3.org/TR/xml/#charsets
_NOT_XML = lazy("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(outcome: Outcome) -> str:
    """Return `outcome` as one JUnit document; a clean audit has one test that passed."""
    top = ET.Element("testsuites", name="flask-hardening")
    ordered = sorted(outcome.findings, key=lambda finding: finding.rule)
    for rule, group in groupby(ordered, lambda finding: finding.rule):
        _suite(top, rule, [_case(finding) for finding in group])
    if outcome.not_audited:
        _suite(top, "files", [_gap(gap.path, gap.reason) for gap in outcome.not_audited])
    if not len(top):
        _suite(top, "audit", [_element("testcase", name="no findings", classname="audit")])
    top.set("tests", str(sum(1 for _ in top.iter("testcase"))))
    top.set("failures", str(sum(1 for _ in top.iter("failure"))))
    top.set("errors", str(sum(1 for _ in top.iter("error"))))
    ET.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(top, "unicode") + "\n"


def _suite(top: ET.Element, name: str, cases: list[ET.Element]) -> None:
    suite = _element("testsuite", name=name, tests=str(len(cases)))
    suite.extend(cases)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(1 for _ in suite.iter(tag))))
    top.append(suite)


def _case(finding: Finding) -> ET.Element:
    case = _element("testcase", name=f"{_place(finding)}: {finding.message}")
    case.set("classname", _text(finding.rule))
    if finding.suppressed is not None:
        case.append(_element("skipped", message=f"suppressed: {finding.suppressed}"))
    elif finding.context != "app":
        where = "tests" if finding.context == "tests" else "an example"
        case.append(_element("skipped", message=f"in {where}: {finding.message}"))
    else:
        failure = _element("failure", message=finding.message, type=finding.severity)
        failure.text = _text("\n".join(_details(finding)))
        case.append(failure)
    return case


def _details(finding: Finding) -> Iterator[str]:
    yield f"{_place(finding)}: {finding.severity} {finding.rule} {finding.message}"
    yield f"why: {finding.why}"
    yield f"fix: {finding.fix}"
    for place in finding.related:
        yield f"see: {place.path}:{place.line}: {place.message}"


def _gap(path: str, reason: str) -> ET.Element:
    case = _element("testcase", name=path, classname="not-audited")
    case.append(_element("error", message=f"not audited: {reason}", type="not-audited"))
    return case


def _place(finding: Finding) -> str:
    parts = [finding.path or "(project)", finding.line, finding.column]
    return ":".join(str(part) for part in parts if part is not None)


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _text(value) for name, value in attributes.items()})


def _text(text: str) -> str:
    """Return `text` without what acts on a terminal or cannot stand in XML."""
    return _NOT_XML.sub("\ufffd", "\n".join(visible(line) for line in text.split("\n")))

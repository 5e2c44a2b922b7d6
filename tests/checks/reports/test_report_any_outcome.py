"""Properties that hold for every outcome, however odd its texts and places are."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import jsonschema
import xmlschema
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from checks import reports
from checks.finding import Finding, LeftOut, Live, NotAudited, Outcome, Place, Protection
from checks.reports.json import schema

SARIF = jsonschema.Draft4Validator(
    json.loads(
        (Path(__file__).parents[2] / "data" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
    )
)
JUNIT = xmlschema.XMLSchema(Path(__file__).parents[2] / "data" / "junit-10.xsd")
NO_LINKS = {"linkify": False}
SHOWN = {
    *("h2", "h3", "p", "code", "pre", "ul", "li", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
OURS = jsonschema.Draft202012Validator(schema())

# Any text, lone surrogates included: a path may hold bytes that are no text.
texts = st.text(st.characters(), max_size=30)
paths = st.one_of(
    st.sampled_from(["app.py", "a b/ü.py", ".env", "page.html", "c:d.py", "世/界.py"]),
    st.text(st.characters(), min_size=1, max_size=12),
)
numbers = st.none() | st.integers(min_value=1, max_value=40)
levels = st.sampled_from(["high", "medium", "low"])
rules = st.sampled_from(["secret-key-hardcoded", "debug-enabled", "B105", "password-exposed"])
findings = st.builds(
    Finding,
    rule=rules,
    severity=levels,
    confidence=levels,
    audience=st.sampled_from(["default", "strict"]),
    message=texts,
    why=texts,
    fix=texts,
    cwe=st.integers(min_value=1, max_value=2000),
    asvs=st.lists(st.sampled_from(["13.3.1", "99.1", "odd"]), max_size=2).map(tuple),
    path=st.none() | paths,
    line=numbers,
    column=numbers,
    end_line=numbers,
    end_column=numbers,
    context=st.sampled_from(["app", "tests", "example"]),
    seen=st.sampled_from([("source",), ("live",), ("source", "live")]),
    fingerprint=st.sampled_from(["", "ab:0"]),
    related=st.lists(
        st.builds(Place, path=paths, line=st.integers(1, 40), message=texts), max_size=2
    ).map(tuple),
    suppressed=st.none() | texts,
    source=st.sampled_from(["flask-hardening", "bandit"]),
)
held = st.sampled_from([("audit hook",), ("audit hook", "namespace")])
lives = st.builds(
    Live,
    app=texts.filter(bool),
    network=held,
    files=held,
    refused=st.dictionaries(st.sampled_from(["network", "files"]), st.integers(1, 9)),
    like_production=st.booleans(),
    left_out=st.lists(
        st.builds(
            LeftOut,
            rule=rules,
            path=st.none() | paths,
            line=numbers,
            message=texts,
            because=texts,
        ),
        max_size=2,
    ).map(tuple),
    facts=st.dictionaries(texts, st.none() | texts | st.lists(texts, max_size=2), max_size=2),
)
outcomes = st.builds(
    Outcome,
    root=texts,
    findings=st.lists(findings, max_size=4).map(tuple),
    not_audited=st.lists(st.builds(NotAudited, path=paths, reason=texts), max_size=2).map(tuple),
    posture=st.lists(
        st.builds(
            Protection,
            name=texts,
            state=st.sampled_from(["present", "absent", "undecided"]),
            evidence=texts,
        ),
        max_size=2,
    ).map(tuple),
    files=st.integers(min_value=0, max_value=9),
    notes=st.lists(texts, max_size=2).map(tuple),
    sources=st.dictionaries(paths, st.text(st.characters(), max_size=80), max_size=3),
    apps=st.integers(min_value=0, max_value=3),
    live=st.none() | lives,
)


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_json_keeps_its_schema(outcome: Outcome):
    """Whatever the texts are, a reader gets the promised shape in plain ASCII."""
    text = reports.render("json", outcome)

    assert text.isascii()
    assert not re.search(r"\\ud[89a-f]", text.replace("\\\\", "")) or surrogates_paired(text)
    document = json.loads(text)
    OURS.validate(document)
    assert len(document["findings"]) == len(outcome.findings)


def surrogates_paired(text: str) -> bool:
    """Return whether every surrogate escape is half of one character."""
    json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")  # raises where one is alone
    return True


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_sarif_keeps_the_official_schema(outcome: Outcome):
    """Every log is valid, its URIs lead back to the paths, its rules exist."""
    log = json.loads(reports.render("sarif", outcome))
    SARIF.validate(log)
    run = log["runs"][0]
    table = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert max(Counter(table).values(), default=0) <= 1
    for found, result in zip(outcome.findings, run["results"], strict=True):
        assert table[result["ruleIndex"]] == result["ruleId"] == found.rule
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9._~%/:-]+", uri)
            if not urlsplit(uri).scheme:
                assert unquote(uri, errors="surrogateescape").replace("?", "") == (
                    (found.path or "")
                    .encode("utf-8", "surrogateescape" if round_trips(found.path) else "replace")
                    .decode("utf-8", "surrogateescape")
                    .replace("?", "")
                )


def round_trips(path: str | None) -> bool:
    """Return whether `path` is text, or bytes as Python's file functions give them."""
    try:
        (path or "").encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_text_has_nothing_that_acts(outcome: Outcome):
    """The only control character is the newline between lines; every line can be encoded."""
    text = reports.render("text", outcome)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", text)
    text.encode("utf-8")


class Tags(HTMLParser):
    """Counts the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen[tag] += 1


@settings(max_examples=40, deadline=None)
@given(outcomes)
def test_html_has_the_tags_of_the_template_only(outcome: Outcome):
    """One page with harmless words and one with markup in their place have the same tags."""
    text = reports.render("html", outcome)
    text.encode("utf-8")

    assert not {"script", "img", "iframe", "b"} & set(Tags(text).seen)

    evil = "<b><script src=//x></script>"
    hostile = outcome._replace(root=evil, notes=tuple(evil for _ in outcome.notes))
    harmless = outcome._replace(root="x", notes=tuple("x" for _ in outcome.notes))
    assert Tags(reports.render("html", hostile)).seen == Tags(reports.render("html", harmless)).seen


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(
        [
            'app.secret_key = "{}"',
            "app.config['SECRET_KEY'] = f'{}'",
            'os.environ.get("SECRET_KEY", "{}")',
            'config.update(SECRET_KEY=b"{}", x=1)  # {}',
            'KEY = """{}\n{}"""',
            'x = ("{}"\n',
            "SECRET_KEY={}  # {}",
        ]
    ),
    st.sampled_from(["app.py", ".env", "settings.toml", "Dockerfile"]),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 3),
)
def test_no_span_uncovers_a_secret(line: str, path: str, start: int, end: int, last: int):
    """Wherever a secret rule's span begins and ends, the key is in no report."""
    # Unquoted in Python it would be a name, not a key.
    assume(not (path.endswith(".py") and line.startswith("SECRET_KEY={}")))
    key = "k3yk3y"
    finding = Finding(
        rule="secret-key-guessable",
        severity="high",
        confidence="high",
        audience="default",
        message="m",
        why="w",
        fix="f",
        cwe=1391,
        asvs=(),
        path=path,
        line=1,
        column=start,
        end_line=last,
        end_column=end,
    )
    outcome = Outcome(root=".", findings=(finding,), sources={path: line.replace("{}", key) + "\n"})

    for name in reports.formats():
        assert "k3y" not in reports.render(name, outcome)


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_junit_keeps_the_schema_of_jenkins(outcome: Outcome):
    """Whatever the texts are, the document is XML that can be written as UTF-8."""
    text = reports.render("junit", outcome)

    JUNIT.validate(text)
    cases = len(outcome.findings) + len(outcome.not_audited)
    assert len(ET.fromstring(text.encode()).findall(".//testcase")) == max(cases, 1)


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_github_has_one_line_for_each_command(outcome: Outcome):
    """No text adds a line, so none adds a command."""
    text = reports.render("github", outcome)
    shown = [finding for finding in outcome.findings if finding.suppressed is None]

    text.encode("utf-8")
    assert len(re.findall("^::", text, re.MULTILINE)) == len(shown) + len(outcome.not_audited)
    assert re.split("\r\n|\r|\n", text)[-2].startswith("flask-hardening: ")


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_gitlab_names_every_finding_once(outcome: Outcome):
    """Every entry has a fingerprint of its own."""
    entries = json.loads(reports.render("gitlab", outcome))
    shown = [finding for finding in outcome.findings if finding.suppressed is None]

    assert len(entries) == len(shown) == len({entry["fingerprint"] for entry in entries})


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_markdown_has_nothing_that_acts(outcome: Outcome):
    """No element, link or picture comes from the outcome's texts."""
    text = reports.render("markdown", outcome)
    tags = set(re.findall(r"<(/?[a-zA-Z]\w*)", MarkdownIt("gfm-like", NO_LINKS).render(text)))

    text.encode("utf-8")
    assert {tag.strip("/") for tag in tags} <= SHOWN

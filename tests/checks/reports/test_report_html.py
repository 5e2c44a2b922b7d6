"""The page for people who decide."""

from __future__ import annotations

import base64
import builtins
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import checks.reports
from checks.errors import UsageError
from checks.finding import Finding, NotAudited, Outcome, Place, Protection
from checks.reports.html import page
from checks.rule import Rule
from flask_hardening import __version__

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects what a browser would show and ask for; refuses tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "title"} and data.strip():
            self.words.append(" ".join(data.split()))


EXPECTED = """\
Flask security audit | shop | 1 serious finding needs to be fixed. 1 file could not be audited.
1 | high | 1 | medium | 1 | low | 7 | files read | 1 | not audited
Protections | What guards this app, where it is configured, and what the sources cannot tell.
Protection | State | Evidence
https | absent | No Talisman, harden or redirect anywhere.
login-limit | undecided | A limiter is built in a function.
password-hash | present | web app/models.py:12
Findings
High | 1
The secret key can be guessed
high | secret-key-guessable | CWE-1391 | ASVS 11.5.1 | ASVS 13.3.1
Why | Whoever knows the key signs a session of any user.
Fix | Read a random key of 32 bytes from the environment.
web app/app.py:3:28 | The secret key is shorter than 32 bytes.
3 | app.config["SECRET_KEY"] = | "…" | #…
web app/wsgi.py:2 | The app is served from here.
Medium | 1
Nothing makes HTTPS mandatory.
medium | https-not-enforced | CWE-319 | ASVS 12.2.1
Why | Whoever shares the network reads passwords.
Fix | Call harden(app).
Project as a whole | confidence medium | Nothing makes HTTPS mandatory.
Low | 1
The login goes to any address in next.
low | login-redirects-anywhere | CWE-601 | ASVS 3.7.2 | bandit
Why | A link to this site ends on another.
Fix | Check the host of the destination.
web app/app.py:8:19 | strict | seen live | The login goes to any address in next.
8 | return redirect( | request.args["next"] | )
In tests | 1 finding (1 high); these never fail an audit
The secret key can be guessed
high | secret-key-guessable | CWE-1391 | ASVS 11.5.1 | ASVS 13.3.1
Why | Whoever knows the key signs a session of any user.
Fix | Read a random key of 32 bytes from the environment.
tests/settings.py:1:14 | The secret key is shorter than 32 bytes.
1 | SECRET_KEY = | "…"
Suppressed | Found, and accepted by the project with a reason.
Place | Rule | Severity | Reason
web app/run.py:4 | debug-enabled | high | only on a laptop
Not audited | Nothing can be said about these.
Path | Reason
web app/broken.py | It is not Python: line 3.
Notes | The rules for templates were not asked for."""


def test_the_page_shows_everything_an_outcome_has(outcome: Outcome, rules: tuple[Rule, ...]):
    """Verdict, counts, protections, findings by severity, then what else there is to know."""
    words = Reader(page(outcome, rules)).words
    footer = words.index(f"Made by flask-hardening {__version__}.")

    assert words[:footer] == re.split(r" \| |\n", EXPECTED)


def test_a_clean_project_gets_a_short_page():
    """No empty section, no empty table."""
    reader = Reader(page(Outcome(root=".", findings=(), files=3), ()))

    assert "Nothing was found." in reader.words
    assert not [tag for tag, _ in reader.tags if tag in {"table", "article", "details"}]


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        (["high", "high", "low"], "2 serious findings need to be fixed."),
        (["medium"], "Nothing serious; 1 finding to be fixed."),
        (["low", "low"], "Nothing serious; 2 minor findings."),
    ],
)
def test_the_verdict_is_the_worst_severity(outcome: Outcome, severities: list[Any], verdict: str):
    """One line that a reader can repeat."""
    findings = tuple(outcome.findings[0]._replace(severity=severity) for severity in severities)

    assert verdict in Reader(page(Outcome(root=".", findings=findings), ())).words


def test_findings_with_the_same_reason_share_it(outcome: Outcome):
    """Ten places of one mistake are one entry with ten places."""
    first = outcome.findings[0]
    findings = tuple(first._replace(path="a.py", line=number) for number in range(1, 11))
    reader = Reader(page(Outcome(root=".", findings=findings), ()))

    assert reader.words.count(first.why) == 1
    assert [word for word in reader.words if word.startswith("a.py:")] == [
        f"a.py:{number}" for number in range(1, 11)
    ]


def test_backticks_become_code():
    """A sentence may name code; a lone backtick is only a character."""
    outcome = Outcome(root=".", findings=(), notes=("Use `a < b`.", "A ` alone."))
    text = page(outcome, ())

    assert "Use <code>a &lt; b</code>." in text
    assert "A ` alone." in text


def test_nothing_of_the_project_becomes_markup():
    """File contents, names, messages and reasons are text, whatever they say."""
    evil = "</title></pre><script>alert(1)</script><img src=x onerror=alert(1)>'\"`&{{7*7}}\x00\x1b"
    finding = Finding(
        rule="debug-enabled",
        severity="high",
        confidence="high",
        audience="default",
        message=evil,
        why=evil,
        fix=f"`{evil.replace('`', '')}`",
        cwe=489,
        asvs=("</a>",),
        path=evil,
        line=1,
        column=3,
        end_line=1,
        end_column=9,
        related=(Place(evil, 1, evil),),
    )
    text = page(
        Outcome(
            root=evil,
            findings=(finding, finding._replace(suppressed=evil)),
            not_audited=(NotAudited(evil, evil),),
            posture=(Protection(evil, "absent", evil),),
            notes=(evil,),
            sources={evil: evil},
        ),
        (),
    )
    reader = Reader(text)

    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]
    assert "\x00" not in text
    assert "\x1b" not in text
    assert "{{7*7}}" in text


def test_the_page_asks_for_nothing(outcome: Outcome, rules: tuple[Rule, ...]):
    """No script, no style but its own, no picture, no request: the policy in it says so."""
    text = page(outcome, rules)
    reader = Reader(text)
    css = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert css
    digest = base64.b64encode(hashlib.sha256(css.group(1).encode()).digest()).decode()
    policy = next(a["content"] for tag, a in reader.tags if tag == "meta" and "http-equiv" in a)

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not [attrs for _, attrs in reader.tags if {"src", "style"} & attrs.keys()]
    assert not re.search(r"url\(|@import", css.group(1))
    assert {tag for tag, attrs in reader.tags if "href" in attrs} == {"a"}


def test_the_page_can_be_read_by_everyone(outcome: Outcome, rules: tuple[Rule, ...]):
    """Language, one first heading, no level skipped, named sections, table headers, ids once."""
    reader = Reader(page(outcome, rules))
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h\d", tag)]
    labels = [a["aria-labelledby"] for tag, a in reader.tags if tag == "section"]

    assert ("html", {"lang": "en"}) in reader.tags
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert set(labels) <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    assert all(attrs.get("scope") for tag, attrs in reader.tags if tag == "th")


def test_colours_have_the_contrast_of_wcag_aa():
    """Every text colour on every ground it stands on is at least 4.5 to 1, light and dark."""
    css = Path(checks.reports.__file__).parent.joinpath("templates/report.css").read_text()
    schemes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    ]
    pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("page", "card")]
    pairs += [("ink", "code"), ("soft", "code")]
    for name in ("high", "medium", "low", "good"):
        pairs += [(name, f"{name}-soft"), (name, "card"), ("ink", f"{name}-soft")]
    low = [
        (ink, ground)
        for scheme in schemes
        for ink, ground in pairs
        if contrast(scheme[ink], scheme[ground]) < 4.5
    ]

    assert len(schemes) == 2
    assert low == []


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 for two colours such as ``#a8151b``."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_without_jinja2_the_message_names_the_command(monkeypatch: pytest.MonkeyPatch):
    """What is missing is named with the command that installs it."""
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "jinja2":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(UsageError, match=r'pip install "flask-hardening\[audit\]"'):
        page(Outcome(root=".", findings=()), ())

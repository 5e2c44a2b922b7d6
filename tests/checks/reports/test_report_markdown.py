"""The report for a pull request's comment."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from checks.finding import Finding, Outcome, Place
from checks.reports.markdown import render


class Page(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(MarkdownIt("gfm-like", {"linkify": False}).render(text))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_everything(outcome: Outcome):
    """Summary first, then findings of the app, tables for the rest."""
    page = Page(render(outcome))

    assert page.text.split("\n", 3)[:2] == [
        "flask-hardening",
        "3 findings in shop: 1 high, 1 medium, 1 low; in tests: 1 high; 1 suppressed; "
        "1 not audited; 7 files read.",
    ]
    headings = re.findall(r"^### (.*)$", render(outcome), re.MULTILINE)
    assert [re.sub("<[^>]+>", "", heading) for heading in headings] == [
        "medium: https-not-enforced",
        "high: secret-key-guessable",
        "low: login-redirects-anywhere (bandit)",
        "In tests and examples",
        "Suppressed",
        "Not audited",
        "Protections",
    ]
    assert page.elements.count("table") == 4
    assert page.elements.count("pre") == 2
    assert "web app/wsgi.py:2: The app is served from here." in page.text
    assert "only on a laptop" in page.text


def test_text_of_the_project_is_shown_letter_for_letter():
    """Markup, mentions, links, tables and fences in a path, message or line do nothing."""
    odd = "<img src=x> [a](http://b) ![i](j) @team #12 | `x` *y* ~~z~~ $k$ &lt; https://c.d _e_"
    found = Finding(
        "debug-enabled", "high", "high", "default", odd, odd, odd, 489, (), path=odd, line=1,
        related=(Place(odd, 1, odd),),
    )  # fmt: skip
    text = render(Outcome(root=odd, findings=(found,), notes=(odd,), sources={odd: f"```{odd}"}))
    page = Page(text)

    allowed = {"h2", "h3", "p", "code", "pre", "ul", "li"}
    assert set(page.elements) <= allowed
    assert page.text.count(odd) >= 7
    assert f"```{odd}" in page.text
    assert not re.search(r"(?<![\w`])@team|(?<!&)#12", re.sub(r"`{4}.*?`{4}", "", text, flags=re.S))


def test_nothing_found():
    """A clean audit says so in two lines."""
    assert render(Outcome(root=".", findings=(), files=2)) == (
        "## flask-hardening\n\nNo findings; 2 files read.\n"
    )

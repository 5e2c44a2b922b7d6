"""Markdown that lets markup through, printed as it is."""

from __future__ import annotations

import pytest

RULE = "autoescape-off"
APP = """
import bleach, markdown, markdown2, mistune
from flask import Flask, request
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
app = Flask(__name__)
md = MarkdownIt("gfm-like")
reader = markdown.Markdown(extensions=["tables"])
@app.template_filter("md")
def as_page(text):
    {line}
{mark}
class Post:
    def page(self):
        return {own}
@app.post("/{rule}")
def join():
    return save(request.form["name"])
"""
FOUND = [
    "Markup(markdown.markdown(text))",
    "Markup(markdown2.markdown(text, extras=['tables']))",
    "Markup(md.render(text))",
    "Markup(reader.convert(text))",
    "Markup(markdown.markdown(text=text))",
]


def app(value: str, *, found: bool, own: str = "''", rule: str = "register") -> str:
    """Return an app whose filter returns this; carets under it if it is `found`."""
    mark = " " * 11 + "^" * len(value) + " Markup prints what Markdown makes" if found else ""
    return APP.format(line=f"return {value}", mark=mark, own=own, rule=rule).replace("join", rule)


@pytest.mark.parametrize("value", FOUND)
def test_markdown(audit, value):
    """Libraries that leave markup in the text as it is, in a filter."""
    (finding,) = audit(RULE, app(value, found=True))

    assert finding.audience == "default"


def test_where_nobody_joins(audit):
    """Where only editors have accounts, what they may write is for strict audits."""
    (finding,) = audit(RULE, app(FOUND[0], found=True, rule="note"))

    assert finding.audience == "strict"


def test_of_a_record(outcome):
    """A record that shows its own text does the same."""
    text = app("''", found=False, own="Markup(markdown.markdown(self.text))")
    findings = outcome({"app.py": text}, select=(RULE,), strict=True).findings

    assert [finding.line for finding in findings] == [15]


@pytest.mark.parametrize(
    "value",
    [
        "Markup(bleach.clean(markdown.markdown(text)))",
        "Markup(markdown.markdown(escape(text)))",
        "Markup(markdown2.markdown(text, safe_mode='escape'))",
        "Markup(mistune.html(text))",
        "Markup(markdown.markdown('# About'))",
        "Markup(markdown.markdown(PAGE))",
        "markdown.markdown(text)",
    ],
)
def test_markdown_that_is_cleaned(audit, value):
    """Cleaned before or after, switched to escape, and texts of the app's own."""
    audit(RULE, app(value, found=False))

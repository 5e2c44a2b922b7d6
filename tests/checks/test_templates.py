"""What is known of templates: tags, forms, macros, what they are made of and who shows them."""

from __future__ import annotations

import pytest

from checks.facts.source import Source
from checks.facts.templates import Template


def template(text: str) -> Template:
    """Return the facts of `text`."""
    return Template(Source("x.html", text))


def test_attributes_with_expressions():
    """Quotes and angle brackets within expressions do not end a value or a tag."""
    (form,) = template(
        '<form method="post" action="{{ url_for("x", a=">") }}" {% if n > 1 %}id=q{% endif %}>'
    ).forms

    assert form.tag.attributes == {
        "method": "post",
        "action": '{{ url_for("x", a=">") }}',
        "id": "q",
    }


def test_fields_belong_to_their_form():
    """A field belongs to the form around it, or to the one that it names."""
    first, second = template(
        '<form id="a"><input name="x"></form><form><input name="y"></form><input name="z" form="a">'
    ).forms

    assert [field.attributes["name"] for field in first.fields] == ["x", "z"]
    assert [field.attributes["name"] for field in second.fields] == ["y"]


def test_comments_and_scripts_hold_no_tags():
    """Tags in comments and in the code of scripts are none; templates in scripts are."""
    found = template(
        '<!-- <form> -->{# <form> #}<script>"<form>"</script>'
        '<script type="text/template"><form></form></script>'
    )

    assert len(found.forms) == 1


def test_places_are_those_of_the_file():
    """Blanked comments do not move what follows."""
    (form,) = template("<!-- one\ntwo -->\n  <form>").forms

    assert (form.tag.spot.line, form.tag.spot.column, form.tag.spot.end_column) == (3, 3, 9)


def test_uses_and_macros():
    """What a template extends, includes and imports; names that are computed are not known."""
    found = template(
        '{% extends "base.html" %}{% include ["a.html", "b.html"] %}{% include part %}'
        "{%- from 'm.html' import x -%}{% macro field(f) %}<b>{{ f }}</b>{% endmacro %}"
    )

    assert found.uses == (
        ("extends", ("base.html",)),
        ("include", ("a.html", "b.html")),
        ("include", ()),
        ("from", ("m.html",)),
    )
    assert found.macros == {"field": "<b>{{ f }}</b>"}


@pytest.mark.parametrize(
    "piece",
    ["<form ", '<form "', "{#", "<!--", "{{", "{%", "<script>", "{% macro x() %}", "<a x='"],
)
def test_marks_that_are_never_closed(piece):
    """Text that repeats an opening a hundred thousand times is read without an exception."""
    found = template(piece * 100_000)

    assert found.safe == ()
    assert found.macros == {}
    assert len(found.links) == 0


def test_pages_of_a_project(project):
    """Names lead to files, views to what they show, and macros to their bodies."""
    found = project(
        {
            "app.py": "from flask import Flask, render_template\napp = Flask(__name__)\n"
            "@app.get('/x')\ndef x():\n    return render_template('admin/x.html', a=1)\n",
            "shop/templates/admin/x.html": "{% extends 'base.html' %}",
            "shop/templates/base.html": "<form></form>{% include './part.html' %}",
            "shop/templates/part.html": "<b>",
        }
    )
    base = found.pages.named("base.html")[0]

    assert [part.path for part in found.pages.parts(base)] == [
        "shop/templates/base.html",
        "shop/templates/part.html",
    ]
    assert [part.path for part in found.pages.above(base)][1:] == ["shop/templates/admin/x.html"]
    (rendering,) = found.pages.shown_by(base)
    assert set(rendering.given) == {"a"}
    assert found.pages.view_of(rendering.scope).endpoint == "x"


def test_pages_in_python_files(project):
    """A page in a Python file has the places of that file; docstrings are no pages."""
    found = project(
        {
            "app.py": 'from flask import Flask\n"""<form>"""\n'
            'PAGE = """\n<h1>\n  <form method=\'post\'>"""\nLINE = "<form id=\\"a\\">"\n'
        }
    )
    forms = sorted(
        (form.tag.spot.line, form.tag.spot.column, form.tag.attributes.get("id"))
        for page in found.pages.templates
        for form in page.forms
    )

    assert forms == [(5, 3, None), (6, 9, "a")]

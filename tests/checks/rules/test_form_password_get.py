"""Where `form-password-get` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "form-password-get"
FIELDS = '<input name="p" type="password"><button>Go</button></form>\n'


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ('<form method="get">', FIELDS),
        ("<form method=GET action=/login>", FIELDS),
        ('<form action="/login">', FIELDS),
        ("<form>", FIELDS),
        ('<form action="{{ url_for("login") }}" method="">', FIELDS),
        ("<form>", "{{ form.password() }}{{ form.submit() }}</form>"),
        ("<form>", "<input type='password' name='p'><input type=submit></form>"),
    ],
)
def test_by_get(audit, form, fields):
    """GET by name and by default, with the field written out or printed by a form object."""
    audit(RULE, {"templates/x.html": f"{form}\n{'^' * len(form)} This form\n{fields}"})


def test_button(audit):
    """One button may send by GET what the form posts."""
    button = '<button formmethod="get">'
    text = f'<form method="post"><input name=p type=password>\n{button}\n{"^" * 25} This button\n'

    audit(RULE, {"templates/x.html": text})


def test_page_in_python(audit):
    """A page within a Python file is read too, at its own place."""
    audit(
        RULE, 'PAGE = """\n<form action="/login">\n^^^^^^^^^^^^^^^^^^^^^^ This\n' + FIELDS + '"""\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        '<form method="post">' + FIELDS,
        "<form method=POST action=/login>" + FIELDS,
        '<form method="{{ method }}">' + FIELDS,
        "<form action='/search'><input name='q'><button>Go</button></form>",
        # A script sends it.
        '<form onsubmit="return send()">' + FIELDS,
        '<form v-on:submit.prevent="send">' + FIELDS,
        '<form hx-post="/login">' + FIELDS,
        '<form action="#">' + FIELDS,
        '<form id="f">' + FIELDS + "<script>$('#f').on('submit', send)</script>",
        "<form>" + FIELDS + '<script src="/static/login.js"></script>',
        "<form><input name=p type=password></form>",
        # Nothing to send.
        '<form><input id="p" type="password"><button>Go</button></form>',
        "<form><input name=p type=password><button type=button>Go</button></form>",
        '{# <form method="get">' + FIELDS + " #}",
    ],
)
def test_near_misses(audit, text):
    """POST, forms of scripts, and fields that are not sent."""
    audit(RULE, {"templates/x.html": text})

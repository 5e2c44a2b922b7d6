"""Where `form-action-http` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "form-action-http"


@pytest.mark.parametrize(
    ("form", "severity", "audience"),
    [
        ('<form method="post" action="http://shop.example/buy">', "medium", "default"),
        ("<form method=post action=http://shop.example/buy>", "medium", "default"),
        ("<form action='HTTP://shop.example/search'>", "low", "strict"),
        ('<form method="post" action="http://{{ request.host }}/buy">', "medium", "default"),
        ("<form method='post' action=\"{{ url_for('x', _external=True, _scheme='http') }}\">",
         "medium", "default"),
    ],
)  # fmt: skip
def test_plain_http(audit, form, severity, audience):
    """Addresses written out and built by ``url_for`` are found."""
    (finding,) = audit(
        RULE, {"templates/x.html": f"{form}\n{'^' * len(form)} The content\n</form>"}
    )

    assert (finding.severity, finding.audience) == (severity, audience)


def test_password_is_worse(audit):
    """A password over plain http is high, by GET too."""
    form = '<form action="http://shop.example/login">'
    text = f"{form}\n{'^' * len(form)} The password\n<input type=password name=p></form>"

    (finding,) = audit(RULE, {"templates/x.html": text})

    assert (finding.severity, finding.audience) == ("high", "default")


def test_button(audit):
    """A button may name another address than its form."""
    button = "<button formaction='http://shop.example/buy'>"
    text = f'<form method="post" action="/buy">\n{button}\n{"^" * len(button)} The content\n</form>'

    audit(RULE, {"templates/x.html": text})


@pytest.mark.parametrize(
    "form",
    [
        '<form method="post" action="https://shop.example/buy">',
        '<form method="post" action="//shop.example/buy">',
        '<form method="post" action="/buy?back=http://shop.example/">',
        '<form method="post" action="http://localhost:5000/buy">',
        '<form method="post" action="http://127.0.0.1/buy">',
        "<form method=\"post\" action=\"{{ url_for('x', _scheme='https', _external=True) }}\">",
        "<a href='http://shop.example/'>",
        '<!-- <form action="http://shop.example/buy"> -->',
    ],
)
def test_near_misses(audit, form):
    """https, own paths, the own machine, links and comments."""
    audit(RULE, {"templates/x.html": form + "<input type=password name=p></form>"})

"""Where `script-without-integrity` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "script-without-integrity"


@pytest.mark.parametrize(
    "script",
    [
        '<script src="https://code.jquery.com/jquery-3.7.1.min.js">',
        "<script src='//cdn.jsdelivr.net/npm/vue@3'>",
        "<script async src=http://cdn.example/x.js>",
        '<SCRIPT SRC="https://cdn.example/{{ version }}/x.js" crossorigin="anonymous">',
        '<script src="https://cdn.example/x.js" integrity="">',
        '<script\ttype="module" src="https://esm.example/x.js">',
    ],
)
def test_foreign_script(audit, script):
    """Scripts of other hosts by every spelling of the address."""
    (finding,) = audit(
        RULE, {"templates/x.html": f"{script}\n{'^' * len(script)} The script of\n</script>"}
    )

    assert finding.audience == "strict"


def test_not_in_the_default_view(audit):
    """Only a careful shop asks for it."""
    text = '<script src="https://cdn.example/x.js"></script>'

    audit(RULE, {"templates/x.html": text}, strict=False)


@pytest.mark.parametrize(
    "script",
    [
        '<script src="/static/x.js">',
        "<script src=\"{{ url_for('static', filename='x.js') }}\">",
        '<script src="{{ cdn }}/x.js">',
        '<script src="https://cdn.example/x.js" integrity="sha384-abc" crossorigin="anonymous">',
        '<script src="https://js.stripe.com/v3/">',
        '<script src="https://www.google.com/recaptcha/api.js">',
        '<script src="http://localhost:5173/@vite/client">',
        "<script>load('https://cdn.example/x.js')",
        '<link href="https://cdn.example/x.css">',
        '<!-- <script src="https://cdn.example/x.js"> -->',
    ],
)
def test_near_misses(audit, script):
    """Own scripts, pinned ones, services that cannot be pinned, and comments."""
    audit(RULE, {"templates/x.html": script + "</script>"})

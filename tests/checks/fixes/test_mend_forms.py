"""What `--fix` does about `form-token-missing`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "form-token-missing"
APP = (
    "import os\nfrom flask import Flask, render_template\nfrom flask_wtf import CSRFProtect\n\n"
    "app = Flask(__name__)\napp.secret_key = os.environ['KEY']\nCSRFProtect(app)\n\n\n"
    "@app.route('/note', methods=['GET', 'POST'])\ndef note():\n"
    "    return render_template('note.html')\n"
)
FIELD = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '<form method="post">\n  <input name="text">\n<button>Go</button></form>\n',
            f'<form method="post">\n  {FIELD}\n  <input name="text">\n<button>Go</button></form>\n',
        ),
        (
            '\t<form method="post"\n\t      action="/note">\r\n'
            '\t\t<input name="a">\r\n\t<button>Go</button></form>\r\n',
            '\t<form method="post"\n\t      action="/note">\n\t\t'
            f'{FIELD}\r\n\t\t<input name="a">\r\n\t<button>Go</button></form>\r\n',
        ),
        (
            '<p><form method=POST><input name="a"><button>Go</button></form></p>',
            f'<p><form method=POST>{FIELD}<input name="a"><button>Go</button></form></p>',
        ),
        (
            '<form method="post">é<input name="a"><button>Go</button></form>\n'
            '<form method="post"><b>x</b><button>Go</button></form>\n',
            f'<form method="post">{FIELD}é<input name="a"><button>Go</button></form>\n'
            f'<form method="post">{FIELD}<b>x</b><button>Go</button></form>\n',
        ),
    ],
)
def test_the_field_comes_first(holds, before, after):
    """The field stands behind the tag, indented as what follows."""
    holds(RULE, before, after, path="templates/note.html", others={"app.py": APP})


@pytest.mark.parametrize(
    ("page", "app"),
    [
        (
            '<form method="post"><button>Go</button></form>',
            APP + "app.config['WTF_CSRF_FIELD_NAME'] = 'token'\n",
        ),
        ('{% raw %}x{% endraw %}<form method="post"><button>Go</button></form>', APP),
        (
            '<form method="post"><button>Go</button></form>',
            APP.replace(
                "flask_wtf import CSRFProtect", "flask_seasurf import SeaSurf as CSRFProtect"
            ),
        ),
    ],
)
def test_other_fields_are_left(holds, page, app):
    """Where the field has another name, or the page another syntax, nothing is put in."""
    holds(RULE, page, None, path="templates/note.html", others={"app.py": app})

"""Where `content-policy-missing` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "content-policy-missing"
HEAD = "from flask import Flask, render_template\napp = Flask(__name__)\n"
MARKED = HEAD + "      ^^^^^^^^^^^^^^^\n"
VIEW = "@app.route('/')\ndef index():\n    return render_template('index.html')\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from flask_talisman import Talisman\ntalisman = Talisman()\n",
        "app.after_request(lambda r: r)\n",
    ],
)
def test_missing(audit, text):
    """Pages without any policy are one finding for the app."""
    audit(RULE, MARKED + VIEW + text, strict=False)


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": HEAD.replace(", render_template", "")},
        {"app.py": HEAD + VIEW + "from flask_talisman import Talisman\nTalisman(app)\n"},
        {
            "app.py": HEAD
            + VIEW
            + "@app.after_request\ndef add(r):\n"
            + "    r.headers['Content-Security-Policy'] = \"default-src 'self'\"\n    return r\n"
        },
        {"app.py": HEAD + VIEW + "app.wsgi_app = guard.ContentSecurityPolicy(app.wsgi_app, P)\n"},
        {
            "app.py": HEAD + VIEW,
            "templates/index.html": '<meta http-equiv="Content-Security-Policy" content="">',
        },
        {
            "app.py": HEAD + VIEW,
            "nginx.conf": 'server {\n add_header Content-Security-Policy "img-src *";\n}\n',
        },
        {
            "app.py": HEAD
            + VIEW
            + "from hardening import Policy, harden\nharden(app, policy=Policy(csp='enforce'))\n"
        },
    ],
)
def test_near_misses(audit, files):
    """A policy from anywhere, and an app that renders nothing, are not reported."""
    audit(RULE, files)


@pytest.mark.parametrize(
    "files",
    [
        {"nginx.conf": 'server {\n  # add_header Content-Security-Policy "img-src *";\n}\n'},
        {"hooks.py": "# TODO: send a Content-Security-Policy\n"},
        {"look.py": "def look(r):\n    return r.headers.get('Content-Security-Policy')\n"},
        {"templates/t.html": "<script>r.headers.get('Content-Security-Policy')</script>\n"},
        {"templates/t.html": "<p>We have no content-security-policy yet.</p>\n"},
    ],
)
def test_words_that_send_nothing(audit, files):
    """Comments, questions after a policy and texts about one send none."""
    audit(RULE, {"app.py": MARKED + VIEW, **files}, strict=False)


@pytest.mark.parametrize(
    "files",
    [
        {"nginx.conf": "server {\n add_header X-A b;\n add_header Content-Security-Policy x;\n}"},
        {"hooks.py": "H = {'X-A': 'b',  # first\n     'Content-Security-Policy': 'img-src *'}\n"},
        {"conf.py": "CONTENT = {'img-src': '*'}\nCSP_HEADER = CONTENT\n"},
        {"templates/t.html": "<meta\n http-equiv='content-security-policy' content='x'>"},
    ],
)
def test_words_that_send_one(audit, files):
    """A policy is found anywhere else, in either case."""
    audit(RULE, {"app.py": HEAD + VIEW, **files})


def test_report_only(audit):
    """The wrapper's policy that only reports is a finding for careful shops."""
    text = "from hardening import harden\nharden(app)\n"
    audit(RULE, MARKED + VIEW + text)
    audit(RULE, HEAD + VIEW + text, strict=False)

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


def test_report_only(audit):
    """The wrapper's policy that only reports is a finding for careful shops."""
    text = "from hardening import harden\nharden(app)\n"
    audit(RULE, MARKED + VIEW + text)
    audit(RULE, HEAD + VIEW + text, strict=False)

"""Where `content-policy-unsafe` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "content-policy-unsafe"
HEAD = "from flask import Flask\nfrom flask_talisman import Talisman\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    "text",
    [
        "Talisman(app, content_security_policy={\"script-src\": \"'self' 'unsafe-inline'\"})\n"
        "                                                     ^^^^^^^^^^^^^^^^^^^^^^^^\n",
        'csp = {"default-src": ["\'self\'", "\'unsafe-eval\'"]}\n'
        "                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "Talisman(app, content_security_policy=csp)\n",
        'csp = {"default-src": "*"}\n                      ^^^\n',
        "@app.after_request\ndef add(r):\n"
        "    r.headers['Content-Security-Policy'] = \"script-src 'self' 'unsafe-inline'\"\n"
        "                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "    return r\n",
        "POLICY = \"default-src 'self'; script-src https:\"\n"
        "         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
        'csp = {"script-src": "data: cdn.example"}\n                     ^^^^^^^^^^^^^^^^^^^\n',
    ],
)
def test_unsafe(audit, text):
    """Sources that let any script run are reported where they stand."""
    audit(RULE, HEAD + text)


def test_nginx_and_templates(audit):
    """Policies outside of Python are read too."""
    audit(
        RULE,
        {
            "app.py": HEAD,
            "nginx.conf": "server {\n"
            '  add_header Content-Security-Policy "script-src *";\n'
            "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n}\n",
            "templates/a.html": "<head>\n"
            '<meta http-equiv="Content-Security-Policy" content="script-src *">\n'
            "                                                    ^^^^^^^^^^^^\n</head>\n",
        },
    )


@pytest.mark.parametrize(
    "text",
    [
        "Talisman(app)\n",
        'csp = {"script-src": "\'self\' cdn.example"}\n',
        "csp = {\"style-src\": \"'self' 'unsafe-inline'\"}\n",
        'csp = {"img-src": "* data:", "default-src": "\'self\'"}\n',
        "POLICY = \"script-src 'unsafe-inline' 'nonce-abc' 'strict-dynamic'\"\n",
        "POLICY = \"default-src *; script-src 'self'\"\n",
        'Talisman(app, content_security_policy={"script-src": "\'unsafe-inline\'"},\n'
        '         content_security_policy_nonce_in=["script-src"])\n',
        "text = 'the script-src directive allows *'\n",
    ],
)
def test_near_misses(audit, text):
    """Safe scripts, styles, and what a nonce makes browsers ignore are not reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    ("scripts", "found"), [("script-src 'self';", False), ("img-src 'self';", True)]
)
def test_policy_in_parts(audit, scripts, found):
    """A directive for scripts stands in another part of the same policy."""
    mark = "          ^^^^^^^^^^^^^^^^^^^^^^^\n" if found else ""
    audit(RULE, HEAD + f'POLICY = ("default-src https: *;"\n{mark}          + f" {scripts}")\n')


def test_servers_of_one_file(audit):
    """The same policy of several servers is one finding, and none in front of other services."""
    line = '  add_header Content-Security-Policy "script-src *";\n'
    server = "server {\n" + line + "}\n"
    marked = "server {\n" + line + "  " + "^" * (len(line) - 4) + "\n}\n"
    (finding,) = audit(
        RULE, {"app.py": HEAD, "nginx.conf": marked + server, "sites/kibana.conf": server}
    )

    assert [place.line for place in finding.related] == [5]

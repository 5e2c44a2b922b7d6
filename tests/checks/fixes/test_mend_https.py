"""What `--fix` does about `https-weakened`, `https-downgraded` and `tls-unverified`."""

from __future__ import annotations

import pytest

WEAKENED, DOWNGRADED, UNVERIFIED = "https-weakened", "https-downgraded", "tls-unverified"
HEAD = (
    "from flask import Flask, render_template, url_for\nfrom flask_talisman import Talisman\n\n"
    "app = Flask(__name__)\n"
)
REQUESTS = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n"
NGINX = "server {\n    listen 443 ssl;\n    server_name a.example.org;\n%s}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Talisman(app, session_cookie_secure=False)\n", "Talisman(app)\n"),
        (
            "Talisman(app, force_https=True, session_cookie_secure=False)\n",
            "Talisman(app, force_https=True)\n",
        ),
    ],
)
def test_talisman_protects_the_cookie(holds, before, after):
    """The option is left out where the same Talisman makes HTTPS mandatory."""
    holds(WEAKENED, HEAD + before, HEAD + after)


@pytest.mark.parametrize(
    "text",
    [
        "Talisman(app, force_https=False)\n",
        "Talisman(app, session_cookie_secure=False, force_https=False)\n",
        "Talisman(app, content_security_policy=None)\n",
        "Talisman(app, strict_transport_security=False)\n",
        "OFF = False\nTalisman(app, session_cookie_secure=OFF)\n",
    ],
)
def test_what_stands_in_front_is_unknown(holds, text):
    """Redirects, HSTS and policies are left: they could break pages or run in circles."""
    holds(WEAKENED, HEAD + text, None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("TLSv1 TLSv1.1 TLSv1.2", "TLSv1.2"),
        ("SSLv3 TLSv1 TLSv1.2 TLSv1.3", "TLSv1.2 TLSv1.3"),
        ("TLSv1.3 TLSv1.1", "TLSv1.3"),
    ],
)
def test_old_versions_are_taken_out(holds, before, after):
    """nginx goes on speaking what is left, in every server of the file."""
    line = "    ssl_protocols %s;  # as told\r\n"
    text = NGINX % (line % before)

    holds(
        DOWNGRADED,
        text * 2,
        text.replace(before, after) * 2,
        path="deploy/nginx.conf",
        others={"app.py": HEAD},
    )


def test_some_version_is_left(holds):
    """A directive with old versions alone is for a person to mend."""
    text = NGINX % "    ssl_protocols TLSv1 TLSv1.1;\n"

    holds(DOWNGRADED, text, None, path="nginx.conf", others={"app.py": HEAD})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.config['PREFERRED_URL_SCHEME'] = 'http'\n", "'https'"),
        ("url_for('x', _external=True, _scheme='http')\n", "'https'"),
    ],
)
def test_scheme_where_https_is_mandatory(holds, before, after):
    """A scheme that is named becomes https, if nobody uses http."""
    text = HEAD + "Talisman(app)\n"

    holds(DOWNGRADED, text + before, text + before.replace("'http'", after))
    holds(DOWNGRADED, HEAD + before, None)


def test_forms_where_https_is_mandatory(holds):
    """A form for the site's own host is sent over https, if nobody uses http."""
    before = '<form method="post" action="http://{{ request.host }}/in"><button>a</button></form>\n'
    path, talisman = "templates/in.html", HEAD + "Talisman(app)\n"
    view = "\n\n@app.get('/in')\ndef view():\n    return render_template('in.html')\n"

    holds(
        DOWNGRADED,
        before,
        before.replace("http:", "https:"),
        path=path,
        others={"app.py": talisman + view},
    )
    holds(DOWNGRADED, before, None, path=path, others={"app.py": HEAD + view})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "requests.get('https://api.github.com/user', verify=False)\n",
            "requests.get('https://api.github.com/user')\n",
        ),
        (
            "requests.post(f'https://graph.microsoft.com/{name}', verify=False, timeout=3)\n",
            "requests.post(f'https://graph.microsoft.com/{name}', timeout=3)\n",
        ),
    ],
)
def test_well_known_services_are_verified(holds, before, after):
    """Everybody trusts the certificates of a few services."""
    text = REQUESTS + "\n\n@app.route('/<name>')\ndef view(name):\n    "

    holds(UNVERIFIED, text + before, text + after)


@pytest.mark.parametrize(
    "text",
    [
        "requests.get('https://intranet.example.org/', verify=False)\n",
        "requests.get(f'https://api.github.com{name}', verify=False)\n",
        "requests.get('https://api.github.com.example.org/', verify=False)\n",
        "requests.get(name, cookies=JAR, verify=False)\n",
        "OFF = False\n    requests.get('https://api.github.com/', verify=OFF)\n",
        "requests.get('https://api.github.com/', **{'verify': False}, verify=False)\n",
    ],
)
def test_own_certificates_go_on_working(holds, text):
    """Of other addresses nobody knows whether their certificates are valid."""
    holds(UNVERIFIED, REQUESTS + "\n\n@app.route('/<name>')\ndef view(name):\n    " + text, None)

"""Where `https-downgraded` fires, and where it must not."""

# ruff: noqa: E501  # the lines of carets stand under what they underline

from __future__ import annotations

import pytest

from checks.toolconfig import ToolOptions

RULE = "https-downgraded"
HEAD = "from flask import Flask, redirect, request, url_for\napp = Flask(__name__)\n"


def _view(argument: str) -> str:
    marks = " " * 20 + "^" * len(argument)
    return f"{HEAD}@app.get('/x')\ndef x():\n    return redirect({argument})\n{marks}\n"


@pytest.mark.parametrize(
    "argument",
    [
        'f"http://{request.host}/home"',
        '"http://" + request.host + "/home"',
        '"http://%s/home" % request.host',
        '"http://{}/home".format(request.host)',
        '"http://{0}{1}".format(request.headers["Host"], request.path)',
        'request.url.replace("https://", "http://", 1)',
    ],
)
def test_redirects(audit, argument):
    """A redirect to the own host over http is found in every spelling."""
    audit(RULE, _view(argument))


def test_redirect_to_server_name(audit):
    """A literal host that the configuration names is the own one."""
    audit(
        RULE,
        _view('"http://shop.example.com/home"')
        + "app.config['SERVER_NAME'] = 'shop.example.com'\n",
    )


def test_redirect_by_variable(audit):
    """A target that a variable holds is followed."""
    audit(
        RULE,
        HEAD + "@app.get('/x')\ndef x():\n    to = 'http://' + request.host\n"
        "    return redirect(to)\n                    ^^ This redirect\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "app.config['PREFERRED_URL_SCHEME'] = 'http'\n                                     ^^^^^^ URLs made\n",
        "app.config.update(PREFERRED_URL_SCHEME='http')\n                                       ^^^^^^\n",
        "class ProductionConfig:\n    PREFERRED_URL_SCHEME = 'http'\n                           ^^^^^^\n"
        "app.config.from_object(ProductionConfig)\n",
        "def f():\n    return url_for('x', _external=True, _scheme='http')\n"
        "                                                ^^^^^^\n",
    ],
)
def test_schemes(audit, text):
    """The scheme http is found in the configuration and in url_for."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "app.config['PREFERRED_URL_SCHEME'] = 'https'\n",
        "class DevelopmentConfig:\n    PREFERRED_URL_SCHEME = 'http'\n"
        "app.config.from_object(DevelopmentConfig)\n",
        "def f():\n    return url_for('x', _external=True, _scheme='https')\n",
        "def f():\n    return redirect(url_for('x'))\n",
        "def f():\n    return redirect('http://partner.example.org/')\n",
        "def f():\n    return redirect(request.url.replace('http://', 'https://', 1))\n",
        "def f():\n    return redirect(f'https://{request.host}/')\n",
        "def f(client):\n    return client.get('http://' + request.host)\n",
    ],
)
def test_near_misses(audit, text):
    """https, other sites and development are silent."""
    audit(RULE, HEAD + text)


def test_templates(audit):
    """A scheme in a template, and a form to the own host, are found."""
    audit(
        RULE,
        {
            "app.py": HEAD,
            "templates/a.html": "<a href=\"{{ url_for('x', _scheme='http', _external=True) }}\">x</a>\n"
            "                         ^^^^^^^^^^^^^^\n",
            "templates/b.html": '<form method="post" action="http://{{ request.host }}/x"></form>\n'
            "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
            "templates/c.html": '<form method="post" action="http://other.example.org/x"></form>\n',
        },
    )


OPEN = "server {\n    listen 80;\n    ^^^^^^^^^ nginx hands\n    location / { proxy_pass http://app; }\n}\n"


def test_open_port(audit):
    """An nginx server that hands requests on port 80 to the app is found."""
    audit(RULE, {"app.py": HEAD, "nginx.conf": OPEN})


def test_open_port_and_proxy(audit):
    """The setting ``https = "proxy"`` answers for what stands in front of nginx."""
    plain = "".join(line for line in OPEN.splitlines(True) if "^" not in line)
    audit(RULE, {"app.py": HEAD, "nginx.conf": plain}, tool=ToolOptions(https="proxy"))


def test_open_port_and_talisman(audit):
    """An app that redirects by itself needs no redirect of nginx."""
    plain = "".join(line for line in OPEN.splitlines(True) if "^" not in line)
    app = HEAD + "from flask_talisman import Talisman\nTalisman(app)\n"
    audit(RULE, {"app.py": app, "nginx.conf": plain})


@pytest.mark.parametrize(
    "text",
    [
        "server { listen 80; return 301 https://$host$request_uri; }\n"
        "server { listen 443 ssl; location / { proxy_pass http://app; } }\n",
        "server { listen 80; location / { rewrite ^ https://x.org$request_uri? permanent; } }\n",
        "server { listen 8080; location / { proxy_pass http://app; } }\n",
        "server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; location / { proxy_pass http://a; } }\n",
        "server { listen 80; root /srv/www; }\n",
        "upstream app { server 10.0.0.1:80; }\n",
        "mail { server { listen 25; ssl_protocols TLSv1; } }\n",
    ],
)
def test_nginx_near_misses(audit, text):
    """Redirects, other ports, static files and new TLS are silent."""
    audit(RULE, {"app.py": HEAD, "nginx.conf": text})


def test_old_tls(audit):
    """TLS older than 1.2 is found at the directive."""
    audit(
        RULE,
        {"nginx.conf": "server {\n  listen 443 ssl;\n  ssl_protocols TLSv1 TLSv1.2;\n"
         "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ nginx speaks TLSv1\n}\n"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("config['SERVER_NAME']", True),
        ("config.SITE_DOMAIN", True),
        ("config.get('APP_HOST')", True),
        ("config['PARENT_PORTAL']", False),
        ("config.SEARCH_ENGINE", False),
    ],
)
def test_host_of_the_configuration(audit, host, found):
    """A setting may name another site's host, too."""
    form = f'<form action="http://{{{{ {host} }}}}/x"></form>'
    marks = "\n" + "^" * (form.index(">") + 1) if found else ""
    audit(RULE, {"app.py": HEAD, "templates/a.html": f"{form}{marks}\n"})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sites/kibana.conf", False),
        ("nginx/consul.conf", False),
        ("nginx/app.elk.conf", False),
        ("nginx/shop.conf", True),
        ("consul/nginx.conf", True),
    ],
)
def test_server_of_another_service(audit, name, found):
    """What stands in front of Kibana or Consul is not in front of the app."""
    text = "server {\n  listen 443 ssl;\n  ssl_protocols TLSv1 TLSv1.2;\n"
    text += "  " + "^" * 27 + "\n}\n" if found else "}\n"
    audit(RULE, {"app.py": HEAD, name: text})


def test_servers_of_one_file(audit):
    """Servers of one file that are all wrong in the same way are one finding."""
    plain = "".join(line for line in OPEN.splitlines(True) if "^" not in line)
    old = "server {\n  listen 443 ssl;\n  ssl_protocols TLSv1 TLSv1.2;\n"
    marks = "  " + "^" * 27 + " nginx speaks TLSv1\n"
    found = audit(
        RULE,
        {"app.py": HEAD, "nginx.conf": OPEN + plain + old + marks + "}\n" + old + "}\n"},
    )

    assert [len(finding.related) for finding in found] == [1, 1]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("include shop/listen.conf;", False),
        ("include shop/headers.conf; listen 80;", True),
        ("", True),
    ],
)
def test_listen_that_another_file_says(outcome, lines, found):
    """A server that includes a file, and says not where it listens, may well do so by TLS."""
    text = f"server {{ {lines}\nlocation / {{ proxy_pass http://app; }} }}\n"
    told = [f.rule for f in outcome({"app.py": HEAD, "nginx.conf": text}, strict=True).findings]
    assert (RULE in told) is found


PASSES = "location / {{ proxy_pass http://app; }} }}\n"


@pytest.mark.parametrize(
    ("name", "more", "files", "audience"),
    [
        ("shop.example", "", {}, "default"),
        ("www.shop.co.uk shop.co.uk", "", {}, "default"),
        ("*.shop.org", "", {}, "default"),
        ("_", "", {}, "strict"),
        ("localhost", "", {}, "strict"),
        ("10.0.0.7", "", {}, "strict"),
        ("web shop.local", "", {}, "strict"),
        ("_", "server { listen 443 ssl; " + PASSES.format(), {}, "default"),
        ("_", "server { listen 443 ssl; root /srv; }\n", {}, "strict"),
        ("_", "", {"docker-compose.yml": "80:80"}, "default"),
        ("_", "", {"docker-compose.yml": "0.0.0.0:80:8080"}, "default"),
        ("_", "", {"docker-compose.yml": "127.0.0.1:80:80"}, "strict"),
        ("_", "", {"docker-compose.yml": "8080:80"}, "strict"),
        ("_", "", {"docker-compose.dev.yml": "80:80"}, "strict"),
    ],
)
def test_who_meets_the_open_port(outcome, name, more, files, audience):
    """A port that outsiders come to is told; behind another proxy it may well be right."""
    conf = f"server {{ listen 80; server_name {name}; {PASSES.format()}{more}"
    ports = "services:\n  nginx:\n    image: nginx\n    ports:\n      - '{}'\n"
    written = {path: ports.format(port) for path, port in files.items()}
    sources = {"app.py": HEAD, "nginx.conf": conf, **written}
    (found,) = outcome(sources, select=(RULE,), strict=True).findings

    assert found.audience == audience

"""Where `proxy-not-declared` fires, and where it must not."""

# ruff: noqa: E501  # the lines of carets stand under what they underline

from __future__ import annotations

import pytest

RULE = "proxy-not-declared"
APP = "from flask import Flask\napp = Flask(__name__)\n"
MARK = "      ^^^^^^^^^^^^^^^ "
NGINX = "server { listen 80; location / { proxy_pass http://app:8000; } }\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nginx.conf", NGINX),
        ("deploy/nginx/default.conf", NGINX),
        ("conf/sites-enabled/site", NGINX),
        ("nginx.conf.template", NGINX),
        (
            "docker-compose.yml",
            "services:\n  web:\n    build: .\n  proxy:\n    image: nginx:1.27\n",
        ),
        ("compose.yaml", "services:\n  edge:\n    image: traefik:v3.1\n"),
        (
            "k8s/ingress.yaml",
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: x\n",
        ),
    ],
)
def test_found(audit, name, text):
    """Any reverse proxy in the deployment files makes one finding where the app is made."""
    audit(RULE, {"app.py": APP + MARK + "A proxy (\n", name: text})


@pytest.mark.parametrize(
    "more",
    [
        "from werkzeug.middleware.proxy_fix import ProxyFix\napp.wsgi_app = ProxyFix(app.wsgi_app)\n",
        "from hardening import harden, Policy\nharden(app, policy=Policy(trusted_proxies=1))\n",
        "app.config['HARDENING_TRUSTED_PROXIES'] = 1\n",
        "from x import ReverseProxied\napp.wsgi_app = ReverseProxied(app.wsgi_app)\n",
        "from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware as P\n",
        "def ip(request):\n    return request.headers['X-Forwarded-For'].split(',')[-1]\n",
    ],
)
def test_declared(audit, more):
    """An app that knows of its proxy by any spelling is silent."""
    audit(RULE, {"app.py": APP + more, "nginx.conf": NGINX})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "nginx.conf",
            "server { listen 80; location / { include uwsgi_params; uwsgi_pass app:1; } }\n",
        ),
        ("nginx.conf", "server { listen 80; root /srv/www; }\n"),
        ("docs/nginx.conf", NGINX),
        ("compose.yml", "services:\n  web:\n    image: python:3.12\n"),
        ("compose.yml", "services:\n  m:\n    image: nginx/nginx-prometheus-exporter:1\n"),
        ("Dockerfile", "FROM python:3.12\nCMD gunicorn app:app\n"),
    ],
)
def test_near_misses(audit, name, text):
    """No proxy, one that needs no headers, and one of the documentation are silent."""
    audit(RULE, {"app.py": APP, name: text})


def test_comment_does_not_declare(audit):
    """A comment about ProxyFix declares nothing."""
    audit(RULE, {"app.py": APP + MARK + "\n# TODO(ops): ProxyFix\n", "nginx.conf": NGINX})


def test_procfile_is_strict(audit):
    """The proxy of a host that runs Procfiles is not to be seen, so it is strict."""
    found = audit(
        RULE, {"app.py": APP + MARK + "The host\n", "Procfile": "web: gunicorn app:app\n"}
    )
    assert found[0].audience == "strict"


def test_nearest_app(audit):
    """Of two apps the one nearer to the proxy's file is behind it."""
    audit(
        RULE,
        {"shop/app.py": APP + MARK + "\n", "shop/nginx.conf": NGINX, "tool/app.py": APP},
    )


@pytest.mark.parametrize("name", ["example-docker-compose.yml", "docker-compose.example.yml"])
def test_proxy_of_a_sample(audit, name):
    """What an example of a deployment starts stands in front of nothing yet."""
    audit(RULE, {"app.py": APP, name: "services:\n  nginx:\n    image: nginx:1.12\n"})


@pytest.mark.parametrize(("second", "found"), [("uwsgi_pass app:5000", False), ("root /x", True)])
def test_another_server_behind_the_same_proxy(audit, second, found):
    """Where the app gets its requests by uwsgi, what is proxied beside it goes elsewhere."""
    nginx = (
        "server { listen 80; location = /events { proxy_pass http://app:8001; }\n"
        f"location / {{ {second}; }} }}\n"
    )
    audit(RULE, {"app.py": APP + (MARK + "A proxy (\n" if found else ""), "nginx.conf": nginx})

"""Servers of other services that a repository sets up beside its app."""

from __future__ import annotations

import pytest

SITE = """\
server {
  listen 443 ssl;
  ssl_protocols TLSv1 TLSv1.2;
  add_header Content-Security-Policy "default-src 'self'; script-src 'unsafe-inline'";
}
"""
APP = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize("rule", ["https-downgraded", "content-policy-unsafe"])
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("scripts/elk_setup/nginx/sites/shop.conf", False),
        ("scripts/es_setup/nginx/sites/shop.conf", False),
        ("nginx/sites/kibana.conf", False),
        ("scripts/web_setup/nginx/sites/shop.conf", True),
        ("nginx/sites/shop.conf", True),
    ],
)
def test_site_of_another_service(outcome, rule, path, found):
    """What a folder sets up for another service is not the app's; a quote may end a policy."""
    told = outcome({"app.py": APP, path: SITE}).findings

    assert bool([f for f in told if f.rule == rule]) is found

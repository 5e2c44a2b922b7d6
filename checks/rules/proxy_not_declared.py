"""A reverse proxy stands in front of the app, and the app does not know.

What it does
------------
Looks in the deployment files for a reverse proxy that speaks http to the app: nginx with
`proxy_pass`, a proxy among the services of a compose file, an Ingress; a Procfile, whose host
has one, is `strict`. If there is one and the app neither wraps itself with ProxyFix or
something like it nor tells `harden(app)` about it, it makes one finding for the app.
`uwsgi_pass` hands the client's address on without headers and is the near miss.

Why it is bad
-------------
All users seem to come from the proxy's address and by http: limits and session protection
treat them as one, one attacker locks everybody out, and links in mails begin with http.

Bad
---
```nginx
# file: nginx.conf
server {
    listen 443 ssl;
    location / {
        proxy_pass http://app:8000;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
```
```python
from flask import Flask

app = Flask(__name__)
```

Good
----
```nginx
# file: nginx.conf
server {
    listen 443 ssl;
    location / {
        proxy_pass http://app:8000;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
```
```python
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
```

How to fix
----------
Set `trusted_proxies` of `harden(app)`, or wrap the app with ProxyFix, to the number of proxies.

References
----------
- https://cwe.mitre.org/data/definitions/348.html
- https://flask.palletsprojects.com/en/stable/deploying/proxy_fix/
- OWASP ASVS 5.0, requirement 4.1.3
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project, Site
from checks.project.proxies import Proxy, of_site
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="medium",
    cwe=348,
    asvs=("4.1.3",),
    summary="reverse proxy that the app does not know of",
    why="All users seem to come from one address, so one attacker locks everybody out.",
    fix="Set trusted_proxies of harden, or wrap the app with ProxyFix, to the number of proxies.",
)

_KNOWN = lazy(
    r"ProxyFix|ReverseProx|ProxyHeaders|PROXY_FIX|proxy_fix|[Xx]-[Ff]orwarded-|X_FORWARDED_|"
    r"[Xx]-[Rr]eal-[Ii][Pp]|X_REAL_IP|access_route|[Tt]rusted_?[Pp]rox|TRUSTED_PROX"
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app behind a proxy that it does not know of."""
    for site in project.app_sites:
        proxies = list(of_site(project, site))
        # Where a file hands the app its requests by uwsgi, another server is behind the rest.
        by_uwsgi = {proxy.spot.path for proxy in proxies if proxy.speaks == "uwsgi"}
        shown = [p for p in proxies if p.speaks == "http" and p.spot.path not in by_uwsgi]
        if shown and not _knows(site, project):
            yield _finding(shown, site)


def _finding(shown: list[Proxy], site: Site) -> Finding:
    sure = [proxy for proxy in shown if proxy.kind != "platform"]
    first = (sure or shown)[0]
    message = (
        f"A proxy ({first.kind}) stands in front of the app, which does not know of it"
        if sure
        else "The host that runs the Procfile has a proxy, which the app does not know of"
    )
    return found(
        RULE,
        f"{message}; looked for ProxyFix, trusted_proxies and readings of X-Forwarded-For.",
        site.anchor,
        audience=None if sure else "strict",
        related=[(first.spot, f"the proxy ({first.kind})")],
    )


def _knows(site: Site, project: Project) -> bool:
    if any(project.configuration(site).production("HARDENING_TRUSTED_PROXIES")):
        return True
    for module in site.modules:
        for match in _KNOWN.finditer(module.source.text):
            line = module.source.lines[module.source.line_at(match.start()) - 1]
            if "#" not in line.split(match.group())[0]:
                return True
    return False

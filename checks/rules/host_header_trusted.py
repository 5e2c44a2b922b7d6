"""Links in mails are made with whatever host the request names.

What it does
------------
Finds links that are made with the request's Host header (`url_for(..., _external=True)`,
`request.host_url`, `request.url_root`, `request.host`, `request.headers["Host"]`) in functions
that send mail, in mail templates, and wherever a token is put into such a link, in an app that
sets neither `SERVER_NAME` nor `TRUSTED_HOSTS` nor compares the host itself. One finding for the
app, at the first such link; the others are listed; it weighs less where no link has a token in
it. Other absolute links are reported in `strict`. A condition that lets in who comes from the own
machine, or who merely names it as the host, is reported as well.

Why it is bad
-------------
An attacker asks for a password reset of somebody else and sends a Host header of their own: the
genuine mail holds a link to the attacker's server, and one click gives away the token.

Bad
---
```python
from flask import Flask, url_for
from flask_mail import Mail, Message

app = Flask(__name__)
mail = Mail(app)

def send_reset(user, token):
    link = url_for("reset", token=token, _external=True)
    mail.send(Message("Reset", recipients=[user.email], body=link))
```

Good
----
```python
from flask import Flask, url_for
from flask_mail import Mail, Message

app = Flask(__name__)
app.config["TRUSTED_HOSTS"] = ["www.example.com"]
mail = Mail(app)

def send_reset(user, token):
    link = url_for("reset", token=token, _external=True)
    mail.send(Message("Reset", recipients=[user.email], body=link))
```

How to fix
----------
Set `TRUSTED_HOSTS` (Flask 3.1 or later) or `trusted_hosts` of `harden(app)` to the hosts that
the site has, or `SERVER_NAME` to its one name.

References
----------
- https://cwe.mitre.org/data/definitions/640.html
- https://flask.palletsprojects.com/en/stable/config/#TRUSTED_HOSTS
- OWASP ASVS 5.0, requirements 4.1.3 and 6.4.3
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.host_links import Link, links_of
from checks.project.host_proofs import host_proofs
from checks.project.host_trust import trusts_known_hosts
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=640,
    asvs=("4.1.3", "6.4.3"),
    summary="links made with the host that the client names",
    why="A reset mail with the attacker's host in its link hands over the token at one click.",
    fix="Set TRUSTED_HOSTS, trusted_hosts of harden, or SERVER_NAME.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each app that makes such links."""
    for site in project.app_sites:
        links = links_of(project, site)
        if links and not trusts_known_hosts(project, site):
            yield _finding(links, site)
    for node, scope in host_proofs(project):
        yield found(
            RULE,
            "Whoever names this machine in the Host header is let in as if they came from it.",
            scope.spot(node),
            severity="high",
            fix="Ask only for the address that the connection comes from.",
        )


def _finding(links: list[Link], site: Site) -> Finding:
    order = ("token", "mail", "page")
    first, *others = sorted(links, key=lambda link: (order.index(link.kind), link.spot))
    what = {
        "token": "A link with a token is made with the host that the request names",
        "mail": "A link in a mail is made with the host that the request names",
        "page": "An absolute link is made with the host that the request names",
    }[first.kind]
    return found(
        RULE,
        f"{what}; looked for SERVER_NAME, TRUSTED_HOSTS, trusted_hosts and comparisons.",
        first.spot,
        severity=None if first.kind == "token" else "low",
        confidence=first.confidence,
        audience="strict" if first.kind == "page" else None,
        related=[
            *((link.spot, f"another such link ({link.kind})") for link in others[:9]),
            (site.anchor, "the app is made here"),
        ],
    )

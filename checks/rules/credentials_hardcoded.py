"""A password or key of an account, a database or a service is written in the source.

What it does
------------
Reports literals: the password in a database address and in the arguments of a connection,
settings such as `MAIL_PASSWORD` or `JWT_SECRET_KEY`, also within tables such as `MONGODB_SETTINGS`,
accounts that the code creates with a password of its own, and logins that compare with a literal
or with a dictionary of them, keys that a library of another service is handed, the login of a
mailbox, and YAML and INI files that the app's own code names. The value behind an environment
variable's default counts as a fallback. Accounts that one function makes are told of once.
A password of a database or broker on the same machine or network that says only names, such as
`shop` for the user `shop`, is left to `--strict` where the environment, a file beside
`config/default.py` or whoever runs the script is to say another.
`SECRET_KEY` has rules of its own, and so have files of the deployment. Hashes of nobody's
password, which keep the time of a login even, are right.

Why it is bad
-------------
Whoever can read the source, now or in its history, has the credential, and every installation
has the same. A seeded administrator is what attackers try first.

Bad
---
```python
from flask import Flask

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql://shop:tr0ub4dor@db/shop"
```

Good
----
```python
import os

from flask import Flask

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
```

How to fix
----------
Read the credential from the environment or a secret store and change it. Create the first
administrator with a command that asks for a password or prints a random one.

References
----------
- https://cwe.mitre.org/data/definitions/798.html
- https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
- OWASP ASVS 5.0, requirements 6.3.2 and 13.3.1
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Audience, Confidence, Finding, Severity
from checks.found import found
from checks.keys.credential import Credential
from checks.keys.credentials import credentials
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=798,
    asvs=("6.3.2", "13.3.1"),
    summary="password or key written in the source",
    why="Whoever can read the source has the credential, in every installation.",
    fix="Read it from the environment or a secret store, and change it.",
)

_SAYS = {
    "address": "The address in {} holds a password",
    "setting": "{} is a literal in the source",
    "connection": "The password given to {}() is a literal",
    "account": "{}() is called with a literal password: every installation has this account",
    "assignment": "{} of an account is a literal: every installation has this account",
    "comparison": "{} is compared with a literal: everybody who reads the source can log in",
}


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each credential in the source."""
    together: dict[str, list[Credential]] = {}
    for credential in credentials(project):
        key = f"{credential.maker} {credential.trial}" if credential.maker else ""
        together.setdefault(key or str(credential.spot), []).append(credential)
    for first, *others in together.values():
        yield _finding(first, others)


def _finding(credential: Credential, others: list[Credential]) -> Finding:
    message = _SAYS[credential.kind].format(credential.name)
    severity: Severity | None = None
    audience: Audience | None = None
    confidence: Confidence | None = None if credential.sure else "medium"
    if credential.fallback:
        message += " wherever the environment sets nothing"
        severity = "medium"
    if credential.development or credential.trial or credential.little:
        severity, audience = "low", "strict"
    if credential.kind in ("setting", "comparison"):
        confidence = "medium"
    return found(
        RULE,
        f"{message}.",
        credential.spot,
        severity=severity,
        audience=audience,
        confidence=confidence,
        related=[(other.spot, "another account that is made here") for other in others],
    )

"""A hash, token or key is compared with `==`.

What it does
------------
Reports `==` and `!=` between the hash of a typed password, or a signature that was just computed,
and the one that is stored or was sent; and between a token, API key or secret that the client
sent and the right one from the configuration, the environment, a column or the sources. Types
and names of tokens, fields of one request, and comparisons in `assert` are left alone. Passwords
that are compared as typed are `password-compared-plaintext`.

Why it is bad
-------------
The operator stops at the first character that differs. Whoever measures many answers learns the
secret character by character instead of having to guess all of it.

Bad
---
```python
import os

from flask import Flask, abort, request

app = Flask(__name__)
API_TOKEN = os.environ["API_TOKEN"]


@app.post("/hook")
def hook():
    if request.headers.get("X-Token") != API_TOKEN:
        abort(403)
    return "done"
```

Good
----
```python
import hmac
import os

from flask import Flask, abort, request

app = Flask(__name__)
API_TOKEN = os.environ["API_TOKEN"]


@app.post("/hook")
def hook():
    if not hmac.compare_digest(request.headers.get("X-Token", ""), API_TOKEN):
        abort(403)
    return "done"
```

How to fix
----------
Compare with `hmac.compare_digest`; texts that are not ASCII are encoded first. Check passwords with
`hardening.passwords.verify_password` or `check_password_hash`, which do so themselves.

References
----------
- https://cwe.mitre.org/data/definitions/208.html
- https://docs.python.org/3/library/hmac.html#hmac.compare_digest
- OWASP ASVS 5.0, requirement 11.2.4
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.passwords.study import study
from checks.passwords.timing import Timing
from checks.project import Project
from checks.rule import Meta

RULE = Meta(
    severity="low",
    confidence="medium",
    cwe=208,
    asvs=("11.2.4",),
    summary="secret compared with an operator that stops early",
    why="Whoever measures many answers learns the secret piece by piece.",
    fix="Compare with hmac.compare_digest, and passwords with check_password_hash.",
    mended="Compares by `hmac.compare_digest` where both sides are certainly texts, or bytes.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each comparison of a secret that ends at the first difference."""
    for use in Timing(study(project)).find():
        yield found(RULE, use.what, use.spot)

"""A key, token or password is made of what can be guessed.

What it does
------------
Looks at what is called a key, token, secret or password, where it is made, and at what functions
such as `generate_password` return. It reports those that are made with the modules `random` and
`numpy.random`, with `uuid1` or from the clock, and keys and tokens with fewer than 64 random
bits (128 with `--strict`). What a function makes is told there, and not where it is called. A
password that goes into a hash and nowhere else is left to `--strict`: nobody is told it. Tokens
that are mailed for a reset or a confirmation are the business of `reset-token-predictable`.

Why it is bad
-------------
`random` is made for simulations: from some of its output the rest can be worked out. A clock and
the address of a network card are known anyhow, and few symbols are tried out in no time.

Bad
---
```python
import random
import string

from flask import Flask

app = Flask(__name__)

def create_api_key():
    return "".join(random.choice(string.ascii_letters) for _ in range(32))
```

Good
----
```python
import secrets

from flask import Flask

app = Flask(__name__)

def create_api_key():
    return secrets.token_urlsafe(32)
```

How to fix
----------
Use `secrets.token_urlsafe()`; for a password that people type, `secrets.choice` over a list of
words or letters.

References
----------
- https://cwe.mitre.org/data/definitions/338.html
- https://docs.python.org/3/library/secrets.html
- OWASP ASVS 5.0, requirement 11.5.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Audience, Confidence, Finding, Severity
from checks.found import found
from checks.keys.made import MadeSecret, bits, is_thrown_away, made_secrets
from checks.project import Project
from checks.rule import Meta
from checks.tokens.weak import weakness

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=338,
    asvs=("11.5.1",),
    summary="key, token or password that can be guessed",
    why="Whoever works out what was drawn has the key, token or password.",
    fix="Make it with the module secrets, from 128 random bits or more.",
    mended="Draws from `secrets` what the module `random` drew.",
)

_FEW_BITS = 64  # an attacker tries 2**64 values only with great effort
_BITS = 128  # OWASP ASVS 5.0, 11.5.1 and 7.2.3
_SOURCES = ("the module random", "uuid1", "the clock")


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each secret that can be guessed."""
    seen = set()
    told: set[tuple[Scope, str]] = set()
    every = [*made_secrets(project)]
    makers = {m.scope for m in every if m.returned and _source(m, project) is not None}
    for made in every:
        spot = made.scope.spot(made.value)
        names = {node.id for node in ast.walk(made.value) if isinstance(node, ast.Name)}
        if spot in seen or any((made.scope, name) in told for name in names):
            continue  # it is made of a secret that is reported already
        node = made.value if makers and not made.returned else None
        if isinstance(node, ast.Call) and project.names.callee(node, made.scope) in makers:
            continue  # what makes it is reported
        finding = _source(made, project) or _size(made, project)
        if finding is not None:
            seen.add(spot)
            told.add((made.scope, made.name))
            yield finding


def _source(made: MadeSecret, project: Project) -> Finding | None:
    how = weakness(made.value, made.scope, project)
    if how not in _SOURCES:
        return None
    confidence: Confidence | None = None if how == "the module random" else "medium"
    return found(
        RULE,
        f"{made.name} is made from {how}, which can be guessed.",
        made.scope.spot(made.value),
        confidence=confidence,
        audience="strict" if is_thrown_away(made) else None,
    )


def _size(made: MadeSecret, project: Project) -> Finding | None:
    count = bits(made.value, made.scope, project) if made.long else None
    if count is None or count >= _BITS - 8:  # uuid4 has 122
        return None
    few = count < _FEW_BITS
    severity: Severity = "medium" if few else "low"
    audience: Audience = "default" if few else "strict"
    return found(
        RULE,
        f"{made.name} has {int(count)} random bits; {_BITS} are needed.",
        made.scope.spot(made.value),
        severity=severity,
        audience=audience,
    )

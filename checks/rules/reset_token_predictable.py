"""A token or code that is mailed to somebody can be guessed.

What it does
------------
Looks at what is called a reset, confirmation, activation, verification or invitation token, or a
one-time code: variables, attributes, session entries, arguments and what functions so called
return. It reports those that are made with the module `random`, with `uuid1`, from the clock, or
as a plain hash of the address or the user's number. `secrets`, `os.urandom`, `uuid4`,
`SystemRandom` and signed tokens are not reported.

Why it is bad
-------------
Whoever asks for a few tokens for their own account can work out what `random` gives next, and a
clock or an address is known anyhow. With the token of somebody else's reset they own the account.

Bad
---
```python
import random
import string

from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/forgot")
def forgot():
    user = find_user(request.form["email"])
    user.reset_token = "".join(random.choice(string.ascii_letters) for _ in range(32))
    mail(user, user.reset_token)
    return "Look into your mail."
```

Good
----
```python
import secrets

from flask import Flask, request
from flask_login import LoginManager

app = Flask(__name__)
login_manager = LoginManager(app)

@app.post("/forgot")
def forgot():
    user = find_user(request.form["email"])
    user.reset_token = secrets.token_urlsafe(32)
    mail(user, user.reset_token)
    return "Look into your mail."
```

How to fix
----------
Make tokens with `secrets.token_urlsafe(32)` and short codes with `secrets.randbelow`, or sign
them with itsdangerous.

References
----------
- https://cwe.mitre.org/data/definitions/340.html
- https://docs.python.org/3/library/secrets.html
- https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
- OWASP ASVS 5.0, requirements 6.5.3 and 11.5.1
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.facts.python import Scope
from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.made import made_tokens
from checks.tokens.weak import weakness

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=340,
    asvs=("6.5.3", "11.5.1"),
    summary="token of a reset or confirmation that can be guessed",
    why="Whoever guesses the token that was mailed to somebody enters their account.",
    fix="Make the token with the module secrets.",
    mended="Draws from `secrets` what the module `random` drew.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each token or code that can be guessed."""
    seen = set()
    told: set[tuple[Scope, str]] = set()
    for token in made_tokens(project):
        if isinstance(token.value, ast.Name) and (token.scope, token.value.id) in told:
            continue  # ``user.token = token``, of a token that is reported already
        how = weakness(token.value, token.scope, project)
        spot = token.scope.spot(token.value)
        if how is not None and spot not in seen:
            seen.add(spot)
            told.add((token.scope, token.name))
            sure = None if token.sure else "medium"
            yield found(
                RULE,
                f"{token.name} is made from {how}, which can be guessed.",
                spot,
                confidence="medium" if sure or how.startswith("what") else None,
            )

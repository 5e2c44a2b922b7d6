"""Sessions are stored with pickle, which runs what it reads.

What it does
------------
Reports `pickle.loads` (also dill, cloudpickle, marshal, shelve, jsonpickle) of a cookie or of other
data that the client sent, pickle as the serializer of itsdangerous, session interfaces of the
app's own that unpickle, and Flask-Session told to pickle, by its serializer or, in `strict`, by a
file or `cachelib` backend.

Why it is bad
-------------
Unpickling runs code of whoever wrote the bytes. With the signing key, or a way to write into the
Redis or the folder where sessions lie, an attacker runs commands on the server.

Bad
---
```python
import pickle

from flask import Flask
from flask.sessions import SessionInterface

class RedisSessions(SessionInterface):
    def open_session(self, app, request):
        stored = redis.get(request.cookies.get("sid"))
        return ServerSession(pickle.loads(stored))

app = Flask(__name__)
app.session_interface = RedisSessions()
```

Good
----
```python
import json

from flask import Flask
from flask.sessions import SessionInterface

class RedisSessions(SessionInterface):
    def open_session(self, app, request):
        stored = redis.get(request.cookies.get("sid"))
        return ServerSession(json.loads(stored))

app = Flask(__name__)
app.session_interface = RedisSessions()
```

How to fix
----------
Store sessions as JSON or msgpack (Flask-Session 0.8 does), and let the old ones end.

References
----------
- https://cwe.mitre.org/data/definitions/502.html
- https://docs.python.org/3/library/pickle.html
- OWASP ASVS 5.0, requirement 1.5.2
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.found import found
from checks.project import Project
from checks.rule import Meta
from checks.tokens.pickled import pickled_sessions

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=502,
    asvs=("1.5.2",),
    summary="sessions stored with pickle",
    why="Who can write where sessions lie, or has the signing key, runs commands on the server.",
    fix="Store sessions as JSON or msgpack.",
)


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place where sessions or cookies are unpickled."""
    for use in pickled_sessions(project):
        yield found(RULE, use.message, use.spot, severity=use.severity, audience=use.audience)

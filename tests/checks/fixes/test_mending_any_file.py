"""Whatever stands around what is mended: the rest stays, the finding goes, and once is enough."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.fixes.command import mend
from checks.options import Options
from checks.run import audit

HEAD = (
    "import os",
    "import random",
    "from flask import Flask, request",
    "from flask_login import LoginManager",
    "app = Flask(__name__)",
    "manager = LoginManager(app)",
    "API_TOKEN = os.environ['API_TOKEN']",
)
# What is wrong, and the one line among them that is to change, as it is to become.
SNIPPETS = {
    "debug-enabled": (("app.run(port=80, debug=True)",), "app.run(port=80)"),
    "session-protection-off": (
        ("manager.session_protection = None",),
        'manager.session_protection = "basic"',
    ),
    "session-cookie-insecure": (
        ("app.config['SESSION_COOKIE_HTTPONLY'] = False",),
        "app.config['SESSION_COOKIE_HTTPONLY'] = True",
    ),
    "password-compare-timing": (
        ("@app.post('/a')", "def a():", "    return str(request.form['token'] == API_TOKEN)"),
        "    return str(hmac.compare_digest(request.form['token'].encode(), API_TOKEN.encode()))",
    ),
    "secret-generated-weakly": (
        ("def make_token():", "    return str(random.getrandbits(128))"),
        "    return str(secrets.SystemRandom().getrandbits(128))",
    ),
}
NEW = ("import hmac", "import secrets")
between = st.sampled_from(
    ["", "# é: says nothing", "x = 'ü'", "\t", "# debug=True", "y = (1,\n 2)"]
)
behind = st.sampled_from(["", "  # as it is", " ", "  # 'quoted\""])


@settings(max_examples=8, deadline=None)
@given(
    rules=st.lists(st.sampled_from(sorted(SNIPPETS)), min_size=1, max_size=4, unique=True),
    filler=st.lists(between, min_size=40, max_size=40),
    ends=st.lists(behind, min_size=40, max_size=40),
    newline=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_any_file(rules, filler, ends, newline, last, encoding):
    """Other lines stay byte for byte, the file parses, and a second run changes nothing."""
    wrong = [line for rule in rules for line in SNIPPETS[rule][0]]
    lines = []
    for number, line in enumerate([*HEAD, *wrong]):
        if number and line.startswith(("import", "from", "app", "manager", "@")):
            lines += filler[number].split("\n")
        lines.append(line + ends[number])
    raw = newline.join(lines).encode(encoding) + (newline.encode() if last else b"")
    with TemporaryDirectory() as folder:
        file = Path(folder, "app.py")
        file.write_bytes(raw)
        options = Options(select=tuple(rules))
        arguments = SimpleNamespace(diff=False, quiet=True, jobs=1)

        assert mend([folder], options, audit([folder], options), arguments)
        once = file.read_bytes()
        left = audit([folder], options)
        assert not mend([folder], options, left, arguments)
        assert ["app.py"] == os.listdir(folder)
        assert once == file.read_bytes()

    ast.parse(once)
    changed = {SNIPPETS[rule][0][-1]: SNIPPETS[rule][1] for rule in rules}
    expected = [
        next((line.replace(old, new) for old, new in changed.items() if line.startswith(old)), line)
        for line in raw.decode(encoding).split(newline)
    ]
    mended = [line for line in once.decode(encoding).split(newline) if line not in NEW]
    assert expected == mended
    assert not [f for f in left.findings if f.rule in rules and " off (" in f.message]
    assert {"session-cookie-insecure"} >= {f.rule for f in left.findings}

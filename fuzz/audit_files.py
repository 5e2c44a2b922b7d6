"""Files of any bytes: the audit says what it cannot read, and no rule fails.

The first byte chooses the file's name, and so what it is read as; the rest are its bytes. An
app stands beside it, so that rules have something to ask about.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from checks.finding import Outcome
from checks.options import Options
from checks.run import audit

NAMES = (
    "views.py", "templates/login.html", "config.json", "config.yaml", "config.toml",
    "Dockerfile", "docker-compose.yml", "nginx.conf", "requirements.txt", ".env", "Procfile",
    "uwsgi.ini", "poetry.lock", "uv.lock", "Pipfile.lock", "Pipfile", "setup.cfg",
    "pyproject.toml", "pylock.toml", "templates/mail.txt", "k8s/app.yaml",
    ".github/workflows/ci.yml", "gunicorn.conf.py", "config.py", ".gitignore",
)  # fmt: skip
_APP = b"""\
from flask import Flask, render_template, request
from flask_login import LoginManager, login_user
from views import *
from config import Config, password

app = Flask(__name__)
LoginManager(app)
app.config.from_object(Config)
app.config.from_file("config.json")
app.config.from_file("config.toml")


@app.route("/login", methods=["POST"])
def login():
    login_user(check(request.form["password"]))
    return render_template("login.html")
"""


def audited(name: str, data: bytes) -> Outcome:
    """Return what all rules say of an app beside a file with these bytes.

    Raises:
        AssertionError: a rule failed, or a finding is in no line of the file.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "app.py").write_bytes(_APP)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
        outcome = audit([folder], Options(strict=True))
    for gap in outcome.not_audited:
        assert gap.path != ".", f"{name}: {gap.reason}"
    lines = data.replace(b"\r", b"\n").count(b"\n") + 1
    for finding in outcome.findings:
        if finding.path == name:
            assert finding.line is None or 1 <= finding.line <= lines, f"{name}: no such line"
    return outcome


def TestOneInput(data: bytes) -> None:  # noqa: N802  # the name that fuzzers call
    """Audit one file and raise where an invariant does not hold."""
    if data:
        audited(NAMES[data[0] % len(NAMES)], data[1:])


if __name__ == "__main__":
    import sys

    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()

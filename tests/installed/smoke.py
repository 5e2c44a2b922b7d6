"""Tries the installed wheel: run by ``make test`` in a folder outside the source.

``smoke.py SOURCE VENV``: exits 0 if what the wheel holds is complete.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path


def main(source: Path, venv: Path) -> None:
    """Import, wrap, log in, audit and ask the command line, all from the wheel."""
    import checks
    import flask_hardening
    import hardening

    for module in (hardening, checks, flask_hardening):
        place = Path(str(module.__file__)).resolve()
        assert source not in place.parents or venv in place.parents, f"{place} is the source"
    assert version("flask-hardening") == flask_hardening.__version__
    for package in (hardening, checks):
        assert (Path(str(package.__file__)).parent / "py.typed").is_file()
    for name in ("templates/hardening/devices.html", "static/devices.css"):
        assert (Path(str(hardening.__file__)).parent / name).is_file()
    assert "hardening" in {point.name for point in entry_points(group="flask.commands")}
    _wrapped_login()
    _audit(venv)
    print(f"the installed wheel {flask_hardening.__version__} works")


def _wrapped_login() -> None:
    from flask import Flask
    from flask_login import LoginManager, UserMixin, login_required, login_user

    from hardening import harden

    class User(UserMixin):
        id = "ada"

    app = Flask("smoke", instance_path=str(Path("instance").resolve()))
    app.secret_key = secrets.token_hex(32)
    LoginManager(app).user_loader(lambda name: User() if name == "ada" else None)

    @app.post("/login")
    def login() -> str:
        login_user(User())
        return "in"

    @app.get("/me")
    @login_required
    def me() -> str:
        return "me"

    harden(app)
    client = app.test_client()
    site, public = "https://shop.example", {"REMOTE_ADDR": "203.0.113.7"}
    client.post("/login", base_url=site, environ_overrides=public)
    page = client.get("/me", base_url=site, environ_overrides=public)
    assert page.status_code == 200, page.status
    assert "Strict-Transport-Security" in page.headers


def _audit(venv: Path) -> None:
    command = [str(venv / "bin" / "flask-hardening"), "audit", "project"]
    run = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, f"the audit exited {run.returncode}: {run.stderr}"
    rules = {finding["rule"] for finding in json.loads(run.stdout)["findings"]}
    assert "secret-key-hardcoded" in rules, rules
    run = subprocess.run(
        [*command, "--format", "json", "--app", "app"], capture_output=True, text=True, check=False
    )
    report = json.loads(run.stdout)
    assert report["not_audited"] == [], report["not_audited"]
    assert report["live"]["facts"]["made"]["path"] == "app.py", report["live"]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

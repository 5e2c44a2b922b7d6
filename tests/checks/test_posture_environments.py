"""What the posture says of each environment."""

from __future__ import annotations

import pytest

APP = """import os
from flask import Flask
from config import config
def create_app():
    app = Flask(__name__)
    app.config.from_object(config[os.environ.get("MODE", "production")])
    return app
"""
CONFIG = """import os
class Config:
    SECRET_KEY = os.environ["SECRET_KEY"]
class DevelopmentConfig(Config):
    SECRET_KEY = "dev"
    SESSION_COOKIE_SECURE = False
class TestingConfig(Config):
    SESSION_COOKIE_SECURE = False
class ProductionConfig(Config):
    SESSION_COOKIE_SECURE = {secure}
config = {{"development": DevelopmentConfig, "testing": TestingConfig,
          "production": ProductionConfig}}
"""


@pytest.mark.parametrize(
    ("secure", "state", "said"),
    [
        ("True", "present", "SESSION_COOKIE_SECURE, config.py:10"),
        ("False", "absent", "SESSION_COOKIE_SECURE is off, config.py:10"),
        ("ask()", "undecided", "SESSION_COOKIE_SECURE is not decided"),
    ],
)
def test_cookie(outcome, secure, state, said):
    """Production decides the state; what holds elsewhere is told beside it."""
    files = {"app.py": APP, "config.py": CONFIG.format(secure=secure)}
    (row,) = [r for r in outcome(files).posture if r.name == "session-cookie"]

    assert row.state == state
    assert row.evidence.startswith(said)
    assert row.evidence.endswith(
        "; development: SESSION_COOKIE_SECURE is off, config.py:6"
        "; testing: SESSION_COOKIE_SECURE is off, config.py:8"
    )


def test_key(outcome):
    """A literal key for development alone leaves the key of production present."""
    found = outcome({"app.py": APP, "config.py": CONFIG.format(secure="True")})
    (row,) = [r for r in found.posture if r.name == "secret-key"]

    assert row.state == "present"
    assert "; development: SECRET_KEY is a literal, config.py:5" in row.evidence
    assert "'dev'" not in row.evidence


def test_no_finding_for_the_others(outcome):
    """Settings that are wrong for development and tests alone are no fault of the app's."""
    found = outcome(
        {"app.py": APP, "config.py": CONFIG.format(secure="True")},
        select=("session-cookie-insecure", "debug-enabled", "testing-enabled"),
    )

    assert [f.path for f in found.findings] in ([], ["app.py"])
    assert all("SAMESITE" in f.message for f in found.findings)

"""One outcome that has everything a report can show, for the exact expectations of each format."""

from __future__ import annotations

import pytest

from checks.finding import Finding, NotAudited, Outcome, Place, Protection
from checks.rule import Meta, Rule

APP = """\
from flask import Flask
app = Flask(__name__)
app.config["SECRET_KEY"] = "hunter2-is-the-key"  # was "older-key"

@app.route("/login", methods=["POST"])
def login():
\tif user.password == request.form["password"]:
		return redirect(request.args["next"])
"""
TESTS = 'SECRET_KEY = "only-in-tests"\n'


@pytest.fixture
def rules() -> tuple[Rule, ...]:
    """Two rules, of which one found nothing."""
    return (
        Rule(
            id="debug-enabled",
            meta=Meta(
                severity="high",
                confidence="high",
                cwe=489,
                asvs=("13.4.2",),
                summary="Debug mode is on",
                why="The debugger runs code for whoever reaches it.",
                fix="Leave debug mode to the development server's command.",
            ),
            page="Debug mode is on.\n\n## What it does\n\nLooks for `debug=True`.\n",
            check=lambda project: (),
        ),
        Rule(
            id="secret-key-guessable",
            meta=Meta(
                severity="high",
                confidence="high",
                cwe=1391,
                asvs=("11.5.1", "13.3.1"),
                summary="the secret key can be guessed",
                why="Whoever knows the key signs a session of any user.",
                fix="Read a random key of 32 bytes from the environment.",
            ),
            page="The secret key can be guessed.\n",
            check=lambda project: (),
        ),
    )


@pytest.fixture
def outcome() -> Outcome:
    """Findings with and without a place, suppressed, in tests, from bandit, and all the rest."""
    key = Finding(
        rule="secret-key-guessable",
        severity="high",
        confidence="high",
        audience="default",
        message="The secret key is shorter than 32 bytes.",
        why="Whoever knows the key signs a session of any user.",
        fix="Read a random key of 32 bytes from the environment.",
        cwe=1391,
        asvs=("11.5.1", "13.3.1"),
        path="web app/app.py",
        line=3,
        column=28,
        end_line=3,
        end_column=48,
        fingerprint="5f2b:0",
        related=(Place("web app/wsgi.py", 2, "The app is served from here."),),
    )
    return Outcome(
        root="shop",
        findings=(
            Finding(
                rule="https-not-enforced",
                severity="medium",
                confidence="medium",
                audience="default",
                message="Nothing makes HTTPS mandatory.",
                why="Whoever shares the network reads passwords.",
                fix="Call harden(app).",
                cwe=319,
                asvs=("12.2.1",),
            ),
            Finding(
                rule="secret-key-guessable",
                severity="high",
                confidence="high",
                audience="default",
                message="The secret key is shorter than 32 bytes.",
                why="Whoever knows the key signs a session of any user.",
                fix="Read a random key of 32 bytes from the environment.",
                cwe=1391,
                asvs=("11.5.1", "13.3.1"),
                path="tests/settings.py",
                line=1,
                column=14,
                end_line=1,
                end_column=29,
                context="tests",
            ),
            key,
            Finding(
                rule="login-redirects-anywhere",
                severity="low",
                confidence="high",
                audience="strict",
                message="The login goes to any address in next.",
                why="A link to this site ends on another.",
                fix="Check the host of the destination.",
                cwe=601,
                asvs=("3.7.2",),
                path="web app/app.py",
                line=8,
                column=19,
                end_line=8,
                end_column=39,
                source="bandit",
                seen=("source", "live"),
            ),
            Finding(
                rule="debug-enabled",
                severity="high",
                confidence="high",
                audience="default",
                message="Debug mode is on.",
                why="The debugger runs code for whoever reaches it.",
                fix="Leave debug mode to the development server's command.",
                cwe=489,
                asvs=("13.4.2",),
                path="web app/run.py",
                line=4,
                suppressed="only on a laptop",
            ),
        ),
        not_audited=(NotAudited("web app/broken.py", "It is not Python: line 3."),),
        posture=(
            Protection("https", "absent", "No Talisman, harden or redirect anywhere."),
            Protection("login-limit", "undecided", "A limiter is built in a function."),
            Protection("password-hash", "present", "web app/models.py:12"),
        ),
        files=7,
        notes=("The rules for templates were not asked for.",),
        sources={"web app/app.py": APP, "tests/settings.py": TESTS},
    )

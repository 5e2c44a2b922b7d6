"""Flask-Login's own tests, from its source release, with every app in them wrapped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.6.3"
SUITE = 114  # tests in that release

# With TESTING on, Flask lets the exception through that these expect as a page.
BARE = {
    "test_remember_me_with_invalid_custom_duration_returns_500_resp",
    "test_remember_me_with_invalid_duration_returns_500_response",
}
# By design; docs/compatibility.md gives each its reason.
DESIGN = {
    "test_session_protection_basic_marks_session_unfresh",
    "test_permanent_strong_session_protection_marks_session_unfresh",
    "test_session_protection_strong_fires_signal_x_forwarded_for",
}

PLUGIN = """
import os
import flask

made = flask.Flask.__init__

def wrapped(self, *args, **options):
    made(self, *args, **options)
    self.testing = True
    if os.environ.get("WRAP"):
        from hardening import harden
        harden(self)

flask.Flask.__init__ = wrapped
"""

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source release, and a plugin that wraps every app it makes."""
    folder = tmp_path_factory.mktemp("flask-login")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "download", "--no-deps", "--no-binary", ":all:",
         "-d", str(folder), f"Flask-Login=={VERSION}"],
        check=True,
    )  # fmt: skip
    archive = next(folder.glob("*.tar.gz"))
    with tarfile.open(archive) as source:
        source.extractall(folder, filter="data")
    (folder / "wrap_every_app.py").write_text(PLUGIN)
    return folder


def run(suite: Path, wrap: bool) -> tuple[set[str], int]:
    """Return the names of the failed tests, and how many passed."""
    environment = {**os.environ, "PYTHONPATH": f"{suite}{os.pathsep}{ROOT}"}
    environment.update({"WRAP": "1"} if wrap else {})
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "wrap_every_app", "-p", "no:cacheprovider",
         "-p", "no:xdist", "-o", "filterwarnings=", "--rootdir", str(suite), "-c", os.devnull,
         str(next(suite.glob("Flask-Login-*/tests")))],
        cwd=suite,
        env=environment,
        capture_output=True,
        text=True,
    )  # fmt: skip
    failed = set(re.findall(r"^FAILED \S+::(\w+)", answer.stdout, re.MULTILINE))
    passed = re.search(r"(\d+) passed", answer.stdout)
    assert passed, answer.stdout[-3000:] + answer.stderr[-3000:]
    return failed, int(passed.group(1))


@pytest.mark.parametrize(
    ("wrap", "expected"), [(False, BARE), (True, BARE | DESIGN)], ids=["bare", "wrapped"]
)
def test_only_what_is_documented_differs(suite: Path, wrap: bool, expected: set[str]) -> None:
    """Every test passes but those that the documentation lists, wrapped or not."""
    failed, passed = run(suite, wrap)

    assert expected == failed
    assert SUITE - len(expected) == passed

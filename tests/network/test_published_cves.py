"""Published vulnerabilities: found in the release that has them, not in the one that mends them.

`make test-cves` runs it. Both releases come from the package registry as wheels that are only
unpacked: nothing of them is installed or run.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from checks.finding import Finding
from checks.options import Options
from checks.run import audit

TABLE = Path(__file__).parents[2] / "bench" / "cves.md"
MINUTES = 5  # for one download, on a slow line


class Case(NamedTuple):
    """One vulnerability, and the finding that tells of it."""

    cve: str
    package: str
    vulnerable: str
    fixed: str
    rule: str
    path: str
    """The end of the file's path."""
    says: str = ""
    """What the finding says, where the mended release earns another one by the same rule."""


CASES = (
    Case("CVE-2021-4162", "archivy", "1.6.1", "1.6.2", "state-change-by-get", "routes.py"),
    Case("CVE-2021-4162", "archivy", "1.6.1", "1.6.2", "csrf-missing", "archivy/__init__.py"),
    Case(
        "CVE-2021-4315",
        "psiturk",
        "3.2.0",
        "3.2.1",
        "template-from-string",
        "psiturk/experiment.py",
    ),
    Case("CVE-2021-25965", "calibreweb", "0.6.13", "0.6.14", "csrf-missing", "cps/__init__.py"),
    Case(
        "CVE-2021-29621",
        "Flask-AppBuilder",
        "3.2.3",
        "3.3.0",
        "login-timing",
        "security/manager.py",
        "Only for users who exist is a password hash computed here.",
    ),
    Case(
        "CVE-2022-2822",
        "OctoPrint",
        "1.7.3",
        "1.8.3",
        "login-not-limited",
        "server/api/__init__.py",
    ),
    Case(
        "CVE-2022-2888",
        "OctoPrint",
        "1.8.2",
        "1.8.3",
        "remember-cookie-unbounded",
        "octoprint/server/__init__.py",
        "Nothing sets REMEMBER_COOKIE_DURATION, and Flask-Login's default is 365 days.",
    ),
    Case(
        "CVE-2023-0055",
        "pyload-ng",
        "0.5.0b3.dev31",
        "0.5.0b3.dev32",
        "session-cookie-insecure",
        "webui/app/__init__.py",
    ),
    Case(
        "CVE-2024-24808",
        "pyload-ng",
        "0.5.0b3.dev78",
        "0.5.0b3.dev79",
        "login-redirects-anywhere",
        "blueprints/app_blueprint.py",
    ),
    Case("CVE-2024-3408", "dtale", "3.12.0", "3.13.1", "secret-key-hardcoded", "dtale/app.py"),
    Case(
        "CVE-2024-32651",
        "changedetection.io",
        "0.45.20",
        "0.45.21",
        "template-from-string",
        "changedetectionio/forms.py",
    ),
    Case(
        "CVE-2025-24023",
        "Flask-AppBuilder",
        "4.5.2",
        "4.5.3",
        "login-timing",
        "security/manager.py",
    ),
    Case(
        "CVE-2026-23892",
        "OctoPrint",
        "1.11.5",
        "1.11.6",
        "password-compare-timing",
        "octoprint/access/users.py",
    ),
)


def unpacked(case: Case, version: str, into: Path) -> Path:
    """Return the folder with what the wheel of `version` holds."""
    wheels = into / "wheels"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary", ":all:", "--dest", str(wheels)),
            f"{case.package}=={version}",
        ],
        check=True,
        timeout=MINUTES * 60,
    )
    (wheel,) = wheels.iterdir()
    root = into / "release"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(root)
    return root


def told(case: Case, version: str, into: Path) -> list[Finding]:
    """Return the findings at `version` that tell of the vulnerability."""
    root = unpacked(case, version, into)
    outcome = audit([str(root)], Options(select=(case.rule,)))
    assert any((path or "").endswith(case.path) for path in files(root)), case.path
    return [
        finding
        for finding in outcome.findings
        if finding.rule == case.rule
        and finding.path is not None
        and finding.path.endswith(case.path)
        and case.says in finding.message
    ]


def files(root: Path) -> list[str]:
    """Return the paths of all files below `root`."""
    return [path.as_posix() for path in root.rglob("*.py")]


@pytest.mark.network
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cve}-{case.rule}")
def test_a_published_vulnerability_is_found_until_it_is_mended(case: Case, tmp_path: Path) -> None:
    """The vulnerable release earns the finding in the file that was mended, the next does not."""
    assert told(case, case.vulnerable, tmp_path / "vulnerable")
    assert not told(case, case.fixed, tmp_path / "fixed")


def test_the_table_lists_every_case() -> None:
    """The page about published vulnerabilities names each case, its releases and its rule."""
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    for case in CASES:
        wanted = (case.cve, case.package, case.vulnerable, case.fixed, f"`{case.rule}`")
        assert any(all(f" {text} " in row for text in wanted) for row in rows), case.cve


def test_at_least_ten_vulnerabilities_are_shown() -> None:
    """Ten different vulnerabilities, each counted once."""
    assert len({case.cve for case in CASES}) >= 10

"""Published vulnerabilities: found in the release that has them, not in the one that mends them.

`make test-cves` runs it. Both releases come from the package registry as wheels that are only
unpacked, or are tags of a repository: nothing of them is installed or run.
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
    strict: bool = False
    """Whether only a strict audit tells."""
    repository: str = ""
    """Of GitHub, with the releases as tags, where no wheels are published."""


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
    Case(
        "CVE-2026-35490",
        "changedetection.io",
        "0.54.7",
        "0.54.8",
        "login-required-ineffective",
        "blueprint/backups/__init__.py",
    ),
    Case(
        "CVE-2024-23329",
        "changedetection.io",
        "0.45.12",
        "0.45.13",
        "view-unprotected",
        "changedetectionio/api/api_v1.py",
    ),
    Case(
        "CVE-2021-38540",
        "apache-airflow",
        "2.1.2",
        "2.1.3",
        "view-unprotected",
        "airflow/www/views.py",
    ),
    Case(
        "CVE-2021-26697",
        "apache-airflow",
        "2.0.0",
        "2.0.1",
        "view-unprotected",
        "api/experimental/endpoints.py",
    ),
    Case(
        "CVE-2021-32805",
        "Flask-AppBuilder",
        "3.3.1",
        "3.3.2",
        "login-redirects-anywhere",
        "security/views.py",
    ),
    Case(
        "CVE-2021-32618",
        "Flask-Security-Too",
        "4.0.1",
        "4.1.0",
        "login-redirects-anywhere",
        "flask_security/views.py",
        strict=True,
    ),
    Case(
        "CVE-2021-23393",
        "Flask-Unchained",
        "0.8.1",
        "0.9.0",
        "login-redirects-anywhere",
        "controller/utils.py",
    ),
    Case(
        "CVE-2022-1430",
        "OctoPrint",
        "1.7.3",
        "1.8.0",
        "login-redirects-anywhere",
        "octoprint/server/views.py",
        "nothing checks it",
    ),
    Case(
        "CVE-2024-32977",
        "OctoPrint",
        "1.10.0",
        "1.10.1",
        "proxy-trusted-blindly",
        "octoprint/server/util/flask.py",
    ),
    Case(
        "CVE-2025-64100",
        "ckan",
        "2.10.8",
        "2.10.9",
        "session-fixation",
        "ckan/views/user.py",
        "login() logs in and keeps",
    ),
    Case(
        "CVE-2025-12765",
        "pgadmin4",
        "9.9",
        "9.10",
        "tls-unverified",
        "pgadmin/authenticate/ldap.py",
    ),
    Case(
        "CVE-2022-25303",
        "whoogle-search",
        "0.7.1",
        "0.7.2",
        "autoescape-off",
        "app/templates/error.html",
    ),
    Case(
        "CVE-2022-2525",
        "calibreweb",
        "0.6.19",
        "0.6.20",
        "login-not-limited",
        "cps/web.py",
    ),
    Case(
        "CVE-2021-4164",
        "calibreweb",
        "0.6.14",
        "0.6.15",
        "state-change-by-get",
        "cps/shelf.py",
    ),
    Case(
        "CVE-2023-0509",
        "pyload-ng",
        "0.5.0b3.dev43",
        "0.5.0b3.dev44",
        "tls-unverified",
        "network/http/http_request.py",
    ),
    Case(
        "CVE-2023-23929",
        "vantage6-server",
        "3.7.3",
        "3.8.0",
        "jwt-never-expires",
        "vantage6/server/__init__.py",
    ),
    Case(
        "CVE-2024-21671",
        "vantage6-server",
        "4.1.3",
        "4.2.0",
        "login-timing",
        "common/auth_helper.py",
        strict=True,
    ),
    Case(
        "CVE-2022-25510",
        "FreeTAKServer",
        "1.9.8",
        "1.9.9",
        "secret-key-hardcoded",
        "services/RestAPI.py",
    ),
    Case(
        "CVE-2023-30797",
        "lemur",
        "v1.3.1",
        "v1.3.2",
        "secret-generated-weakly",
        "lemur/common/utils.py",
        repository="Netflix/lemur",
    ),
    Case(
        "CVE-2021-41192",
        "redash",
        "v10.0.0",
        "v10.1.0",
        "secret-key-fallback",
        "redash/settings/__init__.py",
        repository="getredash/redash",
    ),
    Case(
        "CVE-2021-43777",
        "redash",
        "v10.0.0",
        "v10.1.0",
        "login-redirects-anywhere",
        "authentication/google_oauth.py",
        "check of state does not hold",
        repository="getredash/redash",
    ),
    Case(
        "CVE-2024-11717",
        "CTFd",
        "3.7.4",
        "3.7.5",
        "token-purpose-shared",
        "CTFd/utils/email/__init__.py",
        repository="CTFd/CTFd",
    ),
    Case(
        "CVE-2022-24776",
        "Flask-AppBuilder",
        "3.4.4",
        "3.4.5",
        "login-redirects-anywhere",
        "security/views.py",
        "nothing checks it",
    ),
    Case(
        "CVE-2022-40754",
        "apache-airflow",
        "2.3.4",
        "2.4.0",
        "login-redirects-anywhere",
        "airflow/www/views.py",
        "nothing checks it",
    ),
    Case(
        "CVE-2022-43985",
        "apache-airflow",
        "2.4.1",
        "2.4.2",
        "login-redirects-anywhere",
        "airflow/www/views.py",
    ),
    Case(
        "CVE-2023-2106",
        "calibreweb",
        "0.6.19",
        "0.6.20",
        "password-too-short-allowed",
        "cps/web.py",
    ),
    Case(
        "CVE-2026-40594",
        "pyload-ng",
        "0.5.0b3.dev97",
        "0.5.0b3.dev98",
        "config-written-from-request",
        "webui/app/__init__.py",
    ),
    Case(
        "GHSA-vwgh-2hvh-4xm5",
        "changedetection.io",
        "0.55.3",
        "0.55.4",
        "auth-exempt-by-substring",
        "changedetectionio/auth_decorator.py",
    ),
    Case(
        "GHSA-3v57-xv5m-v7m7",
        "changedetection.io",
        "0.55.8",
        "0.60.2",
        "state-change-by-get",
        "blueprint/ui/__init__.py",
    ),
    Case(
        "GHSA-r9gp-7f88-9r54",
        "lemur",
        "v1.9.1",
        "v1.9.2",
        "jwt-unverified",
        "lemur/auth/service.py",
        repository="Netflix/lemur",
    ),
)


def unpacked(case: Case, version: str, into: Path) -> Path:
    """Return the folder with what `version` holds."""
    root = into / "release"
    if case.repository:
        address = f"https://github.com/{case.repository}.git"
        clone = ("git", "-c", "advice.detachedHead=false", "clone", "--quiet", "--depth", "1")
        subprocess.run(
            [*clone, "--branch", version, address, str(root)], check=True, timeout=MINUTES * 60
        )
        return root
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
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(root)
    return root


def told(case: Case, version: str, into: Path) -> list[Finding]:
    """Return the findings at `version` that tell of the vulnerability."""
    root = unpacked(case, version, into)
    outcome = audit([str(root)], Options(select=(case.rule,), strict=case.strict))
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
    return [path.as_posix() for path in root.rglob("*") if path.is_file()]


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


def test_at_least_thirty_vulnerabilities_are_shown() -> None:
    """Thirty different vulnerabilities, each counted once."""
    assert len({case.cve for case in CASES}) >= 30

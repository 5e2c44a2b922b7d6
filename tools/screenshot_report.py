"""Make the picture of the HTML report that the README shows, from a real audit.

    python tools/screenshot_report.py PATH OUTPUT.png [--dark]

PATH is audited with ``flask-hardening audit --format html:...`` and the page is drawn by a
headless Chromium (or Chrome), which must be on the PATH or named by ``CHROMIUM``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER_LIMIT_S = 60
AUDIT_LIMIT_S = 120


def audit(path: Path, page: Path) -> None:
    """Audit `path` as a user would and write the report to `page`.

    Raises:
        SystemExit: the command was used wrongly or audited nothing.
    """
    command = [sys.executable, str(ROOT / "flask_hardening.py"), "audit", path.name]
    command += ["--format", f"html:{page}", "--fail-on", "never"]
    # From the folder above, so that the title is a name and not a path of this machine.
    done = subprocess.run(command, cwd=path.parent, timeout=AUDIT_LIMIT_S, check=False)
    if not page.exists():
        raise SystemExit(f"the audit wrote no report (exit {done.returncode})")


def draw(page: Path, picture: Path, *, width_px: int, height_px: int, dark: bool) -> None:
    """Draw the top of `page` into `picture` with a profile of its own and no network.

    Raises:
        SystemExit: there is no browser, or it drew nothing.
    """
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"no browser found: none of {', '.join(BROWSERS)} is on the PATH")
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-background-networking", "--no-first-run"]
        command += [f"--user-data-dir={profile}", f"--screenshot={picture}"]
        command += [f"--window-size={width_px},{height_px}"]
        if dark:
            command += ["--blink-settings=preferredColorScheme=0"]
        subprocess.run(
            [*command, page.as_uri()], timeout=BROWSER_LIMIT_S, check=False, capture_output=True
        )
    if not picture.exists():
        raise SystemExit(f"{browser} drew nothing")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="the project to audit")
    parser.add_argument("output", type=Path, help="the PNG file to write")
    parser.add_argument("--dark", action="store_true", help="draw the dark scheme")
    parser.add_argument("--width", type=int, default=1100, help="in pixels")
    parser.add_argument("--height", type=int, default=1300, help="in pixels")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        audit(arguments.path.resolve(), page)
        draw(
            page, output, width_px=arguments.width, height_px=arguments.height, dark=arguments.dark
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

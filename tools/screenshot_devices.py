"""Make the picture in docs/devices.md, from a real run.

    python tools/screenshot_devices.py OUTPUT.png

The app of ``tests/support/devices_app.py`` runs under gunicorn behind nginx; a phone and a laptop
log in, then Chromium, which draws the page. What the servers of the tests need must be installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from chromium import Elsewhere, chromium, devices_site, sign_in  # noqa: E402  # found only now

AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)
# Addresses of the documentation ranges (RFC 5737, RFC 3849) instead of three times loopback.
HEADERS = """
      set $from 203.0.113.7;
      if ($http_user_agent ~ iPhone) { set $from 2001:db8:1:2::5; }
      if ($http_user_agent ~ Firefox) { set $from 198.51.100.23; }
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $from;
      proxy_set_header X-Forwarded-Proto $scheme;
"""


def draw(picture: Path) -> None:
    """Run the app, log three devices in, and draw the page into `picture`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        devices_site(Path(folder), HEADERS) as origin,
        chromium(width_px=800, height_px=1000) as browser,
    ):
        for agent in AGENTS:
            Elsewhere(origin, agent)
        agent = browser.execute_script("return navigator.userAgent").replace("Headless", "")
        browser.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent})
        sign_in(browser, origin)
        browser.get(f"{origin}/account/devices")
        height = browser.execute_script("return document.documentElement.scrollHeight")
        size = {"width": 800, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        if not browser.save_screenshot(str(picture)):
            raise SystemExit("the browser drew nothing")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="the PNG file to write")
    output = parser.parse_args().output.resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    draw(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

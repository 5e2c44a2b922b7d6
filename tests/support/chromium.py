"""Debian's Chromium, driven by Selenium, and a phone that only pretends."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
import urllib3
from devices_app import NAME, PASSWORD
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from servers import USUAL_HEADERS, free_port, running, tls_proxy

LIMIT_S = 60


@contextmanager
def chromium(
    *,
    width_px: int = 1000,
    height_px: int = 900,
    arguments: Iterable[str] = (),
    preferences: Mapping[str, object] | None = None,
) -> Iterator[webdriver.Chrome]:
    """Run a browser with a profile of its own that takes any certificate.

    Args:
        width_px: of its window.
        height_px: of its window.
        arguments: more of its command line.
        preferences: what its user has set, by the names in a profile's ``Preferences``.

    Raises:
        RuntimeError: it is not installed.
    """
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        raise RuntimeError("chromium and chromedriver are needed; `make test` installs them")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.accept_insecure_certs = True
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        *arguments,
    ):
        options.add_argument(argument)
    options.add_argument(f"--window-size={width_px},{height_px}")
    options.add_experimental_option("prefs", dict(preferences or {}))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running_browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        running_browser.set_page_load_timeout(LIMIT_S)
        yield running_browser
    finally:
        running_browser.quit()


@contextmanager
def devices_site(folder: Path, headers: str = USUAL_HEADERS) -> Iterator[str]:
    """Serve ``devices_app`` by two gunicorn workers behind nginx; yields its https origin."""
    upstream = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "2"]
    command += ["--bind", f"127.0.0.1:{upstream}", "devices_app:create_app()"]
    root = Path(__file__).resolve().parents[2]
    environment = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEVICES_INSTANCE": str(folder / "instance"),
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests" / "support")]),
    }
    (folder / "instance").mkdir()
    with (
        running(command, upstream, folder, name="gunicorn", environment=environment),
        tls_proxy(upstream, folder, headers) as port,
    ):
        yield f"https://127.0.0.1:{port}"


def arrive(browser: webdriver.Chrome, act: Callable[[], object]) -> None:
    """Do what leads to another page, and return once that page is there."""
    browser.execute_script("window.isLeft = true")
    act()
    script = "return !window.isLeft && document.readyState === 'complete'"
    # Between two pages the driver may have none to run a script in.
    wait = WebDriverWait(browser, LIMIT_S, 0.05, [WebDriverException])
    wait.until(lambda found: found.execute_script(script))


def sign_in(browser: webdriver.Chrome, origin: str) -> None:
    """Log in as a person does."""
    browser.get(f"{origin}/login")
    browser.find_element(By.NAME, "username").send_keys(NAME)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    arrive(browser, browser.find_element(By.TAG_NAME, "button").click)


class Elsewhere:
    """Another device of the same user, without a screen.

    Args:
        origin: of the site.
        agent: what it calls itself.
    """

    def __init__(self, origin: str, agent: str) -> None:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._origin = origin
        self._session = requests.Session()
        self._session.verify = False
        self._session.trust_env = False  # or REQUESTS_CA_BUNDLE comes first
        self._session.headers["User-Agent"] = agent
        form = self._session.get(f"{origin}/login", timeout=LIMIT_S).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', form)
        fields = {"username": NAME, "password": PASSWORD, "remember": "on"}
        fields["csrf_token"] = found.group(1) if found else ""
        headers = {"Referer": f"{origin}/login"}
        self._session.post(f"{origin}/login", fields, headers=headers, timeout=LIMIT_S)

    def inside(self) -> bool:
        """Return whether it is logged in."""
        answer = self._session.get(f"{self._origin}/me", allow_redirects=False, timeout=LIMIT_S)
        return answer.status_code == 200

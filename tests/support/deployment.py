"""The site of `workers_app` under gunicorn, and browsers that ask it."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import workers_app
from servers import free_port, running

PASSWORD = "correct horse battery staple"
USERS = 64
SUPPORT = Path(workers_app.__file__).parent
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Deployment:
    """A running server."""

    url: str
    folder: Path

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        # A connection that is kept may be closed by the server while the next request is sent.
        session.headers.update({"User-Agent": AGENT, "Connection": "close"})
        return session

    def post(self, browser: requests.Session, path: str, **fields: str) -> requests.Response:
        return browser.post(f"{self.url}{path}", data=fields, timeout=60)

    def login(
        self, browser: requests.Session, name: str, password: str = PASSWORD, **more: str
    ) -> int:
        return self.post(browser, "/login", username=name, password=password, **more).status_code

    def who(self, browser: requests.Session) -> tuple[str, int]:
        answer = browser.get(f"{self.url}/who", timeout=60)
        assert answer.status_code == 200
        found = answer.json()
        return found["user"], found["pid"]

    def copy(self, browser: requests.Session) -> requests.Session:
        made = self.browser()
        made.cookies.update(browser.cookies)
        return made

    def events(self) -> list[dict[str, object]]:
        lines = (self.folder / "events.log").read_text().splitlines()
        return [json.loads(line) for line in lines]


@contextmanager
def deployed(
    folder: Path, kind: str, *, store: str = "", workers: int = 4, file_limit: int = 0
) -> Iterator[Deployment]:
    """Run the site under gunicorn with workers of one kind."""
    workers_app.DATABASE = folder / "people.sqlite3"
    workers_app.make_people(USERS, PASSWORD)
    port = free_port()
    threads = ["--threads", "8"] if kind == "gthread" else []
    command = [
        sys.executable, "-m", "gunicorn", "-w", str(workers), "-k", kind, *threads,
        "-b", f"127.0.0.1:{port}", "--backlog", "256", "--timeout", "60", "workers_app:load()",
    ]  # fmt: skip
    environment = {
        "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])]),
        "SITE_FOLDER": str(folder),
        "SITE_STORE": store,
        "SITE_KEY": secrets.token_urlsafe(48),
        "SITE_FILE_LIMIT": str(file_limit),
    }
    with running(command, port, folder, name="gunicorn", environment=environment):
        yield Deployment(f"http://127.0.0.1:{port}", folder)

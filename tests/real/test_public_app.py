"""A public app that is not ours, wrapped by one line, behind a proxy that nobody declared.

Archivy (PyPI) is a knowledge base with Flask-Login, Flask-WTF, permanent remember-me, and its
users in TinyDB. It pins old releases of Flask and checks its pins at run time, so they are taken
out of its metadata; its code is as published.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from servers import USUAL_HEADERS, free_port, running, tls_proxy

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"

APP = ["archivy==1.7.7"]
NEEDS = [
    "WTForms<3", "setuptools<80", "Flask>=3", "Flask-Login>=0.6.3", "flask-wtf", "flask-compress",
    "appdirs", "attrs", "beautifulsoup4", "click-plugins", "elasticsearch<8", "gunicorn",
    "html2text", "lxml_html_clean", "python-dotenv", "python-frontmatter", "pyyaml",
    "readability-lxml", "requests", "tinydb", "validators",
]  # fmt: skip

WSGI = """
from archivy import app
from archivy.models import User
from hardening import harden

with app.app_context():
    User(username="ada", password="correct horse battery staple", is_admin=True).insert()
harden(app)
"""

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own, with the app and this package in it."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    found = folder / "bin" / "python"
    pip = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", *APP], check=True)
    subprocess.run([*pip, str(ROOT), *NEEDS], check=True)
    metadata = next(folder.glob("lib/python*/site-packages/archivy-*.dist-info/METADATA"))
    lines = metadata.read_text().splitlines()
    metadata.write_text("\n".join(line for line in lines if not line.startswith("Requires-Dist")))
    return found


@pytest.fixture(params=[USUAL_HEADERS, ""], ids=["usual headers", "bare proxy_pass"])
def site(
    python: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[str, Path]]:
    """The app under four workers behind nginx with TLS; yields its address and folder."""
    (tmp_path / "wsgi.py").write_text(WSGI)
    port = free_port()
    # The app makes its secret key at import, so its workers only agree if it is preloaded.
    command = [
        str(python), "-m", "gunicorn", "--preload", "-w", "4", "-b", f"127.0.0.1:{port}",
        "wsgi:app",
    ]  # fmt: skip
    home = {"ARCHIVY_INTERNAL_DIR_PATH": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    with (
        running(command, port, tmp_path, name="gunicorn", environment=home),
        tls_proxy(port, tmp_path, request.param) as tls,
    ):
        yield f"https://127.0.0.1:{tls}", tmp_path


def browser(folder: Path) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a machine-wide certificate bundle would replace `verify`
    session.verify = str(folder / "cert.pem")
    session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    return session


def log_in(session: requests.Session, url: str, password: str = PASSWORD) -> requests.Response:
    page = session.get(f"{url}/login", timeout=30)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token, page.text[:2000]
    fields = {"username": "ada", "password": password, "csrf_token": token.group(1)}
    return session.post(
        f"{url}/login",
        data=fields,
        headers={"Referer": f"{url}/login"},  # as browsers send it, and Flask-WTF asks for it
        timeout=30,
        allow_redirects=False,
    )


def is_in(session: requests.Session, url: str) -> bool:
    answer = session.get(f"{url}/user/edit", timeout=30, allow_redirects=False)
    return answer.status_code == 200


def test_people_stay_in_and_thieves_do_not(site: tuple[str, Path]) -> None:
    """Users log in, stay in over all workers and log out; the copied cookies are dead then."""
    url, folder = site
    owner = browser(folder)

    assert not is_in(owner, url)

    answer = log_in(owner, url)

    assert 302 == answer.status_code
    assert {"__Host-session", "__Host-remember_token"} <= set(owner.cookies.keys())
    assert all(is_in(owner, url) for _ in range(20))

    thief = browser(folder)
    thief.cookies.update(owner.cookies)

    assert is_in(thief, url)

    owner.get(f"{url}/logout", timeout=30)

    assert not is_in(owner, url)
    assert not any(is_in(thief, url) for _ in range(8))

    log_in(owner, url)

    assert is_in(owner, url)


def test_guessing_is_throttled_over_all_workers(site: tuple[str, Path]) -> None:
    """Four workers share one budget, and the owner's known device still gets in."""
    url, folder = site
    owner = browser(folder)
    log_in(owner, url)
    owner.get(f"{url}/logout", timeout=30)
    guesser = browser(folder)
    answers = [log_in(guesser, url, f"guess {n}").status_code for n in range(12)]

    # 10 for an account; a proxy that tells no address leaves no tighter limit to apply.
    assert 429 in answers
    assert 10 >= answers.index(429)

    log_in(owner, url)

    assert is_in(owner, url)


def test_the_proxy_is_named(site: tuple[str, Path]) -> None:
    """The log says that a proxy stands in front, and which setting declares it."""
    url, folder = site
    log_in(browser(folder), url)
    command = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())"]
    log = subprocess.run(
        [*command, str(folder / "gunicorn.log")], capture_output=True, text=True, check=True
    ).stdout
    lines = [json.loads(line[line.index("{") :]) for line in log.splitlines() if "{" in line]
    named = [line for line in lines if line.get("event") == "proxy_undeclared"]

    assert named
    assert "trusted_proxies" in json.dumps(named)
    assert PASSWORD not in log
    assert os.environ.get("SECRET_KEY", PASSWORD) not in log

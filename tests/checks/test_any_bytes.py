"""Whatever bytes the audited files have, the audit ends and says what it could not read."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent.parent
LARGEST = 12_000  # bytes of a file that is changed: larger ones take the time of several


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("any_bytes_target", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGET = load(ROOT / "fuzz" / "audit_files.py")
DATA = {
    "views.py": b"",
    "Dockerfile": b'FROM a AS b\nENV SECRET_KEY=x FLASK_DEBUG=1\nARG A\nCMD ["flask", "run"]\n',
    "docker-compose.yml": b"services:\n  web:\n    environment:\n      - SECRET_KEY=x\n"
    b"    ports: ['80:80']\n",
    "nginx.conf": b"http { server { listen 80; location / { proxy_pass http://a; "
    b"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } } }\n",
    "requirements.txt": b"Flask[async]==2.0.1 ; python_version > '3' --hash=sha256:aa\n"
    b"flask-login<0.6\n",
    "poetry.lock": b'[[package]]\nname = "flask"\nversion = "2.0.1"\n',
    "Pipfile.lock": b'{"default": {"flask": {"version": "==2.0.1"}}}',
    "config.json": b'{"SECRET_KEY": "x", "SESSION_COOKIE_SECURE": [false, {"a": null}]}',
    "config.yaml": b"SECRET_KEY: &a x\nb: *a\nDEBUG: {c: [1, true]}\n---\nd: |\n  e\n",
    "config.toml": b"SECRET_KEY = 'x'\n[production]\nDEBUG = true\n",
    "k8s/app.yaml": b"kind: Secret\nstringData:\n  SECRET_KEY: x\n---\nkind: Ingress\n"
    b"spec: {rules: []}\n",
    ".github/workflows/ci.yml": b"env: {SECRET_KEY: x}\njobs:\n  a:\n    steps:\n"
    b"      - run: flask run --debug\n",
    ".env": b"export SECRET_KEY='x y'\nDEBUG=1 # c\nA=${B}\n",
    "uwsgi.ini": b"[uwsgi]\nenv = SECRET_KEY=x\nhttp = :80\n",
    "Procfile": b"web: SECRET_KEY=x gunicorn --forwarded-allow-ips='*' app:app\n",
    ".gitignore": b"*.pyc\n!/a/**/b[!c-d]\n\\#e\n",
}
HARMS = (
    b"(" * 300, b"[" * 300, b"{" * 300, b"\xff\xfe", b"\0", b"\r", b"\x0c", b"{{", b"{%", b"<!--",
    b"'", b'"""', b"# -*- coding: utf-16 -*-\n", b"# coding: no-such\n", b"# coding: latin-1\n",
    b"\n" * 300, b"# hardening: ignore[", b"*a", b"&a ", b"<<: *a\n", b"- ", b": ", b"\\\n",
    b" if ", b" for ", b"await ", b"*", b"**", b"lambda: ", b"not " * 100, b".a" * 400,
    b"+1" * 400, b"\xe2\x80\xa8", b"%(a)s", b"${", b"\\ud800", b"99999999999999999999", b"None",
)  # fmt: skip


def real_files() -> list[tuple[str, bytes]]:
    """Return names to audit under, each with the bytes of a real file of that kind."""
    found = [(name, data) for name, data in DATA.items() if data]
    sources = [*ROOT.glob("examples/**/*.py"), *ROOT.glob("checks/rules/*.py")]
    sources += ROOT.glob("examples/**/*.html")
    for path in sorted(sources):
        raw = path.read_bytes()
        if len(raw) <= LARGEST:
            found.append(("templates/login.html" if path.suffix == ".html" else "views.py", raw))
    return found


REAL = real_files()


@st.composite
def changed_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Give a real file with bytes cut out, put in and moved; now and then under another name."""
    name, data = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(0, 6))):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        put = draw(st.sampled_from(HARMS) | st.binary(max_size=8) | st.just(data[first:last]))
        keep = draw(st.sampled_from((first, last)))
        data = data[:keep] + put + data[last:]
    if draw(st.integers(0, 9)) == 0:
        name = draw(st.sampled_from(TARGET.NAMES))
    return name, data


def test_there_are_real_files_of_each_kind() -> None:
    """The folders were found, and what is made up has a name that the target knows."""
    assert {name for name, _ in REAL} >= {"views.py", "templates/login.html"}
    assert set(DATA) <= set(TARGET.NAMES)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(changed_files())
def test_changed_files(file: tuple[str, bytes]) -> None:
    """A damaged file makes no rule fail, and every finding in it stands in one of its lines."""
    TARGET.audited(*file)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TARGET.NAMES), st.binary(max_size=400))
def test_noise(name: str, data: bytes) -> None:
    """Bytes that mean nothing make no rule fail."""
    TARGET.audited(name, data)


@pytest.mark.parametrize("name", TARGET.NAMES)
def test_files_with_nothing(name: str) -> None:
    """Empty files, a lone mark and a lone zero byte are read, or listed with a reason."""
    for data in (b"", b"\n", b"\xef\xbb\xbf", b"\0", b"\xff", b"{}", b"[]", b"1", b"a:", b"[a]\n"):
        for gap in TARGET.audited(name, data).not_audited:
            assert gap.path == name

"""Files that are nested, long or odd beyond what people write: audited, or listed with a reason."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from checks.collect import MAX_BYTES
from checks.depth import MOST_LEVELS, MOST_STEPS
from checks.options import Options
from checks.run import audit

HEAD = "from flask import Flask, request\napp = Flask(__name__)\napp.secret_key = 'dev'\n"
VIEW = HEAD + "@app.post('/login')\ndef login():\n    password = request.form['password']\n"
ENTRIES = ", ".join(f"'k{i}': {{'n': [{i}, None], 's': f'{{app}}'}}" for i in range(14_000))
NESTED_IFS = "".join(" " * i + "if x:\n" for i in range(1_000)) + " " * 1_000 + "pass\n"


def gaps(root: Path) -> dict[str, str]:
    found = audit([str(root)], Options(strict=True))
    return {gap.path: gap.reason for gap in found.not_audited}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(HEAD + f"T = {{{ENTRIES}}}\n", id="dictionary of 14,000"),
        pytest.param(
            VIEW + "    if " + " or ".join(["password == 'a'"] * 1_000) + ": pass\n", id="or"
        ),
        pytest.param(VIEW + "    if a: pass\n" + "    elif password: pass\n" * 140, id="elif"),
        pytest.param(VIEW + "    x = " + "+".join(["password"] * 150) + "\n", id="sum"),
        pytest.param(
            HEAD + "".join(" " * i + "if x:\n" for i in range(90)) + " " * 90 + "1\n", id="90 ifs"
        ),
        pytest.param(HEAD + "x = f'" + "{app}" * 3_000 + "'\n", id="f-string"),
        pytest.param(HEAD + "x = '" + "a" * 900_000 + "'\n", id="long line"),
        pytest.param(HEAD + "class A(B): pass\nclass B(A): pass\na = b\nb = a\n", id="circles"),
        pytest.param(
            HEAD + "from app import *\nfrom .app import *\nfrom . import app\n", id="itself"
        ),
        pytest.param(HEAD + "x = '\\ud800'\n", id="half a character"),
        pytest.param(HEAD + "# hardening: ignore[" * 20_000 + "\n", id="comments"),
        pytest.param(
            HEAD
            + "class C0: pass\n"
            + "".join(f"class C{i}(C{i - 1}): A = 1\n" for i in range(1, 900))
            + "app.config.from_object(C899)\n",
            id="900 bases",
        ),
    ],
)
def test_large_but_audited(write, source):
    """What is only large is audited whole."""
    root = write({"app.py": source})
    outcome = audit([str(root)], Options(strict=True))

    assert outcome.not_audited == ()
    assert "secret-key-guessable" in {finding.rule for finding in outcome.findings}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param(
            HEAD + "x = " + "(" * 10_000 + "1" + ")" * 10_000, "it is no Python", id="parentheses"
        ),
        pytest.param(HEAD + "x = " + "[" * 10_000 + "]" * 10_000, "it is no Python", id="lists"),
        pytest.param(HEAD + NESTED_IFS, "it is no Python", id="ifs"),
        pytest.param(HEAD + "x = " + "+".join("a" * 9_000), "Python cannot parse it", id="sum"),
        pytest.param(HEAD + "x = 1\0", "it is no Python", id="zero byte"),
        pytest.param(HEAD + "#" * MAX_BYTES, "it is larger than", id="huge"),
        pytest.param(
            VIEW + "    x = 1;" + "password = password + 'abcdefgh';" * (MOST_STEPS + 1),
            f"a function in it has over {MOST_STEPS} calls",
            id="minified",
        ),
        pytest.param(
            VIEW + "    if " + "not " * 900 + "password: pass\n",
            f"its code is nested too deeply: over {MOST_LEVELS} levels",
            id="deep for rules",
        ),
        pytest.param(
            VIEW + "    x = password" + ".a()" * 900 + "\n    return x\n",
            f"its code is nested too deeply: over {MOST_LEVELS} levels",
            id="chain of calls",
        ),
    ],
)
def test_too_hard_is_listed(write, source, reason):
    """What cannot be followed is listed with a reason, and the other files are still judged."""
    root = write({"hard.py": source, "app.py": HEAD})
    outcome = audit([str(root)], Options(strict=True))

    (gap,) = outcome.not_audited
    assert gap.path == "hard.py"
    assert gap.reason.startswith(reason)
    assert "app.py" in {finding.path for finding in outcome.findings}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", "SECRET_KEY = " + "[" * 10_000 + "]" * 10_000),
        ("config.json", '{"SECRET_KEY":' * 10_000 + "1" + "}" * 10_000),
    ],
)
def test_nested_configuration_is_listed(write, name, text):
    """A configuration whose parser gives up is listed."""
    assert gaps(write({name: text})) == {name: f"it is no valid {name.rpartition('.')[2].upper()}"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "SECRET_KEY: " + "[" * 10_000 + "]" * 10_000),
        (
            "bomb.yaml",
            "DEBUG: &a [1, 1]\n"
            + "".join(
                f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghijkl")
            ),
        ),
        ("nginx.conf", "server {" * 20_000 + "}" * 20_000),
        ("templates/a.html", "<form method=post>" * 20_000 + "<input type=password>" * 1_000),
        ("templates/b.html", "<!--" * 100_000 + "{{" * 100_000 + "<a " * 50_000),
        ("templates/c.html", "{% extends 'c.html' %}{% include 'c.html' %}"),
        ("Dockerfile", "FROM a\nRUN " + "\\\n" * 100_000 + "ENV " * 50_000),
        ("requirements.txt", "flask==" + "1." * 100_000 + "\nflask" + "[" * 10_000),
        (".env", "A=" + "${A}" * 50_000 + "\nB='" * 500),
    ],
)
def test_hard_data(write, name, text):
    """Other files, however nested, end no rule."""
    root = write({name: text, "app.py": HEAD})

    assert "." not in gaps(root)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"# coding: latin-1\nimport flask\nx = '\xe4'\n", None),
        (b"import flask\nx = '\xe4'\n", "its bytes are not in the encoding"),
        (b"# coding: ascii\nimport flask\nx = '\xe4'\n", "its bytes are not in the encoding"),
        (b"# coding: no-such\nimport flask\n", "it is no Python"),
        (b"\xef\xbb\xbf# coding: latin-1\nimport flask\n", "it is no Python"),
        ("import flask\n".encode("utf-16"), "it is no Python"),
    ],
)
def test_encodings(tmp_path, raw, reason):
    """Coding lines are honoured; a file that breaks its own is listed."""
    (tmp_path / "app.py").write_bytes(raw)
    found = gaps(tmp_path)

    assert found.get("app.py", "").startswith(reason or "")
    assert bool(found) is (reason is not None)


def test_odd_files(write, monkeypatch):
    """Pipes, links in circles, files that vanish or must not be read: each has its reason."""
    root = write({"app.py": HEAD, "gone.py": HEAD, "secret.py": HEAD})
    os.mkfifo(root / "pipe.py")
    (root / "loop.py").symlink_to(root / "loop.py")
    real = os.open

    def open_(path, *rest):
        if str(path).endswith("gone.py"):
            (root / "gone.py").unlink()
        if str(path).endswith("secret.py"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", open_)

    assert gaps(root) == {
        "gone.py": "it cannot be read: No such file or directory",
        "loop.py": "the symbolic link leads nowhere or in a circle",
        "pipe.py": "it is no regular file",
        "secret.py": "it cannot be read: Permission denied",
    }


def test_unreadable_folder(write, monkeypatch):
    """A folder that must not be listed is a gap."""
    root = write({"app.py": HEAD, "shut/a.py": HEAD})
    real = os.scandir

    def scandir(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)

    assert gaps(root) == {"shut": "the folder cannot be read: Permission denied"}


def test_sum_too_deep_to_follow_is_listed(write):
    """Where an expression is too deep for the flow of values, it is said, and the rest judged."""
    root = write({"app.py": VIEW + "    x = " + "+".join(["password"] * 900) + "\n"})
    outcome = audit([str(root)], Options(strict=True))

    (gap,) = outcome.not_audited
    assert gap.path == "app.py"
    assert gap.reason.endswith("nested too deeply: where its values go is not decided")
    assert "secret-key-guessable" in {finding.rule for finding in outcome.findings}

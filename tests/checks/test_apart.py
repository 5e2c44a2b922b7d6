"""Files that nothing ties to an app are judged apart from it, with the same findings."""

from __future__ import annotations

import gc
import weakref

import pytest

from checks import apart, judge
from checks.collect import collect
from checks.contents import contents
from checks.options import Options
from checks.run import audit

APP = "from flask import Flask\nfrom shop import users\n\napp = Flask(__name__)\n"
TREE = {
    "shop/__init__.py": "",
    "shop/app.py": APP,
    "shop/users.py": "from . import rows\n\ndef check(password): ...\n",
    "shop/rows.py": "password = None\n",
    "shop/settings.py": "DEBUG = True\n",
    "tool/fetch.py": "import requests\n\nrequests.get('https://a.example', verify=False)\n",
    "tool/help.py": "from tool import fetch\n\npasswd = fetch\n",
    "other/hash.py": "import hashlib\n\n\ndef keep(password):\n    return hashlib.md5(password)\n",
    "other/quiet.py": "x = 1\n" * 200,
    "noted/a.py": "password = 1  # hardening: ignore[tls-unverified] it is not\n",
    "config.toml": "SECRET_KEY = 'dev'\n",
}


@pytest.fixture
def read(write):
    """Return the contents of a tree of files."""
    return lambda files: [*contents(collect([str(write(files))]).files)]


@pytest.fixture
def any_size(monkeypatch):
    """Take every tree for a large one, and each file for enough of a batch."""
    monkeypatch.setattr(apart, "LARGE", 0)
    monkeypatch.setattr(apart, "_BATCH", 1)


def _paths(read):
    return [content.candidate.path for content in read]


def test_small_tree_is_judged_whole(read):
    """Nothing is put apart below the size that memory suffices for."""
    whole = read(TREE)

    assert apart.split(whole) == (whole, [])


@pytest.mark.usefixtures("any_size")
def test_files_without_a_tie_are_put_apart(read):
    """What the app imports stays with it, over several files, and so do configurations."""
    near, batches = apart.split(read(TREE))

    assert [_paths(batch) for batch in batches] == [
        ["other/hash.py"],
        ["tool/fetch.py", "tool/help.py"],
    ]
    assert "shop/rows.py" in _paths(near)
    assert "shop/settings.py" in _paths(near)
    assert "noted/a.py" in _paths(near)
    assert "config.toml" in _paths(near)


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize(
    "line",
    [
        "import tool.fetch",
        "import os, tool.fetch as f",
        "from tool import fetch",
        "from tool.fetch import get",
        "from tool import (\n    other,\n    fetch,\n)",
        "    from tool import fetch  # late",
        "if True: import tool.fetch",
        "from .tool import fetch",
        "from .tool.fetch import *",
    ],
)
def test_every_way_to_import_ties(read, line):
    """An import in any form keeps the file with the app."""
    near, batches = apart.split(
        read({"app.py": f"import flask\n{line}\n", "tool/fetch.py": "passwd = 1\n" * 80})
    )

    assert batches == []
    assert "tool/fetch.py" in _paths(near)


@pytest.mark.parametrize("jobs", [1, 2])
def test_same_findings_as_of_the_whole(write, monkeypatch, jobs):
    """Apart, in this process or another, the rules find what they find in the whole."""
    root = write(TREE)
    whole = audit([str(root)], Options(strict=True))
    monkeypatch.setattr(apart, "LARGE", 0)
    monkeypatch.setattr(apart, "_BATCH", 1)

    parts = audit([str(root)], Options(strict=True), jobs=jobs)

    assert parts.findings == whole.findings
    assert (parts.files, parts.not_audited) == (whole.files, whole.not_audited)
    assert parts.sources == whole.sources
    assert {finding.path for finding in parts.findings} >= {"tool/fetch.py", "other/hash.py"}


def test_file_that_cannot_be_parsed_is_listed(write, monkeypatch):
    """What is wrong with a file that was put apart is said like that of any other."""
    root = write({"app.py": APP, "bad.py": "passwd = (\n" * 80})
    monkeypatch.setattr(apart, "LARGE", 0)

    outcome = audit([str(root)], Options(), jobs=1)

    assert [gap.path for gap in outcome.not_audited] == ["bad.py"]
    assert outcome.files == 2


def test_project_is_let_go(write, monkeypatch):
    """Nothing holds on to a project that was judged: a batch makes room for another."""
    seen = []

    def noting(rules, files, options, *, original=judge.all_findings):
        result = original(rules, files, options)
        seen.append(weakref.ref(result[1]))
        return result

    monkeypatch.setattr(judge, "all_findings", noting)
    audit([str(write(TREE))], Options(strict=True), jobs=1)
    gc.collect()

    assert [project() for project in seen] == [None]

"""Our matcher leaves out what git leaves out."""

from __future__ import annotations

import subprocess

import pytest

from checks.collect import collect
from checks.gitignore import IgnoreFile

PATHS = [
    "a.py", "b.log", "sub/a.py", "sub/b.log", "build/x.py", "sub/build/x.py", "doc/a/b/c.py",
    "keep/me.py", "keep/not.py", "x1.py", "x2.py", "[odd].py", "sp ace.py", "deep/a/deep/z.py",
    "#hash.py", "!bang.py", "foo/bar/baz.py", "ünï.py",
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "*.log", "build/", "/build/", "sub/*.py", "**/a.py", "doc/**", "doc/**/c.py", "x[12].py",
        "x[!1].py", "keep/*\n!keep/me.py", "keep/\n!keep/me.py",
        "# comment\n\n*.log  ", r"\#hash.py",
        r"\!bang.py", "a.py\r\n", "**/deep/**", "foo/**/baz.py", "/sub", "sub/", "?1.py",
        "sp\\ ace.py", "x[1-2].py", "*", "/*\n!/sub", "deep/*/deep", "foo*bar",
        "ün*", "[", "x[", "**",
    ],
)  # fmt: skip
def test_agrees_with_git(write, text):
    """For every pattern the files left are those that git would list as untracked."""
    root = write({**dict.fromkeys(PATHS, ""), ".gitignore": text})
    subprocess.run(["git", "init", "-q"], cwd=root, check=True, timeout=30)
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "-o", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True, timeout=30,
    ).stdout  # fmt: skip
    expected = {
        path for path in listed.split("\n")
        if path.endswith(".py") and "build" not in path  # build folders we skip ourselves
    }  # fmt: skip

    found = {candidate.path for candidate in collect([str(root)]).files}

    assert found - {"sub/build/x.py", "build/x.py"} == expected


def test_last_matching_line_wins():
    """A later line overrules an earlier one; an unmentioned path has no verdict."""
    ignore = IgnoreFile.parse("*.py\n!a.py\n")

    assert ignore.verdict("b.py", folder=False) is True
    assert ignore.verdict("a.py", folder=False) is False
    assert ignore.verdict("a.txt", folder=False) is None

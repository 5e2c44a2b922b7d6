"""What `--fix` does about `suppression-unused`, and what it leaves."""

from __future__ import annotations

import pytest

RULE = "suppression-unused"
USED = "app.run(debug=True)  # hardening: ignore[{}] the demo\n"
HEAD = "from flask import Flask\n\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # hardening: ignore[debug-enabled] no more\n", "x = 1\n"),
        ("# hardening: ignore[debug-enabled] no more\nx = 1\n", "x = 1\n"),
        ("x = 1  # noqa  hardening: ignore[debug-enabled] no\n", "x = 1  # noqa\n"),
        (USED.format("debug-enabled, tls-unverified"), USED.format("debug-enabled")),
        (USED.format("tls-unverified,debug-enabled"), USED.format("debug-enabled")),
        ("x = 1\n    # hardening: ignore[debug-enabled] last", "x = 1\n"),
    ],
)
def test_ids_are_taken_out(holds, before, after):
    """An id goes, and the comment with the last one."""
    holds(
        RULE, HEAD + before, HEAD + after, "--select", "debug-enabled,tls-unverified,autoescape-off"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>{# hardening: ignore[autoescape-off] no #}</p>\n", "<p></p>\n"),
        ("<!-- hardening: ignore[autoescape-off] no -->\r\n<p>\r\n", "<p>\r\n"),
    ],
)
def test_comments_of_pages(holds, before, after):
    """Comments of templates are taken out with their ends."""
    more = ("--select", "autoescape-off")

    holds(RULE, before, after, *more, path="templates/a.html", others={"app.py": HEAD})


def test_unknown_rules_are_left(holds):
    """The rule may be one of a package that is not installed here."""
    holds(RULE, HEAD + "x = 1  # hardening: ignore[no-such-rule] theirs\n", None)


def test_a_part_of_a_project_is_left(holds, mended, tmp_path):
    """What hides nothing in a folder alone may hide something in the whole project."""
    (tmp_path / "pyproject.toml").touch()

    holds(
        RULE,
        HEAD + "x = 1  # hardening: ignore[debug-enabled] no\n",
        None,
        "--select",
        "debug-enabled",
    )

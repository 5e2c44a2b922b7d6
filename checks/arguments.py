"""The command line: what can be asked for, and what is refused."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from checks.baseline import NAME
from checks.options import FAIL_ON
from flask_hardening import __version__

_EXIT_CODES = """\
exit codes:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong use or configuration
  3  something could not be audited, and no finding decided the result
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal.

    Made for each argument, to look at it; argparse would import what copies files to ask how wide.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class _Parser(argparse.ArgumentParser):
    """A parser of the command or of one below it."""

    def __init__(self, **named: Any) -> None:
        super().__init__(formatter_class=_Help, allow_abbrev=False, **named)


@cache
def _columns() -> int:
    try:
        wide = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
    except (ValueError, OSError):
        wide = 0
    return wide or 80


def parser(formats: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the whole command.

    Args:
        formats: the report formats there are, for the help.
    """
    top = _Parser(
        prog="flask-hardening",
        description="Audit a Flask-Login project: what is wrong, where, why and how to mend it.",
    )
    top.add_argument("--version", action="version", version=f"flask-hardening {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _audit(
        commands.add_parser("audit", help="audit files and folders", epilog=_EXIT_CODES), formats
    )
    _baseline(
        commands.add_parser("baseline", help="write down the findings there are, to hide them")
    )
    compare = commands.add_parser(
        "compare", help="exit 1 if a report has findings that another has not"
    )
    compare.add_argument("old", metavar="OLD.json", help="a report of audit --format json")
    compare.add_argument("new", metavar="NEW.json", help="a later one")
    explain = commands.add_parser("explain", help="print the page of a rule")
    explain.add_argument("rule", metavar="RULE", help="a rule's id, such as debug-enabled")
    commands.add_parser("rules", help="list the rules")
    commands.add_parser("secret-key", help="print a new secret key")
    return top


def _audit(audit: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    add = audit.add_argument
    add("paths", nargs="*", default=["."], metavar="PATH", help="files or folders (default: .)")
    app = "also load this app, in a process of its own, and ask it what it does"
    add("--app", metavar="MODULE:ATTRIBUTE", help=app)
    login = "log in to it as USER, whose password is in FLASK_HARDENING_LOGIN_PASSWORD"
    add("--login", metavar="USER", help=login)
    add(
        "--format",
        action="append",
        metavar="FORMAT[:FILE]",
        help=f"{', '.join(formats)}; to FILE instead of standard output; may be repeated",
    )
    add("--fail-on", choices=FAIL_ON, help="least severity that exits 1 (default: medium)")
    add("--select", action="append", metavar="ID", help="only this rule; may be repeated")
    add("--ignore", action="append", metavar="ID", help="not this rule; may be repeated")
    add("--exclude", action="append", metavar="GLOB", help="leave out files; may be repeated")
    add("--strict", action="store_true", default=None, help="also report what careful shops fix")
    add("--config", metavar="FILE", help="read settings from FILE instead of pyproject.toml")
    add("--baseline", metavar="FILE", help="hide the findings that FILE knows")
    since = "report only about files that have changed since REV, a commit, branch or tag"
    add("--since", metavar="REV", help=since)
    add(
        "--bandit",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="run bandit's tests too (default: no)",
    )
    mending = audit.add_mutually_exclusive_group()
    fix = "mend what can be mended without a doubt, and report what is left"
    mending.add_argument("--fix", action="store_true", help=fix)
    diff = "print what --fix would change as a patch instead of a report, and change nothing"
    mending.add_argument("--diff", action="store_true", help=diff)
    jobs = "at most so many processes (default: one for each core)"
    add("--jobs", type=_count, metavar="N", help=jobs)
    python = "the Python that the project runs on (default: the one that runs the audit)"
    add("--python", metavar="X.Y", help=python)
    cache = "look up no earlier outcome, and keep none"
    add("--no-cache", action="store_true", help=cache)
    loudness = audit.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="no notices on standard error")
    loudness.add_argument("--verbose", action="store_true", help="say what is being done")


def _baseline(baseline: argparse.ArgumentParser) -> None:
    add = baseline.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="folder to audit (default: .)")
    add("--output", metavar="FILE", help=f"write FILE (default: {NAME} in PATH)")
    add("--exclude", action="append", metavar="GLOB", help="leave out files; may be repeated")
    add("--strict", action="store_true", default=None, help="also what careful shops fix")
    add("--bandit", action=argparse.BooleanOptionalAction, default=None, help="bandit's too")
    add("--config", metavar="FILE", help="read settings from FILE instead of pyproject.toml")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; choices: a whole number from 1")
    return int(text)

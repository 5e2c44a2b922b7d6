"""The command line: what can be asked for, and what is refused."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from checks.options import FAIL_ON
from flask_hardening import __version__

_EXIT_CODES = """\
exit codes:
  0  nothing at or above --fail-on
  1  findings at or above --fail-on
  2  wrong use or configuration
  3  something could not be audited, and no finding decided the result
"""


def parser(formats: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the whole command.

    Args:
        formats: the report formats there are, for the help.
    """
    top = argparse.ArgumentParser(
        prog="flask-hardening",
        description="Audit a Flask-Login project: what is wrong, where, why and how to mend it.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"flask-hardening {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _audit(
        commands.add_parser(
            "audit",
            help="audit files and folders",
            epilog=_EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        ),
        formats,
    )
    explain = commands.add_parser("explain", help="print the page of a rule")
    explain.add_argument("rule", metavar="RULE", help="a rule's id, such as debug-enabled")
    commands.add_parser("rules", help="list the rules")
    commands.add_parser("secret-key", help="print a new secret key")
    return top


def _audit(audit: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    add = audit.add_argument
    add("paths", nargs="*", default=["."], metavar="PATH", help="files or folders (default: .)")
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
    jobs = "at most so many processes (default: 1; this version uses one)"
    add("--jobs", type=_count, default=1, metavar="N", help=jobs)
    cache = "look up no earlier outcome, and keep none"
    add("--no-cache", action="store_true", help=cache)
    loudness = audit.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="no notices on standard error")
    loudness.add_argument("--verbose", action="store_true", help="say what is being done")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; choices: a whole number from 1")
    return int(text)

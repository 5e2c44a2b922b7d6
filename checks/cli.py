"""The command: from arguments to an exit code."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from checks.arguments import parser
from checks.baseline import NAME, written
from checks.cache import Cache, folder
from checks.collect import root_of
from checks.compare import compared, rows, shown
from checks.errors import AuditError, UsageError
from checks.finding import Outcome
from checks.grammars import checked
from checks.offer import offer
from checks.options import Options, find_file, is_bandit, read_options
from checks.output import Target, show, targets, tell, to_files, write
from checks.pages import explain, listing
from checks.reports import formats, render
from checks.reports.shared.colours import wanted
from checks.rule import Rule
from checks.rules import discover, ids
from checks.run import audit, exit_code
from checks.scope import widened

_KEY_BYTES = 48  # 384 bits; 64 characters, above the 32 bytes that a key needs at least


def main(argv: list[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments without the program's name; the process's own if None.

    Returns:
        0 nothing at or above ``--fail-on``, 1 findings, 2 wrong use or configuration, 3
        something could not be audited and no finding decided it.
    """
    if argv is None:
        # A process of its own: collecting what an audit leaves behind, once after it and once
        # more at the end, would take longer than the audit.
        gc.disable()
        atexit.register(gc.freeze)
    try:
        arguments = parser(formats()).parse_args(argv)
        return _COMMANDS[arguments.command](arguments)
    except SystemExit as stop:  # argparse has printed what is wrong, or the help
        return stop.code if isinstance(stop.code, int) else 2
    except AuditError as error:
        tell(str(error))
        return 2
    except KeyboardInterrupt:
        tell("interrupted")
        return 130  # what a shell reports for an interrupted program


def _nothing(arguments: argparse.Namespace) -> int:
    tell("no command; choices: audit, baseline, compare, explain, rules, secret-key")
    return 2


def _explain(arguments: argparse.Namespace) -> int:
    show(explain(_rule(arguments.rule, "explain")))
    return 0


def _rule(name: str, key: str) -> Rule:
    _known(name, key)
    return next(rule for rule in discover() if rule.id == name)


def _known(name: str, key: str) -> None:
    if name not in ids():
        raise UsageError(f"{key}: unknown rule {name!r}; choices: {', '.join(ids())}")


def _rules(arguments: argparse.Namespace) -> int:
    show(listing(discover()))
    return 0


def _secret_key(arguments: argparse.Namespace) -> int:
    import secrets  # brings all of hashing along

    show(secrets.token_urlsafe(_KEY_BYTES) + "\n")
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    options = _options(arguments)
    places = targets(options.format, formats())
    if arguments.diff:
        places = to_files(places, asked=arguments.format is not None)
    progress = tell if arguments.verbose else None
    cache = None if arguments.no_cache else Cache(folder())
    jobs = arguments.jobs
    plain = partial(audit, arguments.paths, options, progress=progress, cache=cache, jobs=jobs)
    whole = partial(_with_app, arguments, options, plain) if _asks_an_app(arguments) else plain
    outcome = whole()
    if arguments.fix or arguments.diff:
        from checks.fixes.command import mend  # brings along what no other run needs

        # Mends are tried on the sources alone, and so is what they are compared with.
        found = plain() if outcome.live is not None else outcome
        if mend(arguments.paths, options, found, arguments):
            outcome = whole()
    _report(outcome, places)
    if not arguments.quiet:
        for note in outcome.notes:
            tell(note)
        hint = None if arguments.fix or arguments.diff else offer(outcome)
        if hint is not None:
            tell(hint)
    return exit_code(outcome, options.fail_on)


def _asks_an_app(arguments: argparse.Namespace) -> bool:
    return arguments.app is not None or arguments.login is not None


def _with_app(
    arguments: argparse.Namespace, options: Options, plain: Callable[..., Outcome]
) -> Outcome:
    """Return the outcome of an audit that loads an app."""
    from checks.live.asked import asked  # brings much along that no other run needs
    from checks.live.run import loading

    app = asked(arguments.app, arguments.login, os.environ)
    with loading(app, root_of(widened(arguments.paths)), options) as live:
        return plain(live=live)


def _baseline(arguments: argparse.Namespace) -> int:
    # What only `audit` can be told is at its defaults.
    plain = vars(parser(formats()).parse_args(["audit"]))
    arguments = argparse.Namespace(**{**plain, **vars(arguments), "paths": [arguments.path]})
    options = _options(arguments)._replace(baseline=None, since=None)
    outcome = audit(arguments.paths, options)
    file = arguments.output or os.path.join(outcome.root, NAME)
    write(written(outcome), file, key="baseline")
    number = sum(finding.suppressed is None for finding in outcome.findings)
    tell(f"wrote {number} findings to {file}; audit with --baseline {file}")
    return 3 if outcome.not_audited else 0


def _compare(arguments: argparse.Namespace) -> int:
    difference = compared(rows(arguments.old), rows(arguments.new))
    show(shown(difference))
    return 1 if difference.fails else 0


def _options(arguments: argparse.Namespace) -> Options:
    """Return the project's settings with what the command line says instead."""
    root = root_of(arguments.paths)
    file = find_file(root)
    if arguments.config is not None:
        file = Path(arguments.config)
        if not file.is_file():
            raise UsageError(f"--config: no such file: {arguments.config}")
    options = read_options(file, rules=ids(), formats=formats())
    if arguments.select is not None:
        options = options._replace(select=_rule_ids(arguments.select, "--select"))
    if arguments.ignore is not None:
        options = options._replace(ignore=_rule_ids(arguments.ignore, "--ignore"))
    if arguments.exclude is not None:
        options = options._replace(exclude=(*options.exclude, *arguments.exclude))
    if arguments.format is not None:
        options = options._replace(format=tuple(arguments.format))
    if arguments.fail_on is not None:
        options = options._replace(fail_on=arguments.fail_on)
    if arguments.strict is not None:
        options = options._replace(strict=True)
    if arguments.bandit is not None:
        options = options._replace(bandit=arguments.bandit)
    if arguments.baseline is not None:
        options = options._replace(baseline=arguments.baseline)
    options = options._replace(since=arguments.since)
    if arguments.python is not None:
        options = options._replace(python=checked(arguments.python, key="--python"))
    theirs = [name for name in options.select if is_bandit(name)]
    if theirs and not options.bandit:
        raise UsageError(f"--select: {', '.join(theirs)}: tests of bandit's run only with --bandit")
    return options


def _rule_ids(given: list[str], key: str) -> tuple[str, ...]:
    names = [name.strip() for text in given for name in text.split(",")]
    for name in names:
        if not is_bandit(name):
            _known(name, key)
    return tuple(names)


def _report(outcome: Outcome, places: list[Target]) -> None:
    # Everything is drawn before anything is written: a format that fails leaves no file.
    colour = wanted(sys.stdout, os.environ)
    drawn = [
        (place, render(place.format, outcome, colour=colour and place.file is None))
        for place in places
    ]
    for place, text in drawn:
        if place.file is not None:
            write(text, os.fspath(place.file))
    for place, text in drawn:
        if place.file is None:
            show(text)


_COMMANDS = {
    None: _nothing,
    "audit": _audit,
    "baseline": _baseline,
    "compare": _compare,
    "explain": _explain,
    "rules": _rules,
    "secret-key": _secret_key,
}

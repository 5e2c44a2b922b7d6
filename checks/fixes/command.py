"""``audit --fix`` and ``audit --diff``: which findings, what is written, what is said."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence

from checks.collect import Candidate, collect, root_of
from checks.finding import Finding, Outcome
from checks.fixes.patch import patch
from checks.fixes.rounds import Change, Mended, Rounds
from checks.fixes.writing import is_outside, written
from checks.options import Options
from checks.output import show_bytes, tell
from checks.reports.shared.summary import plural
from checks.reports.shared.visible import visible
from checks.run import audit
from checks.scope import Scope, scopes_of, widened


def mend(
    paths: Sequence[str], options: Options, outcome: Outcome, arguments: argparse.Namespace
) -> bool:
    """Mend the findings of `outcome` that can be mended for certain, and tell about them.

    Args:
        paths: as given on the command line.
        options: what was asked for.
        outcome: what the audit of `paths` found.
        arguments: of the command; `diff` prints a patch, else files are written; `quiet` tells
            nothing.

    Returns:
        Whether files were written.

    Raises:
        UsageError: a library is missing.
    """
    wide = widened(paths)
    root = root_of(wide)
    candidates = collect(wide, exclude=options.exclude).files
    own = options._replace(bandit=False)

    def again(instead: Mapping[str, bytes]) -> Outcome:
        return audit(paths, own, jobs=arguments.jobs, instead=instead)

    asked = _wanted(candidates, paths, scopes_of(paths, root, options.since))
    # A baseline knows lines by their text: it would not hide what else stands in one any more.
    strictly = options.baseline is not None
    done = Rounds(candidates, again, asked, nothing_new=strictly).run(outcome)
    if arguments.diff:
        outside = [change for change in done.changes if is_outside(change, root)]
        show_bytes(patch(change for change in done.changes if change not in outside))
        if not arguments.quiet:
            why = "it links to a file outside of the audited folder"
            _tell(done, [(change, why) for change in outside], "would mend")
        return False
    refused = [(change, written(change, root)) for change in done.changes]
    if not arguments.quiet:
        _tell(done, [(change, why) for change, why in refused if why], "mended")
    return any(not why for _, why in refused)


def _wanted(
    candidates: Sequence[Candidate], paths: Sequence[str], scopes: Sequence[Scope]
) -> Callable[[Finding], bool]:
    """Return what tells whether a finding is to be mended.

    Those of the app are, in the files that the run is about; those of tests and examples only
    where the file itself was named.
    """
    named = {os.path.realpath(path) for path in paths if os.path.isfile(path)}
    by_hand = {c.path for c in candidates if named and os.path.realpath(c.full) in named}

    def wanted(finding: Finding) -> bool:
        path = finding.path
        if path is None or not all(scope.holds(path) for scope in scopes):
            return False
        return finding.context == "app" or path in by_hand

    return wanted


def _tell(done: Mended, failed: Sequence[tuple[Change, str]], verb: str) -> None:
    without = {change.candidate.path for change, _ in failed}
    mended = [finding for finding in done.findings if finding.path not in without]
    files = len({finding.path for finding in mended})
    for finding in mended:
        tell(f"{verb} {_place(finding)}: {finding.rule}")
    for change, why in failed:
        tell(f"not written {visible(change.candidate.path)}: {why}")
    for finding, reason in done.left:
        tell(f"left {_place(finding)}: {finding.rule}: {visible(reason)}")
    count = f"{plural(len(mended), 'finding')} in {plural(files, 'file')}"
    tell(f"{verb} {count}" if mended else f"{verb} nothing")


def _place(finding: Finding) -> str:
    return f"{visible(finding.path or '')}:{finding.line}"

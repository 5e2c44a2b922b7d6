"""One audit from paths to outcome: collect, look for an outcome that is kept, else judge.

What judges, with all the rules, is imported when nothing is kept: a run over an unchanged project
is over before that would be.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from checks import baseline
from checks.cache import Cache, key_of
from checks.collect import Collected, collect, root_of
from checks.contents import Content, contents, text_of
from checks.finding import SEVERITIES, Outcome
from checks.options import FailOn, Options, Progress
from checks.rule import Rule
from checks.scope import narrowed, scopes_of, widened


def audit(
    paths: Sequence[str],
    options: Options,
    *,
    rules: Sequence[Rule] | None = None,
    progress: Progress | None = None,
    cache: Cache | None = None,
    jobs: int | None = None,
    instead: Mapping[str, bytes] | None = None,
    live: Callable[[Outcome], Outcome] | None = None,
) -> Outcome:
    """Return what the audit of `paths` finds.

    Args:
        paths: files and folders as given on the command line.
        options: what was asked for.
        rules: the rules to choose from; all that are installed if None.
        progress: called with a sentence at each step.
        cache: where outcomes of earlier runs are; None: this run keeps and looks up nothing.
        jobs: at most so many processes for bandit's tests; None: as many as there are cores.
        instead: bytes that are judged in place of those of some files, by path; bandit's tests
            know nothing of them.
        live: adds what the loaded app shows to what the sources say.

    Raises:
        UsageError: a path does not exist, an exclude pattern is empty, the revision or the
            baseline is none, or bandit is asked for and missing.
    """
    say = progress if progress is not None else _silent
    with _uncollected():
        return _audited(paths, options, rules, say, cache, jobs, instead or {}, live)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector out: it would go through every tree, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _audited(
    paths: Sequence[str],
    options: Options,
    rules: Sequence[Rule] | None,
    say: Progress,
    cache: Cache | None,
    jobs: int | None,
    instead: Mapping[str, bytes],
    live: Callable[[Outcome], Outcome] | None,
) -> Outcome:
    wide = widened(paths)
    root = root_of(wide)
    scopes = scopes_of(paths, root, options.since)
    known = baseline.read(options.baseline) if options.baseline is not None else None
    say("collecting files")
    collected = collect(wide, exclude=options.exclude)
    outcome = _whole(collected, options, rules, say, cache, jobs, instead)
    if live is not None:
        say("asking the app")
        outcome = live(outcome)
    outcome = narrowed(outcome, scopes, [candidate.path for candidate in collected.files])
    if known is not None:
        outcome = baseline.hidden(outcome, known, str(options.baseline))
    return outcome


def _whole(
    collected: Collected,
    options: Options,
    rules: Sequence[Rule] | None,
    say: Progress,
    cache: Cache | None,
    jobs: int | None,
    instead: Mapping[str, bytes],
) -> Outcome:
    """Return what is found in all that was collected; from an earlier run if nothing changed."""
    say(f"reading {len(collected.files)} files")
    read = [*contents(collected.files, instead)]
    key = key_of(read, collected, options, rules) if cache is not None else ""
    known = cache.load(key) if cache is not None else None
    if known is not None:
        say("nothing has changed since an earlier run")
        return known._replace(sources=_sources(known, read))
    from checks.judge import judged  # with all the rules: see above
    from checks.rules import discover

    every = tuple(rules if rules is not None else discover())
    outcome = judged(collected, read, options, every, say, jobs)
    if cache is not None:
        cache.store(key, outcome)
    return outcome


def _sources(outcome: Outcome, read: Iterable[Content]) -> dict[str, str]:
    """Return the texts of the files that findings point at."""
    pointed = {finding.path for finding in outcome.findings}
    found = {}
    for content in read:
        if content.candidate.path in pointed:
            raw = content.take()
            if isinstance(raw, bytes):
                with suppress(SyntaxError, UnicodeDecodeError):
                    found[content.candidate.path] = text_of(content.candidate, raw)
    return found


def exit_code(outcome: Outcome, fail_on: FailOn) -> int:
    """Return 1 for findings of the app at or above `fail_on`, else 3 for gaps, else 0."""
    if fail_on != "never":
        worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        for finding in outcome.findings:
            active = finding.suppressed is None and finding.context == "app"
            if active and finding.severity in worst:
                return 1
    return 3 if outcome.not_audited else 0


def _silent(text: str) -> None:
    """Say nothing."""

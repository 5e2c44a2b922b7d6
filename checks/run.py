"""One audit from paths to outcome: collect, extract, resolve, judge, suppress, sort."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from checks.cache import Cache, key_of
from checks.collect import Collected, collect
from checks.contents import Content, contents
from checks.contexts import context_of
from checks.extract import extract, text_of
from checks.finding import SEVERITIES, Finding, NotAudited, Outcome
from checks.fingerprints import fingerprinted
from checks.options import FailOn, Options
from checks.posture import posture
from checks.project import Files, Project
from checks.rule import Rule
from checks.rules import discover
from checks.suppress import suppressed

Progress = Callable[[str], None]


def audit(
    paths: Sequence[str],
    options: Options,
    *,
    rules: Sequence[Rule] | None = None,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> Outcome:
    """Return what the audit of `paths` finds.

    Args:
        paths: files and folders as given on the command line.
        options: what was asked for.
        rules: the rules to choose from; all that are installed if None.
        progress: called with a sentence at each step.
        cache: where outcomes of earlier runs are; None: this run keeps and looks up nothing.

    Raises:
        UsageError: a path does not exist, or an exclude pattern is empty.
    """
    say = progress if progress is not None else _silent
    with _uncollected():
        return _audited(paths, options, rules, say, cache)


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
) -> Outcome:
    chosen = choose(rules if rules is not None else discover(), options)
    say("collecting files")
    collected = collect(paths, exclude=options.exclude)
    say(f"reading {len(collected.files)} files")
    read = [*contents(collected.files)]
    key = key_of(read, collected, options, chosen) if cache is not None else ""
    known = cache.load(key) if cache is not None else None
    if known is not None:
        say("nothing has changed since an earlier run")
        return replace(known, sources=_sources(known, read))
    outcome = _judged(collected, read, options, chosen, say)
    if cache is not None:
        cache.store(key, outcome)
    return outcome


def _judged(
    collected: Collected,
    read: list[Content],
    options: Options,
    chosen: Sequence[Rule],
    say: Progress,
) -> Outcome:
    texts: dict[str, str] = {}
    files, count = extract(read, texts)
    files.not_audited = _united(files, collected)
    project = Project(files, options.tool)
    say(f"judging {len(project.modules)} Python files by {len(chosen)} rules")
    found: list[Finding] = []
    for rule in chosen:
        found += _judge(rule, project, files)
    audience = ("default", "strict") if options.strict else ("default",)
    kept = _once(f for f in found if f.audience in audience)
    kept, notes = suppressed(fingerprinted(kept, texts), texts, options.suppress)
    pointed = {finding.path for finding in kept}
    return Outcome(
        root=collected.root,
        findings=tuple(kept),
        not_audited=tuple(sorted(set(files.not_audited))),
        posture=posture(project),
        files=count,
        notes=(*collected.notes, *notes),
        sources={path: texts[path] for path in sorted(texts) if path in pointed},
    )


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


def choose(rules: Iterable[Rule], options: Options) -> list[Rule]:
    """Return the rules that `options` ask for."""
    return [
        rule
        for rule in rules
        if (not options.select or rule.id in options.select) and rule.id not in options.ignore
    ]


def exit_code(outcome: Outcome, fail_on: FailOn) -> int:
    """Return 1 for findings of the app at or above `fail_on`, else 3 for gaps, else 0."""
    if fail_on != "never":
        worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        for finding in outcome.findings:
            active = finding.suppressed is None and finding.context == "app"
            if active and finding.severity in worst:
                return 1
    return 3 if outcome.not_audited else 0


def _judge(rule: Rule, project: Project, files: Files) -> list[Finding]:
    try:
        return [_finished(finding, rule) for finding in rule.check(project)]
    except RecursionError:
        # A file nested so deeply that a rule gives up must not take the other findings along.
        reason = f"rule {rule.id} gave up: the code is nested too deeply"
    except Exception as error:  # noqa: BLE001  # one rule's bug must not hide what others find
        reason = f"rule {rule.id} failed with {type(error).__name__}: a bug, please report it"
    files.not_audited.append(NotAudited(".", reason))
    return []


def _finished(finding: Finding, rule: Rule) -> Finding:
    context = context_of(finding.path) if finding.path is not None else "app"
    return replace(finding, rule=rule.id, context=context)


def _united(files: Files, collected: Collected) -> list[NotAudited]:
    return sorted({*files.not_audited, *collected.not_audited})


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Return `findings` sorted, one for each rule and place: the surest."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(findings, key=_order):
        place = (finding.rule, finding.path, finding.line, finding.column, finding.message)
        kept.setdefault(place, finding)
    return list(kept.values())


def _order(finding: Finding) -> tuple[object, ...]:
    return (
        finding.path or "",
        finding.line or 0,
        finding.column or 0,
        finding.rule,
        finding.message,
        SEVERITIES.index(finding.confidence),
        finding.related,
    )


def _silent(text: str) -> None:
    """Say nothing."""

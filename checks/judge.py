"""From what was read to the outcome: extract, resolve, judge, suppress, sort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from checks.apart import Apart, split
from checks.collect import Candidate, Collected
from checks.collect import read as read_bytes
from checks.contents import Content, text_of
from checks.contexts import context_of
from checks.cores import cores
from checks.depth import MOST_LEVELS, too_deep
from checks.extract import extract
from checks.finding import SEVERITIES, Finding, NotAudited, Outcome
from checks.fingerprints import fingerprinted
from checks.options import Options, Progress, is_bandit
from checks.overlaps import without_overlaps
from checks.posture import posture
from checks.project import Files, Project
from checks.project.asides import aside
from checks.rule import Rule
from checks.suppress import Suppressions

_TOO_DEEP = "the code is nested too deeply"


def judged(
    collected: Collected,
    read: list[Content],
    options: Options,
    every: Sequence[Rule],
    say: Progress,
    jobs: int | None,
) -> Outcome:
    """Return what `every` rule that `options` ask for finds in what was collected.

    Args:
        collected: the root, the files, and what could not be collected.
        read: the files' bytes.
        options: what was asked for.
        every: the rules to choose from.
        say: called with a sentence at each step.
        jobs: at most so many processes; None: as many as there are cores.

    Raises:
        UsageError: bandit is asked for and missing.
    """
    chosen = choose(every, options)
    # Its processes work while this one judges.
    if options.bandit:
        from checks import bandit  # brings much along that no other run needs
    running = bandit.begin(collected.files, options, jobs=jobs) if options.bandit else None
    early = [rule for rule in chosen if not rule.meta.late]
    near, batches = split(read)
    apart = Apart(batches, early, options, (jobs or cores()) - 1)
    texts: dict[str, str] = {}
    files, count = extract(near, texts, options.python)
    say(f"judging {len(files.modules)} Python files by {len(chosen)} rules")
    audience = ("default", "strict") if options.strict else ("default",)
    found, project, failed = all_findings(early, files, options)
    away = apart.result()
    found += away.findings
    texts |= away.texts
    files.not_audited = sorted({*files.not_audited, *away.not_audited, *collected.not_audited})
    if running is not None:
        say("waiting for bandit")
        ours = [finding for finding in found if finding.audience in audience]
        theirs, gaps = running.result()
        files.not_audited += bandit.other_gaps(gaps, files.not_audited)
        found += bandit.without_twins(theirs, ours)
        texts |= _texts({f.path for f in theirs}.difference(texts), collected.files)
    found = without_overlaps(found, audience)
    suppressions = Suppressions(texts, options.suppress)
    kept = suppressions.applied(fingerprinted(_once(found), texts))
    late = [rule for rule in chosen if rule.meta.late]
    if late:
        # Rules that were not asked for, but for what suppressions of theirs would hide.
        named = suppressions.named
        silent = [r for r in every if r.id in named and r not in chosen and not r.meta.late]
        for rule in silent:
            suppressions.applied(_judge(rule, project, files, failed))
        ran = {rule.id for rule in (*early, *silent)} - failed
        known = {rule.id for rule in every}
        project.remarks = suppressions.remarks(
            lambda name: name in ran or (options.bandit and bandit.judged(name, options)),
            lambda name: name in known or is_bandit(name),
        )
        about = [finding for rule in late for finding in _judge(rule, project, files, failed)]
        kept += suppressions.applied(fingerprinted(_once(about), texts))
    kept = sorted((f for f in kept if f.audience in audience), key=_order)
    pointed = {finding.path for finding in kept}
    return Outcome(
        root=collected.root,
        findings=tuple(kept),
        not_audited=tuple(sorted(set(files.not_audited))),
        posture=posture(project),
        files=count + away.files,
        apps=len(project.app_sites or project.sites),
        notes=(*collected.notes, *suppressions.notes),
        sources={path: texts[path] for path in sorted(texts) if path in pointed},
    )


def all_findings(
    rules: Sequence[Rule], files: Files, options: Options
) -> tuple[list[Finding], Project, set[str]]:
    """Return what `rules` find, the project that they judged, and the rules that failed.

    Args:
        rules: those to ask.
        files: the facts; files too deep for the rules are left out, and listed as not audited.
        options: what was asked for.
    """
    project = Project(files, options.tool)
    failed: set[str] = set()
    found = [finding for rule in rules for finding in _judge(rule, project, files, failed)]
    if failed and _without_deep(files):
        failed.clear()
        project = Project(files, options.tool)
        found = [finding for rule in rules for finding in _judge(rule, project, files, failed)]
    files.not_audited += project.undecided()
    tools = aside(project.app_sites) | project.set_apart
    tools |= {module.path for module in project.left_out}
    if tools:
        found = [f._replace(audience="strict") if f.path in tools else f for f in found]
    return found, project, failed


def _texts(paths: set[str | None], candidates: Iterable[Candidate]) -> dict[str, str]:
    """Return the texts of files that only bandit looked at."""
    found = {}
    for candidate in candidates:
        raw = read_bytes(candidate) if candidate.path in paths else None
        if isinstance(raw, bytes):
            with suppress(SyntaxError, UnicodeDecodeError):
                found[candidate.path] = text_of(candidate, raw)
    return found


def choose(rules: Iterable[Rule], options: Options) -> list[Rule]:
    """Return the rules that `options` ask for, without those that nothing would be shown of."""
    return [
        rule
        for rule in rules
        if (not options.select or rule.id in options.select)
        and rule.id not in options.ignore
        and (options.strict or rule.meta.audience != "strict")
    ]


def _judge(rule: Rule, project: Project, files: Files, failed: set[str]) -> list[Finding]:
    try:
        return [_finished(finding, rule) for finding in rule.check(project)]
    except RecursionError:
        # A file nested so deeply that a rule gives up must not take the other findings along.
        reason = f"rule {rule.id} gave up: {_TOO_DEEP}"
    except Exception as error:  # noqa: BLE001  # one rule's bug must not hide what others find
        reason = f"rule {rule.id} failed with {type(error).__name__}: a bug, please report it"
    files.not_audited.append(NotAudited(".", reason))
    failed.add(rule.id)
    return []


def _without_deep(files: Files) -> bool:
    """Leave out files nested so deeply that rules gave up; return whether there were any."""
    gave_up = [gap for gap in files.not_audited if gap.reason.endswith(_TOO_DEEP)]
    deep = [module for module in files.modules if too_deep(module)] if gave_up else []
    if deep:
        reason = f"its code is nested too deeply: over {MOST_LEVELS} levels"
        files.modules = [module for module in files.modules if module not in deep]
        files.not_audited = [gap for gap in files.not_audited if gap not in gave_up]
        files.not_audited += [NotAudited(module.path, reason) for module in deep]
    return bool(deep)


def _finished(finding: Finding, rule: Rule) -> Finding:
    context = context_of(finding.path) if finding.path is not None else "app"
    return finding._replace(rule=rule.id, context=context)


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

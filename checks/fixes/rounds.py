"""Rounds of mending: edit, audit again, and keep what the audit confirms.

Files are only changed in memory here. Where two mends of a file disturb each other, the first wins
and the other is tried on the next round. A mend after which its finding is still there, or a worse
one has come, is taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from checks.collect import Candidate
from checks.collect import read as read_bytes
from checks.finding import SEVERITIES, Finding, Outcome
from checks.fixes.edits import Edit, UnsafeError, edited, fits
from checks.fixes.file import File
from checks.fixes.mends import checked, edits_for, mending
from checks.fixes.surroundings import Surroundings
from checks.records import NamedTuple

MOST_ROUNDS = 10

Audit = Callable[[Mapping[str, bytes]], Outcome]
"""Audits the project with other bytes for some of its files, by path."""


class Change(NamedTuple):
    """What becomes of one file."""

    candidate: Candidate
    old: bytes
    new: bytes


class Left(NamedTuple):
    """A finding of a rule that mends, and why it is left as it is."""

    finding: Finding
    reason: str


class Mended(NamedTuple):
    """What mending comes to, before anything is written."""

    changes: tuple[Change, ...]
    """Sorted by path."""
    findings: tuple[Finding, ...]
    """Those that are gone by it, as they were in the round that mended them."""
    left: tuple[Left, ...]
    """Those that could have been mended if they were certain."""


_Key = tuple[str, str, str]


class Rounds:
    """Mends what an audit found.

    Args:
        candidates: the project's files.
        audit: judges a state of the project.
        wanted: whether a finding is to be mended at all.
        nothing_new: whether no mend may bring another finding, not even a slighter one.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        audit: Audit,
        wanted: Callable[[Finding], bool],
        *,
        nothing_new: bool = False,
    ) -> None:
        self._nothing_new = nothing_new
        self._candidates = {candidate.path: candidate for candidate in candidates}
        self._audit = audit
        self._wanted = wanted
        self._old: dict[str, bytes] = {}
        self._new: dict[str, bytes] = {}
        self._done: list[Finding] = []
        self._refused: dict[tuple[object, ...], str] = {}

    def run(self, outcome: Outcome) -> Mended:
        """Return what is mended of `outcome`, which is that of the files as they are.

        Raises:
            UsageError: a library is missing.
        """
        left: list[Left] = []
        for _ in range(MOST_ROUNDS):
            made, left = self._round(outcome)
            if not made:
                break
            outcome = self._confirmed(outcome, made)
        changes = tuple(
            Change(self._candidates[path], self._old[path], new)
            for path, new in sorted(self._new.items())
            if new != self._old[path]
        )
        return Mended(changes, tuple(self._done), tuple(left))

    def _round(self, outcome: Outcome) -> tuple[dict[str, tuple[bytes, list[Finding]]], list[Left]]:
        """Return the new bytes of files with the findings that they mend, and what is left."""
        project = Surroundings([*self._candidates.values()], self._new, outcome)
        made: dict[str, tuple[bytes, list[Finding]]] = {}
        left: list[Left] = []
        by_path: dict[str, list[Finding]] = {}
        for finding in outcome.findings:
            if finding.path in self._candidates and self._is_mine(finding):
                by_path.setdefault(str(finding.path), []).append(finding)
        for path, findings in by_path.items():
            try:
                file = self._file(path, outcome)
            except UnsafeError as reason:
                left += [Left(finding, str(reason)) for finding in findings]
                continue
            done = self._mend(file, findings, project, left)
            if done is not None:
                made[path] = done
        return made, left

    def _mend(
        self, file: File, findings: list[Finding], project: Surroundings, left: list[Left]
    ) -> tuple[bytes, list[Finding]] | None:
        edits: list[Edit] = []
        mended: list[Finding] = []
        new: bytes | None = None
        for finding in findings:
            reason = self._refused.get(_mark(finding))
            try:
                if reason is not None:
                    raise UnsafeError(reason)
                own = edits_for(finding, file, project)
                if not fits(own, edits):
                    continue  # on the next round
                new = checked(file, edited(file.text, [*edits, *own]))
            except UnsafeError as unsafe:
                left.append(Left(finding, str(unsafe)))
            else:
                edits += own
                mended.append(finding)
        return (new, mended) if new is not None else None

    def _confirmed(
        self, before: Outcome, made: Mapping[str, tuple[bytes, list[Finding]]]
    ) -> Outcome:
        """Keep what the audit confirms of a round; return the outcome of the state it leaves."""
        earlier = {path: self._new.get(path) for path in made}
        self._new |= {path: new for path, (new, _) in made.items()}
        after = self._audit(self._new)
        taken_back = False
        for path, (_, findings) in made.items():
            wrong = _wrong(path, findings, before, after, nothing_new=self._nothing_new)
            if not wrong:
                self._done += findings
                continue
            taken_back = True
            old = earlier[path]
            if old is None:
                del self._new[path]
            else:
                self._new[path] = old
            self._refused |= {_mark(finding): reason for finding, reason in wrong}
        return self._audit(self._new) if taken_back else after

    def _file(self, path: str, outcome: Outcome) -> File:
        candidate = self._candidates[path]
        raw: bytes | str | None = self._new.get(path)
        if raw is None:
            raw = read_bytes(candidate)
        if not isinstance(raw, bytes):
            raise UnsafeError("it cannot be read any more")
        file = File(path, candidate.kind, raw)
        if outcome.sources.get(path, file.normal) != file.normal:
            raise UnsafeError("the file does not hold the text that was audited")
        self._old.setdefault(path, raw)
        return file

    def _is_mine(self, finding: Finding) -> bool:
        active = finding.suppressed is None and finding.source == "flask-hardening"
        return active and finding.rule in mending() and self._wanted(finding)


def _wrong(
    path: str, findings: list[Finding], before: Outcome, after: Outcome, *, nothing_new: bool
) -> list[tuple[Finding, str]]:
    """Return the findings of a file whose mends are to be taken back, with the reasons."""
    gaps = {gap.path for gap in after.not_audited} - {gap.path for gap in before.not_audited}
    if path in gaps:
        return [(finding, "the file could not be audited after it") for finding in findings]
    earlier, later, mended = map(_counted, (before.findings, after.findings, findings))
    there = [f for f in findings if later[_key(f)] > earlier[_key(f)] - mended[_key(f)]]
    if there:
        return [(finding, "it would still be found") for finding in there]
    worst = min(SEVERITIES.index(finding.severity) for finding in findings)
    for new in after.findings:
        come = new.path == path and later[_key(new)] > earlier[_key(new)]
        if come and (nothing_new or SEVERITIES.index(new.severity) <= worst):
            return [(finding, f"{new.rule} would be found by it") for finding in findings]
    return []


def _mark(finding: Finding) -> tuple[object, ...]:
    """Return what tells a finding from others in all rounds."""
    return finding.rule, finding.path, finding.message, finding.fingerprint


def _key(finding: Finding) -> _Key:
    return finding.rule, finding.path or "", finding.message


def _counted(findings: Iterable[Finding]) -> Counter[_Key]:
    return Counter(_key(finding) for finding in findings if finding.suppressed is None)

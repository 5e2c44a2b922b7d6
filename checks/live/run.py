"""``--app`` from the command line to the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from checks.errors import UsageError
from checks.finding import LeftOut, Live, NotAudited, Outcome
from checks.live.asked import Asked
from checks.live.facts import Facts
from checks.live.merge import merged
from checks.live.process import FailedError, Running
from checks.options import Options

_HOOK = "audit hook"
_SPACE = "namespace"
_TRIES = {
    "network": "to reach the network",
    "programs": "to start a program",
    "files": "to change a file",
}
# Facts that are for this program alone.
_OWN = ("namespaces", "refused", "copied", "loaded", "gaps")


@contextmanager
def loading(asked: Asked, root: str, options: Options) -> Iterator[Callable[[Outcome], Outcome]]:
    """Load the app while the sources are audited.

    Args:
        asked: which app.
        root: the audited folder.
        options: what was asked for.

    Yields:
        What puts the app's facts beside what the sources say.

    Raises:
        UsageError: no process or no temporary folder can be made.
    """
    try:
        begun = Running(asked, root, options.app_timeout_s)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"--app: its process cannot be started: {reason}") from error
    with begun as running:
        yield lambda outcome: _with_facts(outcome, running, asked, options)


def _with_facts(outcome: Outcome, running: Running, asked: Asked, options: Options) -> Outcome:
    try:
        data = running.facts()
    except FailedError as error:
        return _gap(outcome, asked, error.reason)
    facts = Facts(data)
    whole, left_out = merged(outcome, facts, options)
    live = _live(asked, facts, left_out)
    whole = whole._replace(live=live, notes=(*whole.notes, *_notes(live, facts)))
    failed = facts.session.get("failed")
    if failed is None and asked.login is not None and not facts.session:
        failed = "no requests were sent"
    return whole if failed is None else _gap(whole, asked, f"nobody was logged in: {failed}")


def _gap(outcome: Outcome, asked: Asked, reason: str) -> Outcome:
    gaps = {*outcome.not_audited, NotAudited(asked.app, reason)}
    return outcome._replace(not_audited=tuple(sorted(gaps)))


def _live(asked: Asked, facts: Facts, left_out: list[LeftOut]) -> Live:
    spaces, refused = facts.data.get("namespaces"), facts.data.get("refused")
    held: dict[str, Any] = spaces if isinstance(spaces, dict) else {}
    counts: dict[str, Any] = refused if isinstance(refused, dict) else {}
    return Live(
        app=asked.app,
        network=(_HOOK, _SPACE) if held.get("network") is True else (_HOOK,),
        files=(_HOOK, _SPACE) if held.get("files") is True else (_HOOK,),
        refused={name: n for name in _TRIES if isinstance(n := counts.get(name), int)},
        like_production=facts.like_production,
        left_out=tuple(left_out),
        facts={name: facts.data[name] for name in sorted(facts.data) if name not in _OWN},
    )


def _notes(live: Live, facts: Facts) -> Iterator[str]:
    start = f"--app {live.app}: "
    yield (
        f"{start}it was kept off the network by {_and(live.network)}, "
        f"and from changing files by {_and(live.files)}"
    )
    for name, count in sorted(live.refused.items()):
        yield f"{start}{_times(count)} it was refused {_TRIES[name]}"
    if not live.like_production:
        yield (
            f"{start}debug or testing mode is on, so its cookies and headers say nothing of "
            "production: they were not compared, and no finding is left out"
        )
    others = [name for name in facts.databases if name != "sqlite"]
    if others:
        yield f"{start}its database may be {_and(others)}: no requests were sent"
    elif facts.answers and not facts.pages("https"):
        yield f"{start}it answered no request with a page: cookies and headers are not known"
    gaps = facts.data.get("gaps")
    for name, error in sorted(gaps.items()) if isinstance(gaps, dict) else ():
        yield f"{start}{name} could not be asked for: {error}"
    if live.left_out:
        yield f"{start}left out, as they do not hold in it: {'; '.join(map(_shown, live.left_out))}"


def _and(names: Any) -> str:
    return " and ".join(
        [f"an {n}" if n == _HOOK else f"a {n}" if n == _SPACE else n for n in names]
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _shown(left: LeftOut) -> str:
    place = "" if left.path is None else f" {left.path}:{left.line}"
    return f"{left.rule}{place} ({left.because})"

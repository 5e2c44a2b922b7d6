"""Outcomes of earlier runs, so that nothing that has not changed is parsed again.

An entry's name is a digest of everything that an outcome depends on: the bytes of every file,
the options, the rules, this tool and this Python. So an entry is never wrong, only unused.
Trees and facts of single files are not kept: loading them took longer than parsing.

Entries are JSON, written beside and moved into place, so that runs at the same time do no harm;
one that cannot be read is as good as none. Whatever goes wrong with the folder, the audit runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import flask_hardening_keys
from checks.collect import Collected
from checks.contents import Content
from checks.finding import Finding, NotAudited, Outcome, Place, Protection
from checks.options import Options
from checks.rule import Rule
from checks.rules import discover, offered
from checks.whole import write_whole

MOST_ENTRIES = 100  # of some 50 KB each; the oldest go first
_SUFFIX = ".json"


def folder() -> Path:
    """Return the user's cache folder for this tool; it need not exist."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "flask-hardening"


class Cache:
    """The kept outcomes in one folder.

    Args:
        place: the folder; made when something is stored.
    """

    def __init__(self, place: Path) -> None:
        self._place = place

    def load(self, key: str) -> Outcome | None:
        """Return the outcome kept under `key`, without its `sources`, or None."""
        try:
            data = json.loads((self._place / (key + _SUFFIX)).read_bytes())
            return _outcome(data)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def store(self, key: str, outcome: Outcome) -> None:
        """Keep `outcome`; where the folder cannot be written, nothing happens."""
        text = json.dumps(_plain(outcome), separators=(",", ":"))
        with suppress(OSError):
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(text, str(self._place / (key + _SUFFIX)))
            self._prune()

    def _prune(self) -> None:
        entries = [entry for entry in os.scandir(self._place) if entry.name.endswith(_SUFFIX)]
        if len(entries) > MOST_ENTRIES:
            entries.sort(key=lambda entry: entry.stat().st_mtime)
            for entry in entries[: len(entries) - MOST_ENTRIES]:
                os.unlink(entry.path)


def key_of(
    contents: Iterable[Content],
    collected: Collected,
    options: Options,
    rules: Sequence[Rule] | None,
) -> str:
    """Return the name of the outcome of such a run.

    Args:
        contents: every file with its digest.
        collected: the root, and what could not be collected.
        options: what was asked for.
        rules: the rules to choose from; None for all that are installed.
    """
    digest = hashlib.blake2b(digest_size=24)
    # These change no outcome, or are applied to what is kept.
    own = options._replace(fail_on="never", format=(), baseline=None, since=None, app_timeout_s=0)
    parts: list[object] = [sys.version, _this_tool(), own, collected.root]
    parts += [_bandit(options), collected.not_audited, collected.notes]
    # Ours are in `_this_tool`: those of others are loaded to know where their code is.
    others = discover() if rules is None and offered() else rules or ()
    parts += [rules is None, [(rule.id, rule.meta, _code(rule)) for rule in others]]
    for part in parts:
        digest.update(repr(part).encode("utf-8", "surrogatepass") + b"\0")
    for content in contents:
        named = f"{content.candidate.path}\0{content.candidate.kind}\0{content.candidate.named}\0"
        digest.update(named.encode("utf-8", "surrogatepass") + content.digest)
    return digest.hexdigest()


def _bandit(options: Options) -> object:
    if not options.bandit:
        return None
    from checks.bandit import state  # brings much along that no other run needs

    return state(options.bandit_config)


def _this_tool() -> list[tuple[str, int, int]]:
    """Return what tells one state of this package from another, edited ones included."""
    here = os.path.dirname(os.path.abspath(__file__))
    paths = [os.path.abspath(flask_hardening_keys.__file__)]
    for place, _, files in os.walk(here):
        paths += [os.path.join(place, name) for name in files if not name.endswith(".pyc")]
    states = ((path, os.stat(path)) for path in sorted(paths))
    return [(os.path.relpath(path, here), s.st_size, s.st_mtime_ns) for path, s in states]


def _code(rule: Rule) -> list[tuple[str, int, int]]:
    """Return what tells one state of another distribution's rule from another."""
    module = sys.modules.get(rule.check.__module__)
    file = getattr(module, "__file__", None)
    if file is None or rule.check.__module__.startswith("checks."):
        return []  # ours are in `_this_tool`
    beside = (entry for entry in os.scandir(os.path.dirname(file)) if entry.name.endswith(".py"))
    return sorted((e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in beside)


def _plain(outcome: Outcome) -> dict[str, Any]:
    """Return `outcome` without its sources, of what JSON has."""
    findings = [
        {**finding._asdict(), "related": [place._asdict() for place in finding.related]}
        for finding in outcome.findings
    ]
    return {
        **outcome._asdict(),
        "findings": findings,
        "not_audited": [gap._asdict() for gap in outcome.not_audited],
        "posture": [protection._asdict() for protection in outcome.posture],
        "sources": {},
    }


def _outcome(data: dict[str, Any]) -> Outcome:
    if data.keys() != set(Outcome._fields):
        raise ValueError("an entry of another shape")
    return Outcome(
        root=data["root"],
        findings=tuple(_finding(each) for each in data["findings"]),
        not_audited=tuple(NotAudited(**each) for each in data["not_audited"]),
        posture=tuple(Protection(**each) for each in data["posture"]),
        files=data["files"],
        notes=tuple(data["notes"]),
        apps=data["apps"],
    )


def _finding(data: dict[str, Any]) -> Finding:
    related = tuple(Place(**each) for each in data["related"])
    lists: dict[str, Any] = {name: tuple(data[name]) for name in ("asvs", "seen")}
    return Finding(**{**data, **lists, "related": related})

"""The process that loads an audited app: fences first, then the app, then the questions."""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys
from typing import Any

from hardening.live.facts import facts_of
from hardening.live.fence import Fence
from hardening.live.loading import NotLoadedError, load
from hardening.live.namespaces import enter
from hardening.live.patches import install
from hardening.live.places import Places
from hardening.live.shadow import Shadow

_OURS = ("hardening", "checks")


def run(job: dict[str, Any], out: int) -> None:
    """Load the app that `job` names, and write what is found out about it.

    Args:
        job: ``app``, ``root`` and ``folder`` (an empty one, where the app may write); ``login``
            and ``password`` of a user, or None; ``namespaces``, whether to try them.
        out: the number of an open file, which gets one JSON document.
    """
    os.chdir(job["root"])
    network, files = enter(job["folder"]) if job["namespaces"] else (False, False)
    shadow = Shadow(job["folder"])
    fence = Fence(shadow)
    install(shadow)
    fence.install()
    _step_aside()
    places = Places(job["root"])
    places.install()
    found: dict[str, Any] = {"namespaces": {"network": network, "files": files}}
    try:
        app = load(job["app"])
    except NotLoadedError as error:
        found["failed"] = error.reason
    else:
        found["made"] = places.made(app)
        found |= facts_of(app, job["root"], job["login"], job["password"])
        found["loaded"] = places.loaded(fence.opened)
    found["refused"] = dict(fence.refused)
    found["copied"] = shadow.copied
    _write(out, json.dumps(found).encode())


def _write(out: int, text: bytes) -> None:
    while text:
        text = text[os.write(out, text) :]


def _step_aside() -> None:
    """Leave the names of our packages to the project, if it has modules that are called so."""
    for name in _OURS:
        ours = sys.modules.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, [os.getcwd(), *sys.path])
        origin = spec.origin if spec is not None else None
        if ours is None or origin is None or _same(origin, ours.__file__):
            continue
        for loaded in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[loaded]


def _same(one: str, other: str | None) -> bool:
    return other is not None and os.path.realpath(one) == os.path.realpath(other)

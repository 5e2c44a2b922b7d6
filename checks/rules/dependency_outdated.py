"""A package is held at a version with a published flaw in sessions, cookies or logins.

What it does
------------
Reads requirement files, `pyproject.toml`, `setup.cfg`, `setup.py`, `Pipfile`, the locks of pip,
Pipenv, Poetry, PDM and uv, conda environments and `pip install` in Dockerfiles. Compares the
versions they hold Flask, Werkzeug and libraries around logins at with a short list of published
advisories about sessions, cookies, tokens and logins that is shipped with this tool; the message
says how old the list is. Files for development, tests and documentation are left out, and so is
a requirement that lets a mended version in; an extension that the app itself never imports is left
to strict audits, and so are a flaw of public keys where no file speaks of any, and one of empty
tokens where the app takes none. It does not replace a scanner of all packages.

Why it is bad
-------------
The flaw and how to use it are public, and no code of the app's own can make up for it.

Bad
---
```text
# file: requirements.txt
Flask==2.2.2
```

Good
----
```text
# file: requirements.txt
Flask==3.1.3
```

How to fix
----------
Move to the version that the message names, or later, and make the locks again.

References
----------
- https://cwe.mitre.org/data/definitions/1395.html
- https://github.com/pypa/advisory-database
- OWASP ASVS 5.0, requirements 15.1.1 and 15.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.advisories import Advisory, advisories
from checks.contexts import context_of
from checks.facts.nodes import walk
from checks.facts.pins import Pin
from checks.facts.python import Module, Scope, last_name
from checks.finding import SEVERITIES, Audience, Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.pinned import pinned
from checks.rule import Meta
from checks.versions import Newest, newest, version_of

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=1395,
    asvs=("15.1.1", "15.2.1"),
    summary="package with a published flaw in sessions, cookies or logins",
    why="The flaw and how to use it are public.",
    fix="Move to the version that the message names, or later.",
)


# What files that use a package say; others may have brought it along.
_IMPORTED = {"pyjwt": "jwt", "python-jose": "jose"}
# Only public keys are taken for shared ones: whoever has none has nothing to fear.
_PAIRS = lazy(
    r"\b(?:RS|ES|PS)(?:256|384|512)\b|EdDSA|PUBLIC KEY|public_?key|PyJWKClient|jwks", re.IGNORECASE
)
# Of a project each, which lies beside the file.
_LOCKS = frozenset({"Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock"})


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each package and version that an advisory is about."""
    known = advisories().packages
    pins = [pin for pin in pinned(project) if pin.name in known]
    groups: dict[tuple[str, str, str], list[tuple[Pin, Newest]]] = {}
    for pin in pins:
        bound = newest(pin.spec)
        if bound is not None and not (bound.kind != "exact" and _held_elsewhere(pin, pins)):
            key = (pin.name, bound.kind + bound.text, context_of(pin.spot.path))
            groups.setdefault(key, []).append((pin, bound))
    for group in groups.values():
        bound = group[0][1]
        hits = [(a, a.mended(bound)) for a in known[group[0][0].name]]
        affected = [(advisory, text) for advisory, text in hits if text is not None]
        if affected:
            used = _is_used(group[0][0].name, project)
            used = used and not all(_is_of_a_part(pin, project) for pin, _ in group)
            own: Audience | None = None if used else "strict"
            yield _finding([pin for pin, _ in group], bound, affected, own)


def _is_used(package: str, project: Project) -> bool:
    """Return whether the app itself speaks of an extension, which others may bring along.

    What is no extension is used by Flask, or under a name that says nothing.
    """
    if not project.modules:
        return True
    if package in _IMPORTED:
        naming = project.vocabulary.files(_IMPORTED[package])
        named = bool(naming and project.vocabulary.files("RS256", "ES256", "EdDSA"))
        return named or any(map(_PAIRS.search, (module.source.text for module in naming)))
    if package == "flask-httpauth":
        return any(map(_takes_empty, project.vocabulary.files("HTTPTokenAuth", "MultiAuth")))
    if not package.startswith("flask-"):
        return True
    name = package.removesuffix("-too").removeprefix("flask-").replace("-", "_")
    return bool(project.vocabulary.files(f"flask_{name}", f"flask.ext.{name}"))


def _takes_empty(module: Module) -> bool:
    """Return whether no function that gets a token asks first whether there is one."""
    asking = [
        scope
        for scope in module.functions()
        if any(last_name(each) == "verify_token" for each in scope.decorators)
    ]
    return not asking or not all(map(_asks_first, asking))


def _asks_first(scope: Scope) -> bool:
    names = {parameter.arg for parameter in scope.parameters()}
    tests = [
        node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
        for node in walk(scope.node)
        if isinstance(node, ast.If | ast.IfExp)
    ]
    return any(isinstance(test, ast.Name) and test.id in names for test in tests)


def _is_of_a_part(pin: Pin, project: Project) -> bool:
    """Return whether a lock file is of a part of the project that has no web app in it.

    What it needs brought Flask along, and nobody starts it there.
    """
    folder, _, name = pin.spot.path.rpartition("/")
    if not folder or name not in _LOCKS:
        return False
    below = [module for module in project.modules if module.path.startswith(f"{folder}/")]
    asks = project.vocabulary.holds
    return bool(below) and not any(asks(module, "flask", "werkzeug") for module in below)


def _held_elsewhere(pin: Pin, pins: list[Pin]) -> bool:
    """Return whether another file of the same context holds the package at one version."""
    context = context_of(pin.spot.path)
    return any(
        other.name == pin.name
        and other.spec.startswith("==")
        and not other.spec.endswith("*")
        and context_of(other.spot.path) == context
        for other in pins
    )


def _finding(
    pins: list[Pin], bound: Newest, affected: list[tuple[Advisory, str]], own: Audience | None
) -> Finding:
    first, *others = sorted(pins, key=lambda pin: pin.spot)
    worst = min(affected, key=lambda pair: SEVERITIES.index(pair[0].severity))[0]
    ids = ", ".join(advisory.id for advisory, _ in affected)
    texts = [text for _, text in affected]
    if "" in texts:
        fix = f"No release of {first.name} mends it: replace the package."
    else:
        wanted = max(texts, key=lambda text: version_of(text) or ((), 0))
        fix = f"Move to {first.name} {wanted} or later."
    held = f"{first.name} {bound.text}"
    if bound.kind != "exact":
        held = f"{first.name} {bound.kind} {bound.text}"
    return found(
        RULE,
        f"{held}: {worst.about} ({ids}; list of {advisories().checked}).",
        first.spot,
        severity=worst.severity,
        confidence=None if bound.kind == "exact" else "medium",
        audience=own,
        fix=fix,
        related=[(pin.spot, "the same version") for pin in others],
    )

"""Copies of Flask-Login among an app's own files, known by what they define."""

from __future__ import annotations

from collections.abc import Mapping

from checks.facts.python import Module

_DEFINES = frozenset({"login_user", "logout_user", "login_required"})
_CLASS = "LoginManager"


def copies(modules: Mapping[str, Module]) -> frozenset[str]:
    """Return the dotted names of the packages and files that define what Flask-Login does."""
    found = set()
    for name, module in modules.items():
        if not _has(module, _CLASS, "class"):
            continue
        package = name if module.is_package else name.rpartition(".")[0]
        inside = [m for n, m in modules.items() if n == package or n.startswith(f"{package}.")]
        if _DEFINES <= _functions([module]):
            found.add(name)
        elif package and _DEFINES <= _functions(inside) and package in modules:
            found.add(package)
    # An audit of Flask-Login itself is about the library.
    return frozenset(name for name in found if name.rpartition(".")[2] != "flask_login")


def original(name: str, importer: str, found: frozenset[str]) -> str | None:
    """Return ``flask_login.X`` for the dotted `name` of a copy's X, or None for anything else.

    Args:
        name: as an import says it, without leading dots.
        importer: the dotted name of the importing file: a copy may be named from its folder.
        found: what `copies` returned.
    """
    for copy in found:
        parts = copy.split(".")
        for start in range(len(parts)):
            above = ".".join(parts[:start])
            if above not in ("", "src") and not f"{importer}.".startswith(f"{above}."):
                continue
            known = ".".join(parts[start:])
            if name == known or name.startswith(f"{known}."):
                return f"flask_login{name.removeprefix(known)}"
    return None


def _functions(modules: list[Module]) -> set[str]:
    return {name for module in modules for name in _DEFINES if _has(module, name, "def")}


def _has(module: Module, name: str, kind: str) -> bool:
    return any(binding.kind == kind for binding in module.top.bindings.get(name, ()))

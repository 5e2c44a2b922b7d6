"""What is drawn by ``random`` drawn by ``secrets``: for the rules about keys and tokens."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.imports import imported
from checks.fixes.names import imports
from checks.fixes.python import value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst
from checks.lazy import lazy

# Methods that `random.SystemRandom` has too, with the same parameters and results.
_DRAWS = (
    "choice", "choices", "sample", "randint", "randrange", "random", "getrandbits", "randbytes",
    "uniform",
)  # fmt: skip
_SEEDED = lazy(r"\bseed\(|\bsetstate\(")


def drawn_safely(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that draw the same from the system's own source of randomness."""
    if not file.is_python:
        raise UnsafeError("only Python is mended")
    tree = file.tree
    value = value_at(finding, file)
    start, end = tree.span(value)
    edits = []
    for call in tree.all(cst.Call):
        place = tree.span(call)
        if start <= place[0] and place[1] <= end:
            edits += _one(call, tree, old=project.is_for_old_python)
    if not edits:
        raise UnsafeError("what is drawn is drawn elsewhere, or not by the module random")
    if _SEEDED.search(file.text):
        raise UnsafeError("the file seeds its draws, to repeat them")
    needs = any("secrets." in edit.text for edit in edits)
    return [*edits, *(imported("secrets", file, project) if needs else [])]


def _one(call: cst.Call, tree: Tree, *, old: bool) -> list[Edit]:
    func = call.func
    if isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name):
        owner, name = func.value.value, func.attr.value
        if owner == "random" and name in _DRAWS and _is_module("random", tree):
            return [tree.replaced(func, _safe(name, old=old))]
        if owner == "uuid" and name == "uuid1" and not call.args and _is_module("uuid", tree):
            return [tree.replaced(func.attr, "uuid4")]
    if isinstance(func, cst.Name) and func.value in _DRAWS and imports("random", func.value, tree):
        if old:
            raise UnsafeError("older Pythons have no module secrets")
        return [tree.replaced(func, _safe(func.value, old=False))]
    return []


def _safe(name: str, *, old: bool) -> str:
    if old:  # `random` is there in any case, and has the same class
        return f"random.SystemRandom().{name}"
    return "secrets.choice" if name == "choice" else f"secrets.SystemRandom().{name}"


def _is_module(name: str, tree: Tree) -> bool:
    """Return whether `name` is the module: imported so, and never anything else in the file."""
    found = False
    for node in tree.all(cst.Name):
        if node.value != name:
            continue
        parent = tree.parent(node)
        if isinstance(parent, cst.ImportAlias):
            if isinstance(tree.parent(parent), cst.ImportFrom) or parent.asname is not None:
                return False
            found = True
        elif isinstance(parent, cst.Attribute):
            if parent.attr is node and parent.value is not node:
                continue  # ``np.random`` is another
        elif not isinstance(parent, cst.Arg):
            return False
    return found

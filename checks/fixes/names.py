"""Names of a Python file: where they get a value, and whether that is an import."""

from __future__ import annotations

from checks.fixes.tree import Tree, cst

_SEVERAL = (cst.Element, cst.StarredElement)


def imports(module: str, name: str, tree: Tree) -> bool:
    """Return whether `name` is always what ``from module import name`` at the file's top says."""
    told = _statements(name, tree)
    return (
        bool(told)
        and all(_says(statement, module, name, tree) for statement in told)
        and any(isinstance(tree.parent(tree.parent(each) or each), cst.Module) for each in told)
    )


def is_module(name: str, tree: Tree) -> bool:
    """Return whether `name` is the module ``import name`` everywhere in the file."""
    told = _statements(name, tree)
    return bool(told) and all(isinstance(statement, cst.Import) for statement in told)


def _statements(name: str, tree: Tree) -> list[cst.CSTNode]:
    """Return the imports of `name`; none where anything else gives it a value."""
    found: list[cst.CSTNode] = []
    for node in tree.all(cst.Name):
        if node.value == name and binds(node, tree):
            alias = tree.parent(node)
            statement = tree.parent(alias) if isinstance(alias, cst.ImportAlias) else None
            if statement is None:
                return []
            found.append(statement)
    return found


def _says(statement: cst.CSTNode, module: str, name: str, tree: Tree) -> bool:
    return (
        isinstance(statement, cst.ImportFrom)
        and not statement.relative
        and statement.module is not None
        and tree.code(statement.module) == module
        and not isinstance(statement.names, cst.ImportStar)
        and any(_is_plain(alias, name) for alias in statement.names)
    )


def _is_plain(alias: cst.ImportAlias, name: str) -> bool:
    plain = isinstance(alias.name, cst.Name) and alias.name.value == name
    return plain and alias.asname is None


def binds(node: cst.Name, tree: Tree) -> bool:
    """Return whether a name gets a value here, in whichever way."""
    parent = tree.parent(node)
    if isinstance(parent, cst.Attribute | cst.Arg | cst.Subscript):
        return False
    if isinstance(parent, cst.Param):
        return parent.name is node
    if isinstance(parent, cst.NameItem | cst.AsName | cst.ImportAlias | cst.AugAssign):
        return True
    if isinstance(parent, cst.AssignTarget):
        return True
    if isinstance(parent, cst.AnnAssign | cst.NamedExpr | cst.For | cst.CompFor):
        return parent.target is node
    if isinstance(parent, cst.FunctionDef | cst.ClassDef):
        return parent.name is node
    if isinstance(parent, _SEVERAL):  # one of several that are assigned together
        outer: cst.CSTNode | None = parent
        while isinstance(outer, (*_SEVERAL, cst.Tuple, cst.List)):
            outer = tree.parent(outer)
        return isinstance(outer, cst.AssignTarget | cst.For | cst.CompFor | cst.AsName)
    return isinstance(parent, cst.Del | cst.MatchAs | cst.MatchStar | cst.MatchMapping)

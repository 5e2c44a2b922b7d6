"""What a value of Python certainly is: a text, bytes, or a text that may be missing."""

from __future__ import annotations

from typing import Literal

from checks.fixes.names import binds, imports, is_module
from checks.fixes.python import is_name, literal_text
from checks.fixes.tree import Tree, cst

Kind = Literal["ascii", "text", "maybe", "bytes"]
"""``ascii`` is a text of ASCII alone; ``maybe`` a text or None."""

_FIELDS = ("headers", "args", "form", "values", "cookies")
_SAME = ("strip", "lower", "upper", "lstrip", "rstrip", "replace", "removeprefix", "removesuffix")
_DIGESTS = ("new", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")
_MOST_STEPS = 6


def kind_of(node: cst.BaseExpression, tree: Tree, steps: int = 0) -> Kind | None:
    """Return what `node` certainly is, None where nobody knows."""
    if steps > _MOST_STEPS:
        return None
    if isinstance(node, cst.SimpleString):
        written = node.evaluated_value
        if isinstance(written, bytes):
            return "bytes"
        return "ascii" if written.isascii() else "text"
    if isinstance(node, cst.FormattedString):
        return "text"
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _sum(kind_of(node.left, tree, steps + 1), kind_of(node.right, tree, steps + 1))
    if isinstance(node, cst.Subscript):
        return _item(node, tree)
    if isinstance(node, cst.Call):
        return _call(node, tree, steps)
    if isinstance(node, cst.Name):
        value = value_of(node, tree)
        return kind_of(value, tree, steps + 1) if value is not None else None
    return None


def is_pure(node: cst.BaseExpression) -> bool:
    """Return whether `node` may be evaluated twice: a name, or what the client sent by name."""
    if isinstance(node, cst.Name):
        return True
    if not isinstance(node, cst.Call) or len(node.args) != 1:
        return False
    return isinstance(node.func, cst.Attribute) and node.func.attr.value in ("get", "getenv")


def _sum(left: Kind | None, right: Kind | None) -> Kind | None:
    if left in ("ascii", "text") and right in ("ascii", "text"):
        return "ascii" if left == right == "ascii" else "text"
    return "bytes" if left == right == "bytes" else None


def _item(node: cst.Subscript, tree: Tree) -> Kind | None:
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    if literal_text(node.slice[0].slice.value) is None:
        return None
    return "text" if _is_request(node.value, tree) or _is_environ(node.value, tree) else None


def _call(node: cst.Call, tree: Tree, steps: int) -> Kind | None:
    func = node.func
    if is_name(func, "str") and len(node.args) == 1:
        return "text"
    if not isinstance(func, cst.Attribute):
        return None
    name = func.attr.value
    if name == "hexdigest" and not node.args and _is_digest(func.value, tree, steps):
        return "ascii"
    if name == "digest" and not node.args and _is_digest(func.value, tree, steps):
        return "bytes"
    if name == "encode":
        return "bytes" if kind_of(func.value, tree, steps + 1) in ("ascii", "text") else None
    if name in _SAME:
        inner = kind_of(func.value, tree, steps + 1)
        return "text" if inner in ("ascii", "text") else inner if inner == "bytes" else None
    if name == "get" and (_is_request(func.value, tree) or _is_environ(func.value, tree)):
        return _got(node)
    if name == "getenv" and is_name(func.value, "os") and _has_os(tree):
        return _got(node)
    return None


def _got(node: cst.Call) -> Kind | None:
    """Return what a look-up by a literal name gives, with or without a default."""
    if not node.args or any(argument.keyword or argument.star for argument in node.args):
        return None
    if literal_text(node.args[0].value) is None or len(node.args) > 2:
        return None
    if len(node.args) == 1 or is_name(node.args[1].value, "None"):
        return "maybe"
    return "text" if literal_text(node.args[1].value) is not None else None


def _is_request(node: cst.BaseExpression, tree: Tree) -> bool:
    """Return whether `node` is ``request.headers`` or its kin, of Flask's own request."""
    return (
        isinstance(node, cst.Attribute)
        and node.attr.value in _FIELDS
        and is_name(node.value, "request")
        and imports("flask", "request", tree)
    )


def _is_environ(node: cst.BaseExpression, tree: Tree) -> bool:
    return (
        isinstance(node, cst.Attribute)
        and node.attr.value == "environ"
        and is_name(node.value, "os")
        and _has_os(tree)
    )


def _has_os(tree: Tree) -> bool:
    return is_module("os", tree)


def _is_digest(node: cst.BaseExpression, tree: Tree, steps: int) -> bool:
    """Return whether `node` is a digest of `hmac` or `hashlib`, not of something of the app's."""
    if isinstance(node, cst.Name):
        value = value_of(node, tree)
        return value is not None and steps < _MOST_STEPS and _is_digest(value, tree, steps + 1)
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in _DIGESTS
        and isinstance(node.func.value, cst.Name)
        and node.func.value.value in ("hmac", "hashlib")
    )


def value_of(name: cst.Name, tree: Tree) -> cst.BaseExpression | None:
    """Return the one value that a name ever has where it stands, or None.

    That is the value of its only assignment: in its function, above it and under no condition, or
    at the top of the module.
    """
    function = tree.above(name, cst.FunctionDef)
    cls = tree.above(name, cst.ClassDef)
    if cls is not None and (function is None or _is_in(cls, function, tree)):
        return None  # the body of a class has names of its own
    bound = [node for node in tree.all(cst.Name) if node.value == name.value and binds(node, tree)]
    if any(isinstance(tree.parent(node), cst.NameItem) for node in bound):
        return None  # a function assigns the name of another
    around = function
    while around is not None:
        inside = [node for node in bound if _is_in(node, around, tree)]
        if inside:
            return _only(inside, around, name, tree) if around is function else None
        around = tree.above(around, cst.FunctionDef)
    outside = [
        node
        for node in bound
        if tree.above(node, cst.FunctionDef) is None and tree.above(node, cst.ClassDef) is None
    ]
    return _only(outside, tree.module, name, tree)


def _only(
    bound: list[cst.Name], home: cst.CSTNode, name: cst.Name, tree: Tree
) -> cst.BaseExpression | None:
    """Return the value of the only binding, a plain assignment that `home` always makes."""
    target = tree.parent(bound[0]) if len(bound) == 1 else None
    assign = tree.parent(target) if isinstance(target, cst.AssignTarget) else None
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        return None
    block = tree.parent(tree.parent(assign) or assign)
    if isinstance(home, cst.FunctionDef):
        above = tree.span(assign)[1] <= tree.span(name)[0]
        return assign.value if above and block is home.body else None
    return assign.value if block is home else None


def _is_in(node: cst.CSTNode, function: cst.FunctionDef, tree: Tree) -> bool:
    outer: cst.CSTNode | None = node
    while outer is not None and outer is not function:
        outer = tree.parent(outer)
    return outer is function

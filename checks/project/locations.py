"""Addresses that a response is told as its ``Location`` where it is made."""

from __future__ import annotations

import ast


def locations(node: ast.Call) -> list[ast.expr]:
    """Return what a response that `node` makes is told as its ``Location``."""
    tables = [keyword.value for keyword in node.keywords if keyword.arg == "headers"]
    return [
        value
        for table in tables
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and str(key.value).lower() == "location"
    ]

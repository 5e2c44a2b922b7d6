"""Whether a file belongs to the app, its tests or an example: only the app fails a build."""

from __future__ import annotations

from checks.finding import Context

_TESTS = frozenset({"tests", "test", "testing"})
_EXAMPLES = frozenset({"examples", "example", "docs", "doc", "samples"})


def context_of(path: str) -> Context:
    """Return the context of `path`, which is relative to the audit's root, with ``/``."""
    *folders, name = path.lower().split("/")
    if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
        return "tests"
    if _TESTS.intersection(folders):
        return "tests"
    if _EXAMPLES.intersection(folders):
        return "example"
    return "app"

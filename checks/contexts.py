"""Whether a file belongs to the app, its tests or an example: only the app fails a build."""

from __future__ import annotations

from checks.finding import Context
from checks.lazy import lazy

_TESTS = frozenset(
    {
        "tests", "test", "testing", "testutils", "test_utils", "testutil", "test_util", "testsuite",
        "test_suite", "test_helpers", "testcases", "test_cases", "unittests", "unit_tests",
        "integration_tests", "functional_tests", "e2e_tests", "e2e", "stubs", "mocks", "fakes",
        "mock_server", "mock_servers", "stub_server", "stub_servers", "blackbox", "black_box",
        "blackbox_tests",
    }
)  # fmt: skip
_EXAMPLES = frozenset({"examples", "example", "docs", "doc", "documentation", "samples"})
# In a longer name; one ``demo`` or ``sample`` may be the app itself.
_EXAMPLE = lazy(
    r"^examples?[_\-. ]|[_\-. ]examples?$|[_\-. ](samples|demos)$|"
    r"^(sample|demo)s?[_\-. ](apps|projects|code)$"
)
# What a service that only builds the documentation is given.
_DOCUMENTS = lazy(r"(^|[_\-.])(rtd|readthedocs)([_\-.]|$)")
# A server's configuration that a continuous integration or a test starts, not the deployment.
_TRIED = lazy(r"(^|/)\.(github|gitlab|circleci|ci)/|(^|[/\-_.])tests?[\-_.]([^/]*\.)?conf$")
# Settings that a continuous integration puts into place: ``utils/ci/config.cfg``.
_SET_UP = lazy(r"(^|/)ci/[^/]*(?<!prod)(?<!production)\.(cfg|env|ini)$")
# A script that a continuous integration runs: ``create_ci_test_db.py``.
_OF_CI = lazy(r"(^|_)ci_|_ci(_|\.py$)")
# One of a folder of settings, by the environment that it is for.
_SETTINGS = lazy(r"(^|/)(settings?|config(s|uration)?|conf|environments?|env)/tests?(ing)?\.py$")
# Settings for tests beside those of the app: ``testing_config.py``, ``settings_testing.py``.
_TESTING = lazy(r"^testing_(settings?|config(uration)?)\.py$|^(settings?|config)_testing\.py$")
_SAMPLE = lazy(r"example|sample|template|\bdist\b|skel|\.tpl|\.tmpl|boilerplate|stub")


def is_sample(path: str) -> bool:
    """Return whether the file at `path` is to be copied and filled in, such as ``.env.example``."""
    return _SAMPLE.search(path.lower()) is not None


def context_of(path: str) -> Context:
    """Return the context of `path`, which is relative to the audit's root, with ``/``."""
    *folders, name = path.lower().split("/")
    if name in ("conftest.py", "tests.py") or name.startswith("test_") or name.endswith("_test.py"):
        return "tests"
    if name.startswith("pytest_") and name.endswith(".py"):
        return "tests"  # a plugin of pytest, by whose name it is found
    if name.endswith(".py") and _OF_CI.search(name):
        return "tests"
    if "ci" in folders and _SET_UP.search(path.lower()):
        return "tests"
    if name.startswith("test") and _SETTINGS.search(path.lower()):
        return "tests"
    if _TESTING.search(name):
        return "tests"
    if _TESTS.intersection(folders) or (name.endswith(".conf") and _TRIED.search(path.lower())):
        return "tests"
    if folders and name.endswith(".py") and _says_example(name[:-3]):
        return "example"  # such as ``scripts/mail_example.py``; alone, it is what is audited
    if any(folder in _EXAMPLES or _says_example(folder) for folder in folders):
        return "example"
    if _DOCUMENTS.search(name):
        return "example"
    if folders and folders[0] in ("devel", "vagrant"):
        return "example"  # what developers start on their own machines
    if "sample" in folders[2:]:
        return "example"  # one of several of a package, such as ``shop/backends/sample``
    return "app"


def _says_example(name: str) -> bool:
    # Most names have neither, which is soon told.
    return ("ample" in name or "demo" in name) and _EXAMPLE.search(name) is not None

"""Settings that a continuous integration puts into place are told of apart."""

from __future__ import annotations

import pytest

from checks.contexts import context_of


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("utils/ci/.env", "tests"),
        ("ci/local.env", "tests"),
        ("utils/ci/config.cfg", "tests"),
        ("utils/city/.env", "app"),
        ("ci/production.env", "app"),
        ("ci/Dockerfile", "app"),
        ("ci/deploy.py", "app"),
        (".env", "app"),
    ],
)
def test_folder_called_ci(path, context):
    """A folder `ci` holds what tests are run with, unless its name says production."""
    assert context_of(path) == context

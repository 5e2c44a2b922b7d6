"""Functions that take over what an installation of the same app gave out."""

from __future__ import annotations

import re

from checks.facts.python import Scope
from checks.lazy import lazy

_TRANSFER = lazy(
    r"(^|_)(from_)?(import|imported|importing|restore|migrate|sync|synchroni[sz]e)(_|$)|_from_(dump|"
    r"export|backup|archive)(_|$)",
    re.IGNORECASE,
)


def is_transfer(scope: Scope) -> bool:
    """Return whether `scope` is named as what imports, restores or synchronises whole rows.

    Their fields, hashes of passwords among them, are meant to be stored as they come.
    """
    return _TRANSFER.search(scope.name) is not None

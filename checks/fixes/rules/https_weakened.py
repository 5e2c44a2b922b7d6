"""Talisman's own ``Secure`` for the session cookie."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import is_name, keyword, value_at, without
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import cst


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that leaves ``session_cookie_secure=False`` out.

    Only where HTTPS is mandatory. The other options are left: a redirect to https
    may run in circles behind a proxy, browsers keep HSTS for a year, and a content policy may
    forbid what the pages hold.
    """
    if not finding.message.startswith("session_cookie_secure is off"):
        raise UnsafeError("it depends on what stands in front of the app, or on its pages")
    tree = file.tree
    node = value_at(finding, file)
    call = tree.above(node, cst.Call)
    if call is None or not is_name(node, "False"):
        raise UnsafeError("the value is made elsewhere")
    forced = keyword(call, "force_https")
    if forced is not None and not is_name(forced.value, "True"):
        raise UnsafeError("the same call does not make HTTPS mandatory")
    if not project.https:
        raise UnsafeError("nothing says that the app is used over https only")
    return [without(node, ("session_cookie_secure",), tree)]

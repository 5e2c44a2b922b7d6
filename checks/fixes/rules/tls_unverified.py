"""Certificates of well-known services are verified again."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import is_name, value_at, without
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import cst
from checks.lazy import lazy

# Public services whose certificates every system trusts. Of any other address nobody knows
# whether it has one that is valid.
_KNOWN = lazy(
    r"https://(?:api\.(?:github|stripe|twilio|telegram|openai|cloudflare|sendgrid|twitter|linkedin)"
    r"\.(?:com|org)|github\.com|api\.mailgun\.net|graph\.(?:microsoft|facebook)\.com|"
    r"login\.microsoftonline\.com|(?:hooks\.)?slack\.com|discord\.com|hcaptcha\.com|"
    r"(?:www|accounts|oauth2|maps)\.(?:google|googleapis)\.com|challenges\.cloudflare\.com|"
    r"raw\.githubusercontent\.com|pypi\.org)(?=[/'\"?:]|$)"
)
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edit that leaves ``verify=False`` out of a request to a well-known service."""
    tree = file.tree
    node = value_at(finding, file)
    call = tree.above(node, cst.Call)
    if call is None or not is_name(node, "False") or not call.args:
        raise UnsafeError("it is written in a way that is not mended")
    func = call.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in _METHODS:
        raise UnsafeError("nobody knows whether the other side has a valid certificate")
    if _KNOWN.search(_begins(call.args[0].value)) is None:
        raise UnsafeError("nobody knows whether the other side has a valid certificate")
    return [without(node, ("verify",), tree)]


def _begins(node: cst.BaseExpression) -> str:
    """Return the text that an address begins with, ``""`` where something else does."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) and value.startswith("https://") else ""
    if isinstance(node, cst.FormattedString) and node.parts:
        first = node.parts[0]
        if isinstance(first, cst.FormattedStringText) and "/" in first.value[8:]:
            return first.value if first.value.startswith("https://") else ""
    return ""

"""The cost of a password hash raised to the floor, where old hashes go on working."""

from __future__ import annotations

from checks.finding import Finding
from checks.fixes.edits import Edit, UnsafeError
from checks.fixes.file import File
from checks.fixes.python import called, keyword, literal_text, respelled, value_at
from checks.fixes.surroundings import Surroundings
from checks.fixes.tree import Tree, cst
from checks.lazy import lazy
from checks.passwords.floors import PBKDF2_ROUNDS, SALT_BYTES

_METHOD = lazy(r"pbkdf2:(sha1|sha256|sha512):(\d+)")
_BCRYPT_ROUNDS = 12  # the default of bcrypt and Flask-Bcrypt
_DIGITS = {"sha1": 40, "sha256": 64, "sha512": 128}  # of the hash itself
_COLUMN = (
    r"(?i)(?:pass|pwd|hash)\w*[\"'`]?[ \t:=,]+[^#]{0,80}?"
    r"(?<![a-z_])(?:String|Unicode|VARCHAR|CharField|CHAR|max_length|length)[ \t]*[(=][ \t]*"
    r"(?:length[ \t]*=[ \t]*|max_length[ \t]*=[ \t]*)?(\d+)"
)


def mend(finding: Finding, file: File, project: Surroundings) -> list[Edit]:
    """Return the edits that raise the cost.

    Only of hashes that hold their own cost: old ones are still checked with theirs. Keys that
    `hashlib` derives do not, so that nobody could log in any more.
    """
    if not file.is_python:
        start, end = file.span(finding)
        if not file.text[start:end].isdecimal():
            raise UnsafeError("it is written in a way that is not mended")
        return [Edit(start, end, str(_BCRYPT_ROUNDS))]
    tree = file.tree
    node = value_at(finding, file)
    if isinstance(node, cst.Integer) and finding.message.startswith("BCRYPT_LOG_ROUNDS"):
        return [tree.replaced(node, str(_BCRYPT_ROUNDS))]
    if not isinstance(node, cst.Call):
        raise UnsafeError("the value is made elsewhere")
    if called(node) == "gensalt":
        return [_rounds(_argument(node, 0, "rounds"), tree)]
    if called(node) != "generate_password_hash":
        raise UnsafeError("old hashes could not be checked any more")
    if "bcrypt" in finding.message:
        return [_rounds(_argument(node, 1, "rounds"), tree)]
    return _werkzeug(node, tree, project)


def _argument(call: cst.Call, index: int, name: str) -> cst.BaseExpression | None:
    given = keyword(call, name)
    if given is not None:
        return given.value
    plain = [argument for argument in call.args if argument.keyword is None and not argument.star]
    return plain[index].value if index < len(plain) else None


def _rounds(node: cst.BaseExpression | None, tree: Tree) -> Edit:
    if not isinstance(node, cst.Integer):
        raise UnsafeError("the value is made elsewhere")
    return tree.replaced(node, str(_BCRYPT_ROUNDS))


def _werkzeug(call: cst.Call, tree: Tree, project: Surroundings) -> list[Edit]:
    """Raise the rounds and the salt; the new hash must fit into every column for one."""
    edits = []
    method, salt = _argument(call, 1, "method"), _argument(call, 2, "salt_length")
    length = SALT_BYTES
    if isinstance(salt, cst.Integer):
        length = max(int(salt.value, 0), SALT_BYTES)
        if length != int(salt.value, 0):
            edits.append(tree.replaced(salt, str(SALT_BYTES)))
    elif salt is not None:
        raise UnsafeError("the value is made elsewhere")
    match = _METHOD.fullmatch(literal_text(method) or "")
    if match is None or not isinstance(method, cst.SimpleString):
        raise UnsafeError("hashes of another kind may not fit where they are kept")
    rounds = PBKDF2_ROUNDS[match[1]]
    text = f"pbkdf2:{match[1]}:{max(rounds, int(match[2]))}"
    if int(match[2]) < rounds:
        edits.append(tree.replaced(method, respelled(method, text)))
    needed = len(text) + 1 + length + 1 + _DIGITS[match[1]]
    if any(int(size) < needed for size in project.texts(_COLUMN)):
        raise UnsafeError(f"the new hashes, of {needed} characters, may not fit into their column")
    return edits

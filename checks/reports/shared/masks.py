"""Which parts of a source line a report must not show, because they may be a secret."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from checks.finding import Finding
from checks.lazy import lazy

Range = tuple[int, int]
"""First character and the one after the last, counted from 0, on one line."""

# Findings of these rules stand on lines that hold a key, a password or a token.
_SENSITIVE_RULES = ("secret-", "credentials-", "password-", "reset-token-", "token-", "jwt-")
_SENSITIVE_IDS = ("session-holds-secret", "B105", "B106", "B107")  # B...: bandit's literals

# Any rule may point at a line that also sets a secret: a name of one, then `=` or `:`.
# The bounds keep a line of megabytes from costing its length squared.
_SETS_A_SECRET = lazy(
    r"""(secret|passw|pwd|token|credential|api_?key|private_?key)\w{0,40}["'\]]{0,3}\s{0,40}"""
    r"(\[[^\]]{0,40}\]\s?)?(=(?!=)|:)",
    re.IGNORECASE,
)
_URI_WITH_PASSWORD = lazy(r"://[^\s/:@]*:[^\s/@]+@")

_QUOTED = lazy(r"""(?P<quote>["'])(?P<inside>(?:\\.|(?!(?P=quote))[^\\])*)((?P=quote)|$)""")
_OPENING = lazy(r"""[A-Za-z]*('''|\"\"\"|'|\")""")
# The names of settings and form fields that make a masked line readable. Nothing else that is
# looked up is shown: a mapping of tokens has the tokens as its keys.
_SETTING_NAME = lazy(
    r"([A-Za-z]+_)*(secret_key|password|passwd|token|username|email|database_uri|next)",
    re.IGNORECASE,
)
_LOOKUPS = (("get", "("), ("getenv", "("))
_FIRST_WORDS = lazy(r"\s*\S+\s+\S+")
_MARKUP = {".html", ".htm", ".jinja", ".jinja2", ".j2", ".xml"}


def is_sensitive(finding: Finding) -> bool:
    """Return whether the lines that `finding` points at may hold the value of a secret."""
    return finding.rule.startswith(_SENSITIVE_RULES) or finding.rule in _SENSITIVE_IDS


def holds_secret(line: str) -> bool:
    """Return whether `line` looks as if it set a secret, whatever rule points at it."""
    return bool(_SETS_A_SECRET.search(line) or _URI_WITH_PASSWORD.search(line))


class Masks:
    """The ranges of one file's lines that hold literal values."""

    def __init__(self, path: str, text: str) -> None:
        """Find the literals of `text`.

        Args:
            path: the file's path; its ending says what language it is.
            text: the whole file, with ``\\n`` between its lines.
        """
        self._lines = text.split("\n")
        self._suffix = PurePosixPath(path).suffix.lower()
        self._python: dict[int, list[Range]] | None = None
        if self._suffix in {".py", ".pyw", ".pyi"}:
            self._python = _python_literals(text)

    def on(self, number: int, *, continued: bool = False) -> list[Range]:
        """Return what to hide on line `number`, counted from 1.

        Args:
            number: the line.
            continued: whether a value that began above goes on here, as a PEM block does; only
                Python's own grammar says where it ends, so elsewhere the whole line is hidden.
        """
        if self._python is not None:
            return self._python.get(number, [])
        line = self._lines[number - 1]
        if continued:
            return [(0, len(line))]
        if self._suffix in _MARKUP:
            return [match.span("inside") for match in _QUOTED.finditer(line)]
        return [(_value_start(line), len(line))]


def _value_start(line: str) -> int:
    """Return where the value begins in a line of a settings or deployment file."""
    separator = re.search(r"[=:]\s*", line) or re.search("[\"']", line)
    if separator:
        return separator.end()
    words = _FIRST_WORDS.match(line)  # ENV NAME value
    return words.end() if words else 0


def _python_literals(text: str) -> dict[int, list[Range]] | None:
    """Return the insides of strings, and comments, by line; None where the text is no Python."""
    found: dict[int, list[Range]] = {}
    try:
        # The tokens alone would not do: this Python's may cut a newer one's strings elsewhere.
        ast.parse(text)
        for start, end in _spans(tokenize.generate_tokens(io.StringIO(text).readline)):
            for number in range(start[0], end[0] + 1):
                first = start[1] if number == start[0] else 0
                last = end[1] if number == end[0] else 1 << 30
                found.setdefault(number, []).append((first, last))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return found


Position = tuple[int, int]


def _spans(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tuple[Position, Position]]:
    depth, opened, before = 0, (0, 0), ("", "")  # `before`: the last two tokens
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if name in ("FSTRING_START", "TSTRING_START"):  # from Python 3.12 and 3.14 on
            opened = token.end if depth == 0 else opened
            depth += 1
        elif name in ("FSTRING_END", "TSTRING_END"):
            depth -= 1
            if depth == 0:
                yield opened, token.start
        elif name == "ERRORTOKEN":  # up to Python 3.11: a string that does not end, among others
            raise SyntaxError("not Python")
        elif depth == 0 and token.type == tokenize.STRING:
            opening = _OPENING.match(token.string)
            if opening and not _is_name(token.string, before):
                yield (
                    (token.start[0], token.start[1] + opening.end()),
                    (token.end[0], token.end[1] - len(opening.group(1))),
                )
        elif depth == 0 and token.type == tokenize.COMMENT:
            yield (token.start[0], token.start[1] + 1), token.end
        before = (before[1], token.string)


def _is_name(literal: str, before: tuple[str, str]) -> bool:
    """Return whether a literal is looked up, as in ``config["SECRET_KEY"]``, and so no secret."""
    looked_up = before[1] == "[" or before in _LOOKUPS
    return looked_up and _SETTING_NAME.fullmatch(literal[1:-1]) is not None

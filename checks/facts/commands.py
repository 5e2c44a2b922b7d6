"""Commands in YAML deployment files, in each of the ways in which YAML can write one."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.source import Source, Spot
from checks.lazy import lazy

_KEY = lazy(
    r"^(?P<indent>[ ]*(?:-[ ]+)?)[\"']?(?P<key>command|entrypoint|args|startCommand|"
    r"dockerCommand|buildCommand|run_command)[\"']?[ ]*:[ ]*(?P<text>.*?)[ ]*$"
)
_WORD = lazy(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|([^\s,\[\]\"']+)")
_ITEM = lazy(r"^([ ]*)-[ ]+(.*)$")
_FOLDED = lazy(r"^[|>][+-]?$")
_BEFORE = {"args": "command", "command": "entrypoint"}


def yaml_commands(source: Source) -> Iterator[tuple[str, Spot]]:
    """Yield the commands of a compose file or manifest as single lines of text.

    What a container is given beside its command (``args`` of Kubernetes, ``command`` behind an
    ``entrypoint``) is added to it.
    """
    lines = source.lines
    last: tuple[int, str, str] | None = None  # indentation, key and text of the one before
    for number, line in enumerate(lines):
        match = _KEY.match(line)
        if match is None:
            own = len(line) - len(line.lstrip(" -"))
            if last is not None and line.strip() and own < last[0]:
                last = None
            continue
        indent = len(match["indent"])
        text = _value(lines, number, indent, match["text"])
        if not text:
            continue
        if last is not None and last[0] == indent and _BEFORE.get(match["key"]) == last[1]:
            text = f"{last[2]} {text}"
        last = (indent, match["key"], text)
        start = match.start("text" if match["text"] else "key")
        yield text, Spot(source.path, number + 1, start + 1, number + 1, len(line.rstrip()) + 1)


def _value(lines: list[str], number: int, indent: int, text: str) -> str:
    """Return the value that begins with `text` in a line, as one command."""
    if text.startswith("["):
        for more in lines[number + 1 : number + 30]:
            if "]" in text:
                break
            text += f" {more.strip()}"
        return _words(text)
    if _FOLDED.match(text):
        block = _block(lines, number, indent)
        return " ; ".join(block) if text.startswith("|") else " ".join(block)
    if text and not text.startswith("#"):
        return text[1:-1] if text[0] in "\"'" and text[-1:] == text[0] else text
    return " ".join(_items(lines, number, indent))


def _words(text: str) -> str:
    found = [a or b or c for a, b, c in _WORD.findall(text)]
    return " ".join(found)


def _block(lines: list[str], number: int, indent: int) -> list[str]:
    found = []
    for line in lines[number + 1 :]:
        if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            break
        if line.strip():
            found.append(line.strip())
    return found


def _items(lines: list[str], number: int, indent: int) -> Iterator[str]:
    """Yield the items of ``command:`` that stand below it, one in each line."""
    for line in lines[number + 1 :]:
        match = _ITEM.match(line)
        if match is None or len(match[1]) < indent - 2:
            if line.strip() and not line.lstrip().startswith("#"):
                return
            continue
        yield match[2].strip().strip("\"'")

"""Which Python files say what: their words, looked through once for all rules.

A project has twenty times as much text as different words. So a rule that looks for a text in
every file asks here which files have a word with that text in it, and reads only those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.facts.python import Module, Scope
from checks.facts.source import words_of
from checks.lazy import lazy

_WORD = lazy(r"\w+")
_STEM = lazy(r"\w{2,}(?![?*{\w])")


class Said:
    """Patterns that each begin with letters as they stand: see `Vocabulary.saying`.

    A pattern that begins so is found in a thirtieth of the time of one that begins with a choice.
    """

    def __init__(self, *patterns: str) -> None:
        """Take the patterns.

        Args:
            patterns: each matches within one line and begins with two word characters or more.

        Raises:
            ValueError: one does not begin so.
        """
        self.parts: list[tuple[str, re.Pattern[str]]] = []
        for pattern in patterns:
            stem = _STEM.match(pattern)
            if stem is None:
                raise ValueError(f"a pattern that does not begin with a word: {pattern}")
            self.parts.append((stem.group(), lazy(pattern, re.MULTILINE)))


class Vocabulary:
    """The words of some files, and which file has which."""

    def __init__(self, modules: Sequence[Module]) -> None:
        """Read the words.

        Args:
            modules: the files; their order is that of all answers.
        """
        self._modules = modules
        # Bytes all the way: to decode them would take a fourth of the time.
        self._words = [
            module.source.words or words_of(module.source.text.encode("utf-8", "surrogatepass"))
            for module in modules
        ]
        self._all = b"\n".join([b"", *set[bytes]().union(*self._words), b""])
        self._kept: dict[str, frozenset[int]] = {}
        self._files: dict[tuple[str, ...], frozenset[Module]] = {}
        self._held: dict[str, frozenset[int]] = {}

    def files(self, *texts: str) -> list[Module]:
        """Return the files that have one of `texts` in them; each holds a word at least."""
        numbers = frozenset[int]().union(*map(self._holding, texts))
        return [self._modules[number] for number in sorted(numbers)]

    def holds(self, module: Module, *texts: str) -> bool:
        """Return whether `module` is one of `files`."""
        found = self._files.get(texts)
        if found is None:
            found = self._files[texts] = frozenset(self.files(*texts))
        return module in found

    def saying(self, said: Said) -> Iterator[tuple[Module, list[Scope]]]:
        """Yield the files with scopes in whose own lines a pattern is found, and those scopes."""
        patterns: dict[int, list[re.Pattern[str]]] = {}
        for stem, pattern in said.parts:
            for number in self._numbers(stem):
                patterns.setdefault(number, []).append(pattern)
        for number in sorted(patterns):
            module = self._modules[number]
            scopes = module.saying(*patterns[number])
            if scopes:
                yield module, scopes

    def _holding(self, text: str) -> frozenset[int]:
        """Return the numbers of the files that have `text` in them."""
        found = self._held.get(text)
        if found is None:
            parts = []
            for match in _WORD.finditer(text):
                # What is no part of a word ends one: ``request.`` is in no file with "requests".
                ahead = "\n" if match.start() > 0 else ""
                after = "\n" if match.end() < len(text) else ""
                parts.append(ahead + match.group() + after)
            found = self._numbers(parts[0])
            for part in parts[1:]:
                if not found:
                    break
                found &= self._numbers(part)
            if parts != [text]:
                found = frozenset(n for n in found if text in self._modules[n].source.text)
            self._held[text] = found
        return found

    def _numbers(self, text: str) -> frozenset[int]:
        """Return the numbers of the files in which a word has `text` in it.

        Args:
            text: a part of a word; after a line end the beginning, before one the end.
        """
        found = self._kept.get(text)
        if found is None:
            having: set[bytes] = set()
            words, part = self._all, text.encode("utf-8", "surrogatepass")
            at = words.find(part)
            while at >= 0:
                start = words.rfind(b"\n", 0, at + 1) + 1
                end = words.find(b"\n", start)
                having.add(words[start:end])
                at = words.find(part, end)
            told = enumerate(self._words) if having else ()
            if len(having) == 1:  # most have one; twice as fast
                (word,) = having
                found = frozenset([n for n, own in told if word in own])
            else:
                found = frozenset([n for n, own in told if not own.isdisjoint(having)])
            self._kept[text] = found
        return found

"""From a collected file to its facts, or to the reason why it is not audited."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from checks.collect import Candidate
from checks.contents import Content
from checks.contexts import context_of
from checks.depth import MOST_STEPS, overlong
from checks.facts import deployment, pins, services, settings, templates
from checks.facts.filled_in import filled_in, is_template_of_project
from checks.facts.left import leave
from checks.facts.matters import matters
from checks.facts.pieces import Piece, cut
from checks.facts.source import Source, decode_python, decode_text
from checks.facts.test_cases import holds_tests
from checks.facts.walk import extract as extract_python
from checks.finding import NotAudited
from checks.grammars import grammar
from checks.lazy import lazy
from checks.project import Files
from checks.readmes import says_apart

_SETTINGS = frozenset({"env", "toml", "json", "yaml", "ini"})
_DATA = _SETTINGS - {"env"}
# Words of which a data file holds one if it can be an app's configuration or deployment.
_TELLING = (
    b"SECRET", b"secret_key", b"COOKIE", b"DEBUG", b"FLASK", b"environment", b"env", b"command",
    b"run:",
    b"PASSWORD", b"kind: Secret", b"stringData", b"services:", b"Ingress", b"startCommand",
    b"secure: always", b"force_https", b"redirectscheme", b"redirectScheme", b"redirections",
    b"ssl-redirect",
)  # fmt: skip
# What the app's own code may read by name, and what it holds if it enters a database.
_NAMED = lazy(r"(?:conf|setting|app|prod|database|db)[^/]*$", re.IGNORECASE)
_ENTERING = (b"password", b"passwd", b"api_key", b"token", b"://")
_CONFIG_NAMES = ("config", "settings")
_DECLARES = lazy(rb"create\s+table\b.{0,4000}?(?:pass|pwd|hash)", re.IGNORECASE | re.DOTALL)
_KEY = lazy(rb"^[\w.-]*secret[_.]key *[=:]", re.MULTILINE | re.IGNORECASE)
_SETS = lazy(rb"^[ \t]*[A-Z]\w+ *=", re.MULTILINE)
_SERVICES = {
    "systemd": services.unit,
    "supervisor": services.supervisor,
    "script": services.script,
}
_OLDER = "it is written for Python 2: it was audited as far as this version understands it"
_NEWER = "it is no Python %s: %s; it was audited as newer Python"
_LONG = 30_000  # bytes: a shorter file has no function that takes long to judge


def extract(
    contents: Iterable[Content], texts: dict[str, str], python: str | None = None
) -> tuple[Files, int]:
    """Return the facts of all files, and how many were read.

    Args:
        contents: what was collected and read.
        texts: gets the text of every file that was kept, by path.
        python: the version whose grammar Python files are parsed by; None: the running one.
    """
    files = Files()
    count = 0
    for content in contents:
        if content.matters is False:
            count += 1
            continue
        raw = content.take()
        if isinstance(raw, str):
            files.not_audited.append(NotAudited(content.candidate.path, raw))
        elif raw is not None:
            count += 1
            _one(content, raw, files, texts, python)
    return files, count


def _one(
    content: Content, raw: bytes, files: Files, texts: dict[str, str], python: str | None
) -> None:
    candidate = content.candidate
    if candidate.kind in ("python", "pyconfig"):
        if not content.matters and not matters(raw):
            return
        if candidate.kind == "python" or _is_python(raw):
            text = _python(candidate, raw, files, python)
            if text is not None:
                texts[candidate.path] = text
            return
        if not _has_key(raw):
            return
        candidate = candidate._replace(kind="ini")
    if pins.may_hold(candidate.path):
        source = Source(candidate.path, decode_text(raw), context_of(candidate.path))
        texts[source.path] = source.text
        files.pins += pins.extract(source)
    if candidate.kind == "pins":
        return
    if candidate.kind in _DATA and not any(word in raw for word in _TELLING):
        named = candidate.kind in ("yaml", "ini") and _NAMED.search(candidate.path)
        if not named or not any(word in raw for word in _ENTERING):
            return
    if candidate.kind == "sql" and _DECLARES.search(raw) is None:
        return
    source = Source(candidate.path, decode_text(raw), context_of(candidate.path))
    if candidate.kind == "readme":
        if says_apart(source.text):
            files.readmes.append(source)
        return
    texts[source.path] = source.text
    if candidate.kind == "template":
        files.templates.append(templates.extract(source))
    elif candidate.kind == "sql":
        files.schemas.append(source)
    elif candidate.kind == "mail":
        files.mails.append(templates.extract(source))
    elif candidate.kind in _SETTINGS:
        _settings(candidate, source, files)
    elif candidate.kind in _SERVICES:
        files.deployments.append(_SERVICES[candidate.kind](source))
    else:
        files.deployments.append(deployment.extract(source, candidate.kind))


def _has_key(raw: bytes) -> bool:
    """Return whether a ``.cfg`` file has ``[sections]`` and holds a key to sign with."""
    return b"\n[" in b"\n" + raw and _KEY.search(raw) is not None


def _is_python(raw: bytes) -> bool:
    """Return whether a ``.cfg`` file is one for ``from_pyfile``, and none with ``[sections]``."""
    if re.search(rb"^\[", raw, re.MULTILINE) or not _SETS.search(raw):
        return False
    try:
        ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _python(
    candidate: Candidate, raw: bytes, files: Files, python: str | None = None
) -> str | None:
    """Add what is kept of a Python file, and return its whole text."""
    try:
        source = Source(candidate.path, decode_python(raw), context_of(candidate.path))
        source.python = grammar(python) if python is not None else None
        if is_template_of_project(candidate.path):
            source.text = filled_in(source.text)
        whole = source.text
        left: list[Piece] = []
        if source.python is None:  # else all of it is to be held against that grammar
            source.text, left, source.words = cut(whole)
        try:
            module = extract_python(source)
        except SyntaxError:
            if not left:
                raise
            # A text that stands at the margin within brackets: it was cut there.
            source, left = Source(candidate.path, whole, source.context, python=source.python), []
            module = extract_python(source)
        leave(module, left)
    except SyntaxError as error:
        if is_template_of_project(candidate.path):
            return None  # no Python yet, whatever is filled in
        line = f" in line {error.lineno}" if error.lineno else ""
        reason = f"it is no Python that this version parses: {error.msg}{line}"
    except UnicodeDecodeError:
        reason = "its bytes are not in the encoding that it declares"
    except (ValueError, RecursionError, MemoryError) as error:
        reason = f"Python cannot parse it: {type(error).__name__}"
    else:
        if len(raw) < _LONG or not overlong(module):
            if source.context == "app" and b"TestCase" in raw and holds_tests(module):
                source.context = "tests"
            files.modules.append(module)
            if source.older:
                files.not_audited.append(NotAudited(candidate.path, _OLDER))
            elif source.newer:
                files.not_audited.append(
                    NotAudited(candidate.path, _NEWER % (python, source.newer))
                )
            return whole
        reason = f"a function in it has over {MOST_STEPS} calls and assignments: no hand wrote it"
    files.not_audited.append(NotAudited(candidate.path, reason))
    return None


def _settings(candidate: Candidate, source: Source, files: Files) -> None:
    try:
        found = settings.extract(source, candidate.kind)
    except (ValueError, RecursionError):  # what is no JSON or TOML is a ValueError too
        # Data files are often not quite what their names say; only a configuration matters.
        name = candidate.path.rsplit("/", 1)[-1].lower()
        if candidate.named or name.startswith(_CONFIG_NAMES):
            reason = f"it is no valid {candidate.kind.upper()}"
            files.not_audited.append(NotAudited(candidate.path, reason))
        return
    files.settings.append(found)
    meaning = deployment.from_settings(found) or services.hosting(found)
    if meaning is not None:
        files.deployments.append(meaning)

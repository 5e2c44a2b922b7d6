"""Which versions of packages a project asks for: requirement files, project files and locks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.source import Source, Spot
from checks.lazy import lazy
from checks.records import NamedTuple


class Pin(NamedTuple):
    """What one file says of the version of one package."""

    name: str
    """Lower case, with dashes."""
    spec: str
    """Such as ``==2.0.1``, ``<2``, ``^1.1``; poetry's bare ``2.0.1`` is given with ``==``."""
    spot: Spot


_READ = lazy(
    r"(?:.*/)?(?:.*requirements.*\.(?:txt|in|pip|lock)|.*constraints.*\.(?:txt|in|pip|lock)|"
    r"(?:requirements?|reqs|dependencies)/[^/]+\.(?:txt|in|pip)|"
    r"pipfile(?:\.lock)?|(?:poetry|uv|pdm)\.lock|pylock(?:\.[^/]+)?\.toml|setup\.cfg|"
    r"pyproject\.toml|(?:environment|conda)[^/]*\.ya?ml)",
    re.IGNORECASE,
)
# Tools of those who develop the app are not what it runs with.
_TOOLS = lazy(
    r"(?:^|[-_./])(?:dev|devel|develop|development|tests?|testing|docs?|lint|linters?|ci|build|"
    r"typing|mypy|examples?|samples?|debug)(?=[-_./]|$)",
    re.IGNORECASE,
)
_NAME = r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)"
_REQUIREMENT = lazy(
    rf"{_NAME}[ \t]*(?:\[[^\]\n]*\])?[ \t]*\(?(?P<spec>(?:===?|~=|!=|<=?|>=?)[^;#\n\\\"')]*)"
    r"(?P<marker>;[^#\n\\]*)?"
)
# Told without a version, too: that the app needs one tells how it is started.
_SERVER = lazy(
    r"(?P<name>gunicorn|py[uU][wW][sS][gG][iI]|u[wW][sS][gG][iI]|waitress|mod[-_]wsgi|hypercorn)"
    r"(?:\[[^\]]*\])?\s*(?:[;#]|$)"
)
_OLD_PYTHON = lazy(r"python_(?:full_)?version\s*(?:<=?|==)\s*[\"']?[23]\b")
_SECTION = lazy(r"\[+\s*([^\]]+?)\s*\]+")
_QUOTED = lazy(r"\"[^\"\n]+\"|'[^'\n]+'")
_KEYED = lazy(
    r"[\"']?(?P<name>[A-Za-z0-9][\w.-]*)[\"']?\s*=\s*(?:\{[^}\n]*?\bversion\s*=\s*)?"
    r"[\"'](?P<spec>[^\"'\n]+)[\"']"
)
_LOCKED = lazy(
    r"^name = \"(?P<name>[^\"\n]+)\"\nversion = \"(?P<version>[^\"\n]+)\""
    r"(?P<rest>(?:\n(?!\[)[^\n]*)*)",
    re.MULTILINE,
)
_FOR_TOOLS = lazy(r"^category = \"dev\"|^groups = \[(?![^\]]*\"(?:main|default)\")", re.MULTILINE)
_PIPENV = lazy(
    r"\"(?P<name>[A-Za-z0-9][\w.-]*)\":\s*\{[^{}]*?\"version\":\s*\"(?P<spec>==[^\"\n]+)\""
)
_CONDA = lazy(r"\s*-\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<spec>={1,2}[\d][\w.]*)")


def may_hold(path: str) -> bool:
    """Return whether the file at `path` tells versions of what the app runs with."""
    return _READ.fullmatch(path) is not None and _TOOLS.search(path) is None


def extract(source: Source) -> list[Pin]:
    """Return what a file that `may_hold` versions says, in order."""
    name = source.path.rsplit("/", 1)[-1].lower()
    if name == "pipfile.lock":
        return list(_pipenv(source))
    if name in ("poetry.lock", "uv.lock", "pdm.lock") or name.startswith("pylock"):
        return list(_locked(source))
    if name in ("pyproject.toml", "pipfile"):
        return list(_sections(source))
    if name == "setup.cfg":
        return list(_setup_cfg(source))
    if name.endswith(("yml", "yaml")):
        return list(_conda(source))
    return list(_lines(source))


def requirement(text: str) -> tuple[str, str] | None:
    """Return name and specifier of one requirement such as ``Flask[async]==2.0.1``, or None."""
    match = _REQUIREMENT.match(text.strip())
    if match is None and (server := _SERVER.match(text.strip())) is not None:
        return normal(server["name"]), ""
    if match is None or _OLD_PYTHON.search(match["marker"] or ""):
        return None
    return normal(match["name"]), match["spec"].split(" --")[0].strip()


def normal(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(source: Source) -> Iterator[Pin]:
    for number, line in enumerate(source.lines, 1):
        found = requirement(line)
        if found is not None:
            start = len(line) - len(line.lstrip()) + 1
            end = start + len(re.split(r"\s+--|\s*[;#\\]", line.strip())[0])
            yield Pin(*found, Spot(source.path, number, start, number, end))


def _sections(source: Source) -> Iterator[Pin]:
    """Yield what pyproject.toml and Pipfile say, groups for development left out."""
    section = ""
    for number, line in enumerate(source.lines, 1):
        text = line.strip()
        header = _SECTION.fullmatch(text.split("#")[0].strip())
        if header is not None:
            section = header[1].replace('"', "").lower()
        elif section in ("project", "project.optional-dependencies", "tool.flit.metadata"):
            for quoted in _QUOTED.finditer(line):
                found = requirement(quoted.group()[1:-1])
                if found is not None:
                    yield Pin(*found, _span(source, number, quoted.start(), quoted.end()))
        elif section in ("tool.poetry.dependencies", "packages"):
            match = _KEYED.match(text)
            if match is not None:
                spec = match["spec"].strip()
                spec = f"=={spec}" if spec[:1].isdigit() else spec
                start = line.index(text)
                yield Pin(
                    normal(match["name"]), spec, _span(source, number, start, start + len(text))
                )


def _locked(source: Source) -> Iterator[Pin]:
    for match in _LOCKED.finditer(source.text):
        if not _FOR_TOOLS.search(match["rest"]):
            spot = source.offset_spot(match.start("version"), match.end("version"))
            yield Pin(normal(match["name"]), f"=={match['version']}", spot)


def _pipenv(source: Source) -> Iterator[Pin]:
    develop = source.text.find('"develop":')
    default = source.text.find('"default":')
    for match in _PIPENV.finditer(source.text):
        if default < develop < match.start() or match.start() < default:
            continue
        spot = source.offset_spot(match.start("spec"), match.end("spec"))
        yield Pin(normal(match["name"]), match["spec"], spot)


def _setup_cfg(source: Source) -> Iterator[Pin]:
    inside = False
    for number, line in enumerate(source.lines, 1):
        if line[:1] not in (" ", "\t", "#", ""):
            inside = re.match(r"install_requires\s*=", line) is not None
            line = line.partition("=")[2] if inside else ""
        found = requirement(line) if inside else None
        if found is not None:
            yield Pin(*found, source.line_spot(number))


def _conda(source: Source) -> Iterator[Pin]:
    for number, line in enumerate(source.lines, 1):
        match = _CONDA.match(line)
        if match is not None:
            spec = "==" + match["spec"].lstrip("=")
            yield Pin(normal(match["name"]), spec, source.line_spot(number))


def _span(source: Source, number: int, start: int, end: int) -> Spot:
    return Spot(source.path, number, start + 1, number, end + 1)

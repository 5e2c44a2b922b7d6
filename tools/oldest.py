"""Print the oldest versions of what `pyproject.toml` says the package needs, for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NEEDED = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\w.]+)")
# What Flask of that age was released with; newer ones work, but nobody has them without asking.
_BESIDE = ("Werkzeug==3.0.1",)


def main() -> None:
    """Print one ``name==version`` a line.

    Raises:
        SystemExit: a requirement says no oldest version.
    """
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for line in needed:
        match = _NEEDED.fullmatch(line)
        if match is None:
            raise SystemExit(f"pyproject.toml: no oldest version in {line!r}")
        print(f"{match['name']}=={match['version']}")
    print(*_BESIDE, sep="\n")


main()

"""Write docs/settings.md from the docstrings and defaults of `hardening.policy.Policy`.

python tools/build_settings.py            writes the page
python tools/build_settings.py --check    exits 1 where the page is not as it would be written
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # runs from a checkout, installed or not

from hardening.policy import Policy  # noqa: E402  # needs the path

PAGE = ROOT / "docs" / "settings.md"

HEAD = """# Settings

Made from `hardening/policy.py` by `tools/build_settings.py`; not edited by hand.

Each is an argument, `Policy(session_idle_s=1800)`, or a key of the app's configuration,
`HARDENING_SESSION_IDLE_S = 1800`, set before `harden(app)`; the argument comes first. An unknown
name, a wrong kind or a value out of range is refused at start with the choices. `Policy.strict()`
is a preset for a careful shop. `HARDENING_MODE` and `HARDENING_STORE` stand for the arguments
`mode` and `store`.

| setting | default | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the text of the page."""
    tree = ast.parse(inspect.getsource(Policy))
    body = tree.body[0].body  # type: ignore[attr-defined]  # it is a class
    rows = []
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            meaning = " ".join(ast.literal_eval(text.value).split())
            default = getattr(Policy(), field.target.id)  # type: ignore[union-attr]  # a Name
            shown = "none" if default in (None, ()) else f"`{default!r}`"
            rows.append(f"| `{field.target.id}` | {shown} | {meaning} |\n")  # type: ignore[union-attr]
    return HEAD + "".join(rows)


def main() -> int:
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text() != page())
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())

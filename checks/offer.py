"""What an audit that mends nothing says about mending, without loading what mends."""

from __future__ import annotations

import os
from pkgutil import iter_modules

from checks.finding import Outcome

_RULES = os.path.join(os.path.dirname(__file__), "fixes", "rules")


def offer(outcome: Outcome) -> str | None:
    """Return a notice of how many findings ``--fix`` may mend; None where it mends none.

    Whether each is mended is known only once it was tried: see `checks.fixes.rounds`.
    """
    mended = {info.name.replace("_", "-") for info in iter_modules([_RULES])}
    open_ = [f for f in outcome.findings if f.suppressed is None and f.rule in mended]
    if not open_:
        return None
    few = "a finding is" if len(open_) == 1 else f"{len(open_)} findings are"
    return f"{few} of a kind that --fix mends where it is safe; --diff shows what it would change"

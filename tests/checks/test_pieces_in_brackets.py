"""A large file in which a text stands at the margin, within brackets."""

from __future__ import annotations

from checks.facts.pieces import LARGE, cut

FILLER = "\n".join(f"WEIGHT_{number} = {number}" for number in range(LARGE // 12))
TEXT = f"""{FILLER}

def connect(password):
    return password

def tell(one):
    say(
'''A note at the margin: {{}}
        '''.format(
            one,
        )
    )
    return 1
"""


def test_it_is_read_as_a_whole(outcome):
    """Where a cut leaves no Python behind, the file is read without one."""
    assert cut(TEXT).left

    compile(TEXT, "notes.py", "exec")
    told = {finding.rule for finding in outcome({"notes.py": TEXT}).findings}

    assert "not-audited" not in told

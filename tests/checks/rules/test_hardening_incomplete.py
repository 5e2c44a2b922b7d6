"""Where `hardening-incomplete` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "hardening-incomplete"
HEAD = """\
from flask import Flask
from hardening import Hardening, Policy, harden
app = Flask(__name__)
"""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('harden(app, mode="observe")', "only observes"),
        ('harden(app, mode="off")', "switched off"),
        ('harden(app, policy=Policy(guards={"throttle": False}))', "throttle"),
        ('harden(app, policy=Policy(guards={"cache": False, "headers": False}))', "headers, cache"),
        ("harden(app, policy=Policy(https=False))", "transport"),
        ('Hardening(app, mode="observe")', "only observes"),
    ],
)
def test_switched_off(audit, call, said):
    """A mode or guard that is switched off in the call is reported there."""
    (finding,) = audit(RULE, f"{HEAD}{call}\n{'^' * len(call)}\n")
    assert said in finding.message


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("app.config['HARDENING_MODE'] = 'observe'", "only observes"),
        ("app.config['HARDENING_HTTPS'] = False", "transport"),
    ],
)
def test_switched_off_by_a_setting(audit, setting, said):
    """A setting of the app counts as the call does."""
    (finding,) = audit(RULE, f"{HEAD}{setting}\nharden(app)\n^^^^^^^^^^^\n")
    assert said in finding.message


def test_policy_in_a_variable(audit):
    """A policy that is made elsewhere is followed."""
    audit(
        RULE,
        HEAD + "policy = Policy(guards={'sessions': False})\nharden(app, policy=policy)\n"
        "^^^^^^^^^^^^^^^^^^^^^^^^^^\n",
    )


@pytest.mark.parametrize(
    "call",
    [
        "",
        "harden(app)",
        'harden(app, mode="enforce")',
        "harden(app, mode=None)",
        "harden(app, policy=Policy.strict())",
        'harden(app, policy=Policy(guards={"throttle": True}))',
        "harden(app, mode=mode_of_this_place())",
        'hardening = harden(app)\nhardening.exempt(view, "cross_site")',
    ],
)
def test_near_misses(audit, call):
    """A wrapper that does everything, and exemptions of single views, are not reported."""
    audit(RULE, HEAD + call + "\n")

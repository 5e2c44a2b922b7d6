"""Where `https-weakened` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "https-weakened"
HEAD = (
    "from flask import Flask\nfrom flask_talisman import Talisman\n"
    "from hardening import Policy, harden\napp = Flask(__name__)\n"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Talisman(app, force_https=False)\n                          ^^^^^\n", "force_https"),
        (
            "Talisman(app, strict_transport_security=False)\n"
            "                                        ^^^^^\n",
            "browsers",
        ),
        (
            "Talisman(app, session_cookie_secure=False)\n"
            "                                    ^^^^^\n",
            "session cookie",
        ),
        (
            "Talisman(app, content_security_policy=None)\n"
            "                                      ^^^^\n",
            "content policy",
        ),
        (
            "Talisman(app, content_security_policy={})\n                                      ^^\n",
            "content policy",
        ),
        (
            "t = Talisman()\nt.init_app(app, force_https=False)\n"
            "                            ^^^^^\n",
            "force_https",
        ),
        (
            "Talisman(app, strict_transport_security_max_age=300)\n"
            "                                                ^^^\n",
            "300 seconds",
        ),
        ("OFF = False\nTalisman(app, force_https=OFF)\n                          ^^^\n", "off"),
        (
            "harden(app, policy=Policy(https=False))\n                                ^^^^^\n",
            "https",
        ),
        ("harden(app, policy=Policy(hsts='off'))\n                               ^^^^^\n", "hsts"),
        (
            "policy = Policy(csp='off')\n                    ^^^^^\nharden(app, policy=policy)\n",
            "csp",
        ),
    ],
)
def test_weakened(audit, text, said):
    """Each option that takes protection away is reported where it is given."""
    (finding,) = audit(RULE, HEAD + text)
    assert said in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "Talisman(app)\n",
        "Talisman(app, force_https=True)\n",
        "Talisman(app, force_https=not app.debug)\n",
        "if app.debug:\n    Talisman(app, force_https=False)\n",
        "Talisman(app, content_security_policy={'default-src': \"'self'\"})\n",
        "Talisman(app, strict_transport_security_max_age=31536000)\n",
        "app.config['SESSION_COOKIE_SECURE'] = True\nTalisman(app, session_cookie_secure=False)\n",
        "harden(app, policy=Policy(hsts='strict'))\n",
        "other(app, force_https=False)\n",
    ],
)
def test_near_misses(audit, text):
    """Protection that is in force, in production at least, is not reported."""
    audit(RULE, HEAD + text)


def test_the_proxy_does_it(audit):
    """A declared proxy answers for http."""
    from checks.toolconfig import ToolOptions

    text = HEAD + "Talisman(app, force_https=False, strict_transport_security=False)\n"
    audit(RULE, text, tool=ToolOptions(https="proxy"))


@pytest.mark.parametrize(
    "options",
    [
        "OPTIONS = {'force_https': False}\n                          ^^^^^\n",
        "OPTIONS = dict(force_https=False)\n                           ^^^^^\n",
    ],
)
@pytest.mark.parametrize(
    "use", ["Talisman(app, **OPTIONS)", "t = Talisman()\nt.init_app(app, **OPTIONS)"]
)
def test_options_of_a_dictionary(audit, options, use):
    """What ``**OPTIONS`` hands over counts where the dictionary is written out."""
    audit(RULE, f"{HEAD}{options}{use}\n")

    audit(RULE, f"{HEAD}OPTIONS = dict(force_https=True)\n{use}\n")
    audit(RULE, f"{HEAD}OPTIONS = load()\n{use}\n")


@pytest.mark.parametrize(
    ("remark", "hsts", "audience"),
    [
        ("  # this is handled at the load balancer", "", "strict"),
        ("  # TLS is terminated by nginx", "", "strict"),
        ("  # the platform does it", ", strict_transport_security=True", "strict"),
        ("  # breaks the tests", "", "default"),
        ("", "", "default"),
    ],
)
def test_something_in_front(audit, remark, hsts, audience):
    """A remark that says who does it is as good as a setting, as long as browsers stay on https."""
    line = f"    app, force_https=False,{remark}\n"
    marks = " " * 21 + "^^^^^ force_https is off\n"
    (finding,) = audit(RULE, f"{HEAD}Talisman(\n{line}{marks}    frame_options='DENY'{hsts},\n)\n")

    assert finding.audience == audience


def test_firewall_in_front(outcome):
    """A remark that a firewall does it leaves the option to strict audits."""
    line = "Talisman(app, force_https=False)"
    for remark, audience in (("  # done by the firewall", "strict"), ("  # firm", "default")):
        found = outcome({"app.py": f"{HEAD}{line}{remark}\n"}, strict=True).findings
        told = {f.audience for f in found if f.rule == RULE and "force_https" in f.message}
        assert told == {audience}

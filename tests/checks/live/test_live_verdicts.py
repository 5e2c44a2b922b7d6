"""What facts say of findings, without an app: each fact alone."""

from __future__ import annotations

from typing import Any

import pytest

from checks.finding import Finding, Outcome, Place, Protection
from checks.live import around, merge
from checks.live.facts import Facts
from checks.live.merge import merged
from checks.options import Options
from checks.rules import discover
from checks.suppress import Configured
from checks.toolconfig import ToolOptions

PRODUCTION = {"debug": False, "testing": False, "loaded": ["app.py"]}
COOKIE = {
    "name": "session",
    "kind": "session",
    "deleted": False,
    "secure": True,
    "httponly": True,
    "samesite": "Lax",
}
PAGE = {"what": "start", "scheme": "https", "status": 200, "html": True, "headers": {}}
VIEW = {"endpoint": "a", "path": "app.py", "line": 4, "end_line": 9, "guard": "", "perhaps": ""}
ENFORCED = {"mode": "enforce", "off": []}


def finding(rule: str, message: str = "Nothing does it.", **more: Any) -> Finding:
    """Return a finding of the sources."""
    named = {"path": "app.py", "line": 5, **more}
    return Finding(rule, "medium", "high", "default", message, "Why.", "Fix.", 1, (), **named)


def told(facts: dict[str, Any], *findings: Finding, **options: Any) -> Any:
    """Return what is made of `findings`: rules with what saw them, and rules left out."""
    apps = options.pop("apps", 1)
    outcome = Outcome(".", tuple(findings), apps=apps)
    whole, left = merged(outcome, Facts({**PRODUCTION, **facts}), Options(**options))
    return [(f.rule, f.seen) for f in whole.findings], [one.rule for one in left]


def asked(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return facts with these answers."""
    return {"pages": {"answers": [{**PAGE, "cookies": [], **each} for each in answers]}, **more}


BOTH, LIVE, SOURCE = ("source", "live"), ("live",), ("source",)


@pytest.mark.parametrize(
    ("rule", "facts", "seen"),
    [
        ("session-cookie-insecure", asked({"cookies": [COOKIE]}), None),
        ("session-cookie-insecure", asked({"cookies": [{**COOKIE, "secure": False}]}), BOTH),
        ("session-cookie-insecure", asked({"cookies": [{**COOKIE, "samesite": None}]}), BOTH),
        ("session-cookie-insecure", asked({"cookies": [COOKIE, {**COOKIE, "secure": 0}]}), BOTH),
        ("session-cookie-insecure", asked({"cookies": [{**COOKIE, "deleted": True}]}), SOURCE),
        ("session-cookie-insecure", asked({"status": 500, "scheme": "https"}), SOURCE),
        ("https-not-enforced", asked({"scheme": "http", "status": 308, "to_https": True}), None),
        ("https-not-enforced", asked({"scheme": "http"}), BOTH),
        ("https-not-enforced", asked({"scheme": "http", "status": 500}), SOURCE),
        (
            "https-not-enforced",
            asked({"scheme": "http"}, {"headers": {"strict-transport-security": "max-age=1"}}),
            None,
        ),
        ("content-policy-missing", asked({"headers": {"content-security-policy": "x"}}), None),
        ("content-policy-missing", asked({}), BOTH),
        ("content-policy-missing", asked({"html": False}), SOURCE),
        ("remember-cookie-unbounded", {"login": {"remember_s": 3600}}, None),
        ("remember-cookie-unbounded", {"login": {"remember_s": 31_536_000}}, BOTH),
        (
            "remember-cookie-insecure",
            {
                "login": {"protection": "basic"},
                "settings": {"REMEMBER_COOKIE_SECURE": True, "REMEMBER_COOKIE_SAMESITE": "lax"},
            },
            None,
        ),
        ("remember-cookie-insecure", {"login": {"protection": "basic"}}, BOTH),
        ("csrf-missing", {"extensions": ["csrf"]}, None),
        ("csrf-missing", {"extensions": ["csrf"], "settings": {"WTF_CSRF_ENABLED": False}}, SOURCE),
        ("csrf-missing", {"extensions": []}, BOTH),
        ("login-timing", {"hardening": ENFORCED}, None),
        ("login-timing", {"hardening": {"mode": "enforce", "off": ["timing"]}}, SOURCE),
    ],
)
def test_absence(rule, facts, seen):
    """What is missing in the sources is confirmed, refuted or left as it is."""
    found, left = told(facts, finding(rule))

    assert ([] if seen is None else [(rule, seen)]) == [row for row in found if row[0] == rule]
    assert ([rule] if seen is None else []) == left


def test_what_a_file_says_is_not_refuted():
    """A value that is written down is there, whatever this configuration makes of it."""
    written = finding("session-cookie-insecure", "SESSION_COOKIE_SECURE is off (class Config).")

    found, left = told(asked({"cookies": [COOKIE]}), written)

    assert ([("session-cookie-insecure", SOURCE)], []) == (found, left)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"debug": True}, "debug-enabled"),
        ({"testing": True}, "testing-enabled"),
        ({"login": {"protection": "basic", "disabled": True}}, "login-disabled"),
        ({"login": {"protection": "Strong"}}, "session-protection-off"),
        ({"login": {"protection": None}}, "session-protection-off"),
        ({"key": {"kind": "text", "weakness": "short"}}, "secret-key-guessable"),
        ({"key": {"kind": None}, "login": {"protection": "basic"}}, "secret-key-missing"),
        ({"key": {"kind": "text", "fallbacks": [{"weakness": "short"}]}}, "secret-key-fallbacks"),
        ({"hardening": {"mode": "observe", "off": []}}, "hardening-incomplete"),
        ({"hardening": {"mode": "enforce", "off": ["throttle"]}}, "hardening-incomplete"),
        (asked({"cookies": [{**COOKIE, "httponly": False}]}), "session-cookie-insecure"),
        ({"pages": {"session": {"replayed": True}}}, "session-not-ended"),
        ({"pages": {"session": {"renewed": False}}}, "session-fixation"),
    ],
)
def test_only_the_app_shows_it(facts, rule):
    """What no finding of the sources says is a finding of the app's, unless it is not wanted."""
    assert ([(rule, LIVE)], []) == told(facts)
    assert ([], []) == told(facts, ignore=(rule,))
    assert ([], []) == told(facts, select=("logout-by-get",))


@pytest.mark.parametrize(
    "facts",
    [
        {"login": {"protection": "strong"}},
        {"login": {"protection": None}, "hardening": ENFORCED},
        {"key": {"kind": "text", "weakness": None}},
        {"key": {"kind": None}, "login": {}},
        {"login": {"protection": "basic", "disabled": True}, "debug": False, "hardening": ENFORCED}
        | {"login": {"protection": "basic", "disabled": False}},
        {"hardening": ENFORCED},
        asked({"cookies": [{**COOKIE, "kind": "other", "secure": False}]}),
        {"pages": {"session": {"replayed": False, "remembered": None, "renewed": True}}},
        {
            "views": "odd",
            "pages": [1],
            "key": 3,
            "login": [],
            "extensions": [4],
            "made": {"line": 1},
        },
    ],
)
def test_nothing_is_wrong(facts):
    """Good facts, and facts of an odd shape, are no findings."""
    assert ([], []) == told(facts)


@pytest.mark.parametrize(
    ("view", "seen"),
    [
        ({"guard": "login_required"}, None),
        ({}, BOTH),
        ({"perhaps": "check"}, SOURCE),
        ({"line": 7}, SOURCE),
        ({"path": "other.py"}, SOURCE),
    ],
)
def test_views(view, seen):
    """What is around the function at the finding's line decides, and hooks leave it open."""
    open_view = finding("view-unprotected", "a() changes data and asks nobody who they are.")
    role = finding("view-unprotected", "a() changes data for everybody with an account.", line=6)

    found, left = told({"views": [{**VIEW, **view}]}, open_view, role)

    rows = [("view-unprotected", SOURCE)]
    assert sorted(rows + ([("view-unprotected", seen)] if seen else [])) == sorted(found)
    assert ([] if seen else ["view-unprotected"]) == left


@pytest.mark.parametrize(("state", "seen"), [("present", [LIVE]), ("absent", [])])
def test_https_that_only_the_sources_have(state, seen):
    """An extension that the sources show and the app does not have is a finding of its own."""
    rows = (Protection("https", state, "talisman, app.py:3"),)
    facts = Facts({**PRODUCTION, **asked({"scheme": "http"})})

    whole, _ = merged(Outcome(".", (), posture=rows), facts, Options())

    assert seen == [finding.seen for finding in whole.findings]


def test_limiter_that_is_switched_off():
    """Limits of the sources that the loaded configuration switches off are a finding."""
    facts = {"extensions": ["limiter", "csrf"], "settings": {"RATELIMIT_ENABLED": False}}

    assert [("login-not-limited", LIVE)] == told(facts)[0]


def test_session_cookie_of_the_audits_own_page_alone():
    """An app without users that keeps no session has no cookie to lose."""
    page = {"what": "own", "cookies": [{**COOKIE, "secure": False}]}

    assert [] == told(asked(page))[0]
    assert [("session-cookie-insecure", LIVE)] == told(asked(page, login={"protection": "basic"}))[
        0
    ]


def test_limits():
    """A limit has to reach every view of the finding; a counter for each worker is no limit."""
    rule, views = "login-not-limited", [VIEW, {**VIEW, "endpoint": "b", "line": 20, "end_line": 22}]
    message = "Nothing limits how often a() may be tried; looked for harden."
    one = finding(rule, message)
    two = one._replace(related=(Place("app.py", 21, "reset view without a limit"),))
    broken = finding(rule, "Nothing limits how often a() may be tried; there is a Limiter.")

    for limited, start, expected in [
        ({"a": True, "b": False}, one, []),
        ({"a": True, "b": False}, two, [(rule, SOURCE)]),
        ({"a": True, "b": True}, two, []),
        ({"a": False, "b": False}, two, [(rule, BOTH)]),
        ({"a": True, "b": True}, broken, [(rule, SOURCE)]),
        (None, one, [(rule, SOURCE)]),
    ]:
        assert expected == told({"views": views, "limited": limited}, start)[0]


def test_debug_mode_leaves_all_as_it_is():
    """An app that debugs refutes nothing, and its cookies are not judged."""
    facts = asked({"cookies": [COOKIE]}, debug=True, hardening=ENFORCED)
    bad = asked({"cookies": [{**COOKIE, "secure": False}]}, debug=True)
    start = finding("session-cookie-insecure")

    for each in (facts, bad):
        found, left = told(each, start, ignore=("debug-enabled",))
        assert ([("session-cookie-insecure", SOURCE)], []) == (found, left)


def test_another_weakness_is_another_key():
    """A short key in force says nothing of the published one in the sources."""
    published = finding("secret-key-guessable", "The secret key is published in documentation.")

    found, _ = told({"key": {"kind": "text", "weakness": "short"}}, published)

    assert [LIVE, SOURCE] == sorted(seen for _, seen in found)


def test_file_that_was_not_read():
    """A switch in a file that the app had nothing to do with is not what switched it."""
    rows = (finding("debug-enabled"), finding("debug-enabled", path="Dockerfile"))

    assert [SOURCE, BOTH] == [seen for _, seen in told({"debug": True}, *rows)[0]]
    assert [LIVE, SOURCE] == [seen for _, seen in told({"debug": True}, rows[1])[0]]


def test_several_apps():
    """Only findings in files that the app loaded are about it; the rest is another's."""
    rows = (finding("session-cookie-insecure"), finding("session-cookie-insecure", path="b.py"))

    found, left = told(asked({"cookies": [COOKIE]}), *rows, apps=2)

    assert ([("session-cookie-insecure", SOURCE)], 1) == (found, len(left))


def test_suppressions_tests_and_proxies():
    """What is suppressed or in tests stays; a proxy that makes HTTPS mandatory is believed."""
    rule = "https-not-enforced"
    facts = asked({"scheme": "http", "status": 308, "to_https": True})
    kept = (finding(rule, suppressed="the proxy does"), finding(rule, context="tests"))

    assert [(rule, SOURCE)] * 2 == told(facts, *kept)[0]
    proxy = ToolOptions(https="proxy")
    assert [(rule, SOURCE)] == told(asked({"scheme": "http"}), finding(rule), tool=proxy)[0]


def test_configured_suppression_of_a_live_finding(tmp_path):
    """Suppressions of the configuration file hold for the app's own findings."""
    (tmp_path / "app.py").write_text("\napp = 1\n")
    one = Configured("debug-enabled", "app.py", "a laptop")
    facts = Facts({**PRODUCTION, "debug": True, "made": {"path": "app.py", "line": 2}})

    whole, _ = merged(Outcome(str(tmp_path), ()), facts, Options(suppress=(one,)))

    assert [("app.py", 2, "a laptop")] == [(f.path, f.line, f.suppressed) for f in whole.findings]
    assert {"app.py": "\napp = 1\n"} == dict(whole.sources)


def test_rules_that_facts_speak_of_exist():
    """Every rule that a verdict names is one of ours."""
    known = {rule.id for rule in discover()}
    assert {*around.GUARDS, *merge.ROWS} <= known

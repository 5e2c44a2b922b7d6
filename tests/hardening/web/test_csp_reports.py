"""The collector of reports about the content policy: rows csp-poison and csp-rollout."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, request
from site_app import Site

from hardening.cli import group
from hardening.csp import collector as module
from hardening.csp.place import PATH
from hardening.csp.violations import NEW, OLD
from hardening.errors import StoreError

Make = Callable[..., Site]
CDN = "https://cdn.example"
PAGE = f"""<!doctype html><script src="{CDN}/lib.js?v=1"></script>
<img src='//images.example/a.png'><form action="/search"></form>"""


def pages(app: Flask) -> None:
    @app.get("/page")
    def page() -> str:
        return PAGE


def old(blocked: str, directive: str = "script-src") -> dict[str, Any]:
    report = {
        "document-uri": "https://app.example/page?token=secret",
        "violated-directive": directive,
        "effective-directive": directive,
        "blocked-uri": blocked,
    }
    return {"csp-report": report}


def new(blocked: str, directive: str = "script-src-elem") -> dict[str, Any]:
    body = {"effectiveDirective": directive, "blockedURL": blocked, "disposition": "report"}
    return {"type": "csp-violation", "age": 1, "url": "https://app.example/page", "body": body}


def send(site: Site, report: Any, kind: str = OLD, **given: Any) -> Any:
    address = given.pop("address", "203.0.113.7")
    data = report if isinstance(report, bytes) else json.dumps(report)
    browser = site.browser(address=address)
    return browser.open(PATH, given.pop("method", "POST"), data=data, content_type=kind, **given)


def seen(site: Site) -> list[tuple[str, str]]:
    return [
        (details["directive"], details["source"])
        for name, details in site.events
        if name == "malicious_csp_violation"
    ]


def proposal(site: Site) -> dict[str, Any]:
    runner = site.app.test_cli_runner()
    found: dict[str, Any] = json.loads(runner.invoke(group, ["csp", "--format", "json"]).output)
    return found


def test_browsers_are_told_where_to_report(site: Site) -> None:
    """csp-rollout: by the old directive and the new header, without any setting."""
    headers = site.browser().get("/static-page").headers

    policy = headers["Content-Security-Policy-Report-Only"]
    assert policy.endswith(f"; report-uri {PATH}; report-to hardening")
    assert headers["Reporting-Endpoints"] == f'hardening="{PATH}"'


def test_the_address_follows_the_prefix(site: Site) -> None:
    """Behind a proxy that serves the app under a path, odd characters change nothing else."""
    browser = site.browser()

    headers = browser.get("/static-page", base_url="https://app.example/shop;x").headers

    assert headers["Reporting-Endpoints"] == f'hardening="/shop%3Bx{PATH}"'


@pytest.mark.parametrize(("kind", "report"), [(OLD, old), (NEW, lambda url: [new(url)])])
def test_both_forms_are_taken(site: Site, kind: str, report: Callable[[str], Any]) -> None:
    """The address of the page, and the path of what was blocked, are forgotten at once."""
    answer = send(site, report(f"{CDN}/lib.js?user=7"), kind)

    assert (answer.status_code, answer.data) == (204, b"")
    assert seen(site) == [("script-src", CDN)]
    assert proposal(site)["seen"][0]["source"] == CDN


def test_the_same_again_is_one_event(make_site: Make) -> None:
    """Once for each directive and origin, also for another worker on the same store."""
    site = make_site()
    for _ in range(3):
        send(site, old(f"{CDN}/a.js"))
        site.hardening.wrapped().pipeline.collector()._seen.clear()  # as another worker's would be
    send(site, old(f"{CDN}/b.js", "script-src-attr"))
    send(site, old(f"{CDN}/a.js", "img-src"))

    assert seen(site) == [("script-src", CDN), ("img-src", CDN)]


@pytest.mark.parametrize(
    ("directive", "blocked", "found"),
    [
        ("script-src-elem", "inline", ("script-src", "inline")),
        ("style-src", "", ("style-src", "inline")),
        ("script-src 'self' x.example", "self", ("script-src", "inline")),
        ("script-src", "eval", ("script-src", "eval")),
        ("img-src", "data", ("img-src", "data:")),
        ("img-src", "blob:https://app.example/1", ("img-src", "blob:")),
        ("connect-src", "wss://Push.example:8443/x", ("connect-src", "wss://push.example:8443")),
        ("font-src", "https://bücher.example/f", ("font-src", "https://xn--bcher-kva.example")),
        ("object-src", "https://app.example/x.swf", ("object-src", "'self'")),
        ("img-src", "https://user:pw@pic.example/", ("img-src", "https://pic.example")),
        ("img-src", "chrome-extension://abcdef/x.png", None),
        ("img-src", "https://[bad/x.png", None),
        ("img-src", "https://a.example; script-src *", None),
        ("no-such-src", "https://a.example/", None),
        ("", "https://a.example/", None),
        ("report-uri", "https://a.example/", None),
    ],
)
def test_what_is_kept_of_a_report(
    site: Site, directive: str, blocked: str, found: tuple[str, str] | None
) -> None:
    """A directive that exists and the shortest source; nonsense and browser extensions are not."""
    answer = send(site, old(blocked, directive))

    assert answer.status_code == 204
    assert seen(site) == ([] if found is None else [found])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", OLD, 400),
        (b"[]", OLD, 400),
        (b'{"csp-report": 7}', OLD, 400),
        (b"[7]", NEW, 400),
        (b"\xff\xfe", OLD, 400),
        (b"[" * 16_000, NEW, 400),
        (b'{"csp-report": {"effective-directive": 7, "blocked-uri": []}}', OLD, 204),
        (b'[{"type": "deprecation", "body": {}}]', NEW, 204),
        (b"{}", "application/json", 415),
        (b"{}", "text/plain", 415),
        (b"x" * (16 * 1024 + 1), OLD, 413),
    ],
)
def test_nonsense_is_answered_and_kept_nowhere(
    site: Site, body: bytes, kind: str, status: int
) -> None:
    """No error of ours, no record, no event."""
    assert send(site, body, kind).status_code == status
    assert site.names() == []
    assert proposal(site)["seen"] == []


def test_nothing_of_the_app_runs_for_a_report(make_site: Make) -> None:
    """Neither its hooks nor its session; our guards for http and other sites do not either."""
    ran: list[str] = []

    def hooks(app: Flask) -> None:
        app.before_request(lambda: ran.append("before"))
        app.teardown_request(lambda _: ran.append("teardown"))

        @app.after_request
        def after(response: Response) -> Response:
            ran.append("after")
            return response

    site = make_site(before=hooks)
    answer = send(
        site, old(CDN), base_url="http://app.example", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 204
    assert ran == []
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("methods", [["POST"], ["GET", "POST"]])
def test_the_apps_own_route_wins(make_site: Make, methods: list[str]) -> None:
    """An app that answers a POST there gets it, and browsers are not sent there by us."""

    def route(app: Flask) -> None:
        app.add_url_rule("/.well-known/<path:rest>", "own", lambda rest: "own", methods=methods)

    site = make_site(before=route)

    assert send(site, old(CDN)).text == "own"
    headers = site.browser().get("/static-page").headers
    assert "Reporting-Endpoints" not in headers
    assert "report-uri" not in headers["Content-Security-Policy-Report-Only"]


def test_a_catch_all_page_does_not_hide_it(make_site: Make) -> None:
    """A single-page app answers every GET; reports are POSTs that it would refuse with 405."""
    site = make_site(
        before=lambda app: app.add_url_rule("/<path:rest>", "all", lambda rest: "the page")
    )

    assert send(site, old(CDN)).status_code == 204
    assert send(site, b"", method="GET").text == "the page"


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_only_a_post_is_answered(site: Site, method: str) -> None:
    """Anything else is the app's own 404."""
    assert send(site, old(CDN), method=method).status_code == 404


@pytest.mark.parametrize(
    "settings",
    [{"mode": "observe"}, {"mode": "off"}, {"guards": {"headers": False}}],
)
def test_without_the_guard_there_is_no_collector(make_site: Make, settings: Any) -> None:
    """What is switched off, or only observes, answers nothing."""
    site = make_site(**settings)

    assert send(site, old(CDN)).status_code == 404
    assert "Reporting-Endpoints" not in site.browser().get("/static-page").headers


def test_one_client_cannot_keep_it_busy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are limited before they are read, by network and over all."""
    monkeypatch.setattr(module, "MOST_OF_CLIENT", 3)
    monkeypatch.setattr(module, "MOST", 5)
    one = [send(site, old(CDN), address="203.0.113.7").status_code for _ in range(4)]
    other = [send(site, old(CDN), address=f"203.0.113.{n}").status_code for n in range(10, 13)]

    assert one == [204, 204, 204, 429]
    assert other == [204, 204, 429]


def test_forged_reports_do_not_crowd_out_real_ones(make_site: Make) -> None:
    """New origins of one client are limited; what the app's own pages load is always kept."""
    site = make_site(before=pages)
    site.browser().get("/page")
    for first in range(0, 50, 10):
        forged = [new(f"https://evil{n}.example/") for n in range(first, first + 10)]
        send(site, forged, NEW, address="198.51.100.1")
    send(site, old(f"{CDN}/lib.js"), address="203.0.113.9")

    assert len([one for one in seen(site) if "evil" in one[1]]) == 30
    assert seen(site)[-1] == ("script-src", CDN)


def test_records_are_bounded(make_site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses forge them."""
    from hardening.csp import records

    monkeypatch.setattr(records, "MOST_FOREIGN", 20)
    site = make_site()
    for n in range(40):
        send(site, old(f"https://evil{n}.example/"), address=f"203.0.{n}.1")

    assert len(proposal(site)["seen"]) == 20


def test_only_what_own_pages_load_is_proposed(make_site: Make) -> None:
    """csp-poison: a forged origin is listed apart, and so is one that has another purpose."""
    site = make_site(before=pages)
    site.browser().get("/page")
    send(site, old(f"{CDN}/lib.js"))
    send(site, old("https://evil.example/x.js"))
    send(site, old("https://images.example/x.js"))
    send(site, old("https://images.example/a.png", "img-src"))
    send(site, old("inline"))
    found = proposal(site)
    text = site.app.test_cli_runner().invoke(group, ["csp"]).output

    assert found["added"] == {
        "img-src": ["https://images.example"],
        "script-src": [CDN],
    }
    assert found["policy"]["script-src"] == f"'self' {CDN}"
    assert found["endpoints"] == ["page"]
    own, _, rest = text.partition("not in your pages")
    assert CDN in own
    assert "https://evil.example" not in own
    assert "https://evil.example" in rest.partition("proposed")[0]
    assert "evil" not in rest.partition("proposed")[2]
    assert "csp_nonce" in text


def test_the_proposal_is_a_setting_that_is_accepted(make_site: Make) -> None:
    """Put in force, it allows what was reported, and nothing is left to propose."""
    site = make_site(before=pages)
    site.browser().get("/page")
    send(site, old(f"{CDN}/lib.js"))
    policy = proposal(site)["policy"]

    again = make_site(before=pages, csp_policy=policy, csp="enforce")

    sent = again.browser().get("/page").headers["Content-Security-Policy"]
    assert f"script-src 'self' {CDN};" in sent


def test_a_record_that_somebody_wrote_into_the_store_is_ignored(make_site: Make) -> None:
    """Sealed like all our records: a writer to the store proposes nothing."""
    site = make_site(before=pages)
    site.browser().get("/page")
    send(site, old(f"{CDN}/lib.js"))
    store = site.hardening.wrapped().context.store
    for key, record in list(store._records.items()):
        if b"cdn.example" in record.value:
            forged = record.value.replace(b"cdn.example", b"bad.example")
            store._records[key] = type(record)(record.key, record.owner, forged, record.expires_at)
    site.hardening.wrapped().pipeline.pages._known_until = 0.0

    assert "bad.example" not in json.dumps(proposal(site))


def test_a_store_that_is_down_costs_the_report_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser is answered, an event says so, and the report counts when it comes again."""
    store = site.hardening.wrapped().context.store

    def down(*_: Any) -> Any:
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "owned", down)
        answer = send(site, old(CDN))
    again = send(site, old(CDN))

    assert (answer.status_code, again.status_code) == (204, 204)
    assert site.names() == ["store_down", "store_back", "malicious_csp_violation"]


def test_an_own_address_for_reports_is_kept(make_site: Make) -> None:
    """An app that names a collector in its policy gets no second one."""
    site = make_site(csp_policy={"report-uri": "https://reports.example/x"})

    headers = site.browser().get("/static-page").headers

    assert headers["Content-Security-Policy-Report-Only"].count("report-") == 1
    assert "Reporting-Endpoints" not in headers


def test_a_page_with_its_own_policy_is_told_nothing(make_site: Make) -> None:
    """Neither a second policy nor an endpoint for it."""

    def own(app: Flask) -> None:
        @app.after_request
        def after(response: Response) -> Response:
            if request.path == "/static-page":
                response.headers["Content-Security-Policy"] = "default-src 'none'"
            return response

    headers = make_site(before=own).browser().get("/static-page").headers

    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert "Reporting-Endpoints" not in headers
    assert "Content-Security-Policy-Report-Only" not in headers


def test_in_a_test_suite_nothing_is_learnt(make_site: Make) -> None:
    """A test's pages are not the site's."""
    site = make_site(before=lambda app: (pages(app), app.config.update(TESTING=True)))

    site.browser(address="127.0.0.1").get("/page")

    assert proposal(site)["endpoints"] == []


def test_over_http_only_the_old_directive_is_sent(make_site: Make) -> None:
    """Chromium would drop the report: the Reporting API needs https."""
    site = make_site(https=False)

    headers = site.browser().get("/static-page", base_url="http://app.example").headers

    assert headers["Content-Security-Policy-Report-Only"].endswith(f"; report-uri {PATH}")
    assert "Reporting-Endpoints" not in headers

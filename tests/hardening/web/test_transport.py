"""Guard `transport`: rows plain-http, xfp-spoof, proxy-undeclared, host-redirect, test-suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_versions import odd_hosts

Make = Callable[..., Any]


@pytest.fixture
def site(probe: Make) -> Make:
    def make(**settings: Any) -> Any:
        one = probe(**settings)

        @one.app.route("/a b/<path:rest>", methods=["GET", "POST", "DELETE"])
        @one.app.route("/", methods=["GET", "POST", "DELETE"], defaults={"rest": ""})
        def page(rest: str) -> str:
            return "the view ran"

        return one

    return make


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_over_http_is_redirected(site: Make, method: str) -> None:
    """The same address over https, for good, and kept by nobody."""
    answer = site().send(method, "/a%20b/c%2Fd%25?x=1&y=%20%2B", https=False)

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://app.example/a%20b/c/d%25?x=1&y=%20%2B"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "OPTIONS"])
def test_anything_else_over_http_is_refused(site: Make, method: str) -> None:
    """A password sent over http is on the wire already, so it is not accepted."""
    one = site()

    answer = one.send(method, "/", https=False)

    assert answer.status_code == 403
    assert "the view ran" not in answer.text
    assert one.refusal.event == "insecure_transport"
    assert one.refusal.details["answer"] == "refuse"


def test_https_reaches_the_view(site: Make) -> None:
    """Over https nothing is in the way."""
    assert site().post("/").text == "the view ran"


def test_forwarded_proto_of_a_stranger_is_ignored(site: Make) -> None:
    """xfp-spoof: a client on the internet cannot say that it came over https."""
    answer = site().get("/", https=False, headers={"X-Forwarded-Proto": "https"})

    assert answer.status_code == 308


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("forwarded", [{"X-Forwarded-For": "198.51.100.7"}, {"Via": "1.1 proxy"}])
def test_an_undeclared_proxy_breaks_nothing(
    site: Make, method: str, forwarded: dict[str, str]
) -> None:
    """proxy-undeclared: neither redirect nor refusal, and one event that names the setting."""
    one = site()

    answers = [
        one.send(method, "/", https=False, peer="10.0.0.2", headers=forwarded) for _ in range(3)
    ]

    assert [answer.text for answer in answers] == ["the view ran"] * 3
    (event,) = one.reported("proxy_undeclared")
    assert event["setting"] == "trusted_proxies"
    assert "Policy(trusted_proxies=1)" in event["advice"]


def test_an_undeclared_proxy_is_named_over_https_too(site: Make) -> None:
    """Limits suffer from it even where https is known."""
    one = site()

    one.get("/", https=False, peer="127.0.0.1", headers={"X-Forwarded-Proto": "https"})

    assert len(one.reported("proxy_undeclared")) == 1


def test_a_declared_proxy_is_believed(site: Make) -> None:
    """What it says of the client's own connection decides, both ways."""
    one = site(trusted_proxies=1)

    over_https = one.get("/", https=False, headers={"X-Forwarded-Proto": "https"})
    over_http = one.get("/", https=False, headers={"X-Forwarded-Proto": "http"})

    assert over_https.text == "the view ran"
    assert over_http.status_code == 308
    assert not one.reported("proxy_undeclared")


def test_a_declared_proxy_says_the_host(site: Make) -> None:
    """The redirect leads to the host that the client asked the proxy for."""
    headers = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "public.example"}

    answer = site(trusted_proxies=1).get("/", https=False, host="10.0.0.3:8000", headers=headers)

    assert answer.headers["Location"] == "https://public.example/"


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("TRUSTED_HOSTS", ["www.example", "app.example"]),
        ("SERVER_NAME", "www.example"),
        (None, ("www.example",)),
    ],
)
def test_the_redirect_leads_to_a_configured_host(site: Make, where: str | None, value: Any) -> None:
    """host-redirect: a forged Host is replaced by the first host that the owner named."""
    one = site(trusted_hosts=value) if where is None else site()
    if where is not None:
        one.app.config[where] = value

    answer = one.get("/", https=False, host="evil.example")

    assert answer.headers["Location"] == "https://www.example/"
    assert not one.reported("host_not_pinned")


def test_any_configured_host_is_kept(site: Make) -> None:
    """A second configured host, and a subdomain of one with a dot, are not sent elsewhere."""
    one = site(trusted_hosts=("www.example", "app.example", ".many.example"))

    found = [
        one.get("/", https=False, host=host).headers["Location"]
        for host in ("app.example", "APP.example:80", "a.many.example:8000", "a.www.example")
    ]

    assert found == [
        "https://app.example/",
        "https://app.example/",
        "https://a.many.example:8000/",
        "https://www.example/",
    ]


def test_without_a_configured_host_an_event_says_so(site: Make) -> None:
    """The request's own Host is used, once with a warning that names the settings."""
    one = site()

    one.get("/", https=False)
    one.get("/", https=False)

    (event,) = one.reported("host_not_pinned")
    assert "TRUSTED_HOSTS" in event["advice"]


@pytest.mark.parametrize(
    "host",
    [
        "app.example/evil",
        "a@evil.example",
        "evil.example\\x",
        "a b",
        pytest.param("a:x", marks=odd_hosts),
        pytest.param("[evil]", marks=odd_hosts),
        "?",
    ],
)
def test_no_redirect_is_built_from_an_odd_host(site: Make, host: str) -> None:
    """What a browser could read as another host is refused instead."""
    answer = site().get("/", https=False, host=host)

    assert "Location" not in answer.headers
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_host_that_is_none_of_the_apps_is_refused(site: Make, method: str) -> None:
    """host-reset: where the owner named the hosts, no view builds a link to another."""
    one = site(trusted_hosts=("www.example", ".many.example"))

    found = [
        getattr(one, method)("/", host=host).status_code
        for host in ("www.example", "WWW.example:443", "a.many.example", "evil.example", "a b")
    ]

    assert found == [200, 200, 200, 400, 400]
    assert one.refusal.event == "host_refused"


def test_a_private_peer_calls_the_app_by_an_inner_name(site: Make) -> None:
    """A proxy that does not pass the Host header on, and a health check, are answered."""
    one = site(trusted_hosts=("www.example",))

    found = {
        (peer, host): one.get("/", peer=peer, host=host).status_code
        for peer in ("10.0.0.2", "203.0.113.9")
        for host in ("app:8000", "10.0.0.7", "localhost", "evil.example")
    }

    assert [host for (peer, host), status in found.items() if status == 200] == [
        "app:8000",
        "10.0.0.7",
        "localhost",
    ]
    assert {peer for (peer, _), status in found.items() if status == 200} == {"10.0.0.2"}


def test_every_host_is_served_where_none_is_named(site: Make) -> None:
    """Without the setting nothing is refused, nor for `SERVER_NAME`, where Flask builds links."""
    one = site()
    one.app.config["SERVER_NAME"] = "www.example"

    assert one.get("/", host="other.example").status_code != 400


def test_an_exemption_serves_a_view_under_every_host(site: Make) -> None:
    """A view that is exempt from `transport`, such as a health page, is."""
    one = site(trusted_hosts=("www.example",))
    one.change = lambda state: setattr(state, "exempt", frozenset({"transport"}))

    assert one.get("/", host="other.example").status_code == 200


@pytest.mark.parametrize("flag", ["debug", "testing"])
def test_developers_and_tests_use_http(site: Make, flag: str) -> None:
    """test-suite: loopback peers of a debug or testing app are left alone, others are not."""
    one = site()
    setattr(one.app, flag, True)

    assert one.post("/", https=False, peer="127.0.0.1").text == "the view ran"
    assert one.post("/", https=False, peer="203.0.113.9").status_code == 403


def test_the_policy_or_an_exemption_allows_http(site: Make) -> None:
    """An owner may say that http is meant, for the app or for one view."""
    allowed, exempt = site(https=False), site()
    exempt.change = lambda state: setattr(state, "exempt", frozenset({"transport"}))

    assert allowed.post("/", https=False).text == "the view ran"
    assert exempt.post("/", https=False).text == "the view ran"

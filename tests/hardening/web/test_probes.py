"""Health checks over plain http are answered; people over plain http are still redirected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]

KUBE = {"User-Agent": "kube-probe/1.31"}
ELB = {"User-Agent": "ELB-HealthChecker/2.0"}
GOOGLE = {"User-Agent": "GoogleHC/1.0"}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


@pytest.fixture
def site(probe: Make) -> Any:
    one = probe()

    @one.app.route("/healthz", methods=["GET", "POST"])
    def healthz() -> str:
        return "well"

    return one


@pytest.mark.parametrize(
    ("agent", "peer", "host"),
    [
        (KUBE, "10.244.0.1", "10.244.1.17:8000"),
        (KUBE, "fd00::1", "[fd00::17]:8000"),
        (ELB, "172.31.4.9", "172.31.20.3"),
        (GOOGLE, "35.191.8.4", "10.128.0.9:80"),
        (GOOGLE, "130.211.3.200", "10.128.0.9"),
        ({}, "10.0.0.5", "10.0.0.9"),
    ],
)
def test_a_probe_is_answered_over_http(
    site: Any, agent: dict[str, str], peer: str, host: str
) -> None:
    """Kubernetes, AWS and Google Cloud see the page itself; it promises no https."""
    answer = site.get("/healthz", https=False, peer=peer, host=host, headers=agent)

    assert (answer.status_code, answer.text) == (200, "well")
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    "given",
    [
        {"peer": "203.0.113.9"},
        {"peer": "35.190.0.1"},
        {"host": "app.example"},
        {"host": "10.0.0.999"},
        {"host": "1"},
        {"headers": BROWSER},
        {"headers": {**KUBE, "Cookie": "session=x"}},
        {"headers": {**KUBE, "Authorization": "Basic YTpi"}},
    ],
)
def test_what_only_looks_like_a_probe_is_redirected(site: Any, given: dict[str, Any]) -> None:
    """A stranger, a name, a browser in the same network, or anything with credentials."""
    request = {"peer": "10.0.0.5", "host": "10.0.0.9:8000", "headers": KUBE} | given

    assert site.get("/healthz", https=False, **request).status_code in (308, 403)


def test_a_probe_only_reads(site: Any) -> None:
    """A form over http is refused from anywhere."""
    answer = site.post("/healthz", https=False, peer="10.0.0.5", host="10.0.0.9", headers=KUBE)

    assert answer.status_code == 403

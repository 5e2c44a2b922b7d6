"""What a page loads, and which pages are looked at."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response
from site_app import Site

from hardening.csp.markup import loads
from hardening.csp.pages import MOST_BYTES
from hardening.errors import StoreError
from hardening.hosts import Host

Make = Callable[..., Site]
OWN = (Host("app.example"),)


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ('<script src="https://a.example/x.js">', ("script", "https://a.example")),
        ("<SCRIPT async SRC='https://A.example:8443/'>", ("script", "https://a.example:8443")),
        ("<script src=//a.example/x.js defer>", ("script", "https://a.example")),
        ('<script src="/x.js">', ("script", "'self'")),
        ('<script src="https://app.example/x.js">', ("script", "'self'")),
        ('<link rel="stylesheet" href="https://a.example/x.css">', ("style", "https://a.example")),
        ('<link href="https://a.example" rel=preconnect>', ("connection", "https://a.example")),
        ('<img src="data:image/png;base64,AA==">', ("image", "data:")),
        ('<iframe\nsrc = "https://a.example/?a=1&amp;b=2">', ("frame", "https://a.example")),
        ('<form method=post action="https://pay.example/">', ("form", "https://pay.example")),
        ('<object data="/x.pdf">', ("object", "'self'")),
        ('<img src="https&#58;//a.example/">', ("image", "https://a.example")),
        ('<a href="https://a.example/">', None),
        ('<link rel="canonical" href="https://a.example/">', None),
        ('<script data-src="https://a.example/">', None),
        ("&lt;script src=https://a.example/&gt;", None),
        ('<scripty src="https://a.example/">', None),
        ('<script src="javascript:alert(1)">', None),
    ],
)
def test_a_tag_is_read(tag: str, found: tuple[str, str] | None) -> None:
    """What is loaded for what; links that people follow, and text, are not."""
    assert set(loads(tag, "https", OWN)) == ({found} if found else set())


def test_every_image_of_a_set_is_read() -> None:
    """`srcset` names several, each with its width."""
    tag = '<img srcset="https://a.example/1.png 1x, //b.example/2.png 2x">'

    assert set(loads(tag, "http", OWN)) == {
        ("image", "https://a.example"),
        ("image", "http://b.example"),
    }


@pytest.mark.parametrize("part", ["<img", "<img ", "<script src=", "<img src =  ", '<img a="'])
def test_a_hard_page_takes_no_longer_than_its_length(part: str) -> None:
    """Work grows with the page: ten times the page is about ten times the steps, not a hundred."""

    def steps(length: int) -> int:
        import re

        from hardening.csp import markup

        text = part * (length // len(part))
        # The longest stretch that any attempt may look at is bounded, wherever it begins.
        spans = [match.end() - match.start() for match in markup._TAG.finditer(text)]
        assert all(span <= 4200 for span in spans)
        longest = max((len(run) for run in re.findall(r"[^<>]+", text)), default=0)
        return min(longest, 4096) * text.count("<")

    assert steps(MOST_BYTES) <= 11 * steps(MOST_BYTES // 10)
    assert list(loads(part * 1000, "https", OWN)) == []


def build(body: Callable[[], Any], **headers: str) -> Callable[[Flask], None]:
    def add(app: Flask) -> None:
        @app.get("/page")
        def page() -> Response:
            return Response(body(), headers=headers, mimetype=headers.get("mimetype", "text/html"))

    return add


def known(site: Site) -> frozenset[tuple[str, str]]:
    pages = site.hardening.wrapped().pipeline.pages
    pages.flush()
    return pages.known()


TAG = '<script src="https://cdn.example/x.js"></script>'


def streamed() -> Iterator[str]:
    yield TAG


@pytest.mark.parametrize(
    ("body", "headers", "read"),
    [
        (lambda: TAG, {}, True),
        (lambda: gzip.compress(TAG.encode()), {"Content-Encoding": "gzip"}, True),
        (lambda: b"no gzip", {"Content-Encoding": "gzip"}, False),
        (lambda: TAG, {"Content-Encoding": "br"}, False),
        (lambda: TAG + " " * MOST_BYTES, {}, False),
        (streamed, {}, False),
        (lambda: TAG, {"mimetype": "application/json"}, False),
    ],
)
def test_which_responses_are_looked_at(
    make_site: Make, body: Callable[[], Any], headers: dict[str, str], read: bool
) -> None:
    """HTML that is complete and short; anything else goes to the browser untouched."""
    site = make_site(before=build(body, **headers))

    answer = site.browser().get("/page")

    assert bool(known(site)) is read
    made = body()
    expected = made if isinstance(made, bytes) else "".join(made).encode()
    assert answer.data == expected


def test_ever_fewer_responses_are_looked_at(make_site: Make) -> None:
    """The first, second, fourth, eighth: a page that changes is seen, and costs little."""
    asked = []
    site = make_site(before=build(lambda: f'<img src="https://i{len(asked)}.example/">'))
    for _ in range(10):
        asked.append(1)
        site.browser().get("/page")

    assert {source for _, source in known(site)} == {f"https://i{n}.example" for n in (1, 2, 4, 8)}


@pytest.mark.parametrize("csp", ["enforce", "off"])
def test_nothing_is_looked_at_once_the_policy_is_enforced(make_site: Make, csp: str) -> None:
    """The rollout is over, or was never begun."""
    site = make_site(before=build(lambda: TAG), csp=csp)

    site.browser().get("/page")

    assert known(site) == frozenset()


def test_a_page_never_waits_for_the_store(make_site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it loads is written down with the next report; what the store refuses is kept."""
    site = make_site(before=build(lambda: TAG))
    store = site.hardening.wrapped().context.store

    def down(*_: Any) -> Any:
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "put", down)
        patch.setattr(store, "owned", down)
        answer = site.browser().get("/page")
        with pytest.raises(StoreError):
            site.hardening.wrapped().pipeline.pages.flush()

    assert answer.status_code == 200
    assert "guard_failed" not in site.names()
    assert known(site) == {("script", "https://cdn.example")}

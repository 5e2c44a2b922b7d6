"""What the URL of a Redis store means, and that a refusal never repeats it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from hardening.errors import ConfigurationError
from hardening.storage import check, open_store
from hardening.storage.cached import CachedStore
from hardening.storage.redis_url import Place, read_url


def read(url: str) -> Place:
    return read_url(url, app_name="shop")


def test_one_server() -> None:
    """Host, port, database, user and password; the keys begin with the app's name."""
    place = read("redis://app:p%40ss%2Fword@cache.example:7000/3")

    assert (place.form, place.hosts, place.db) == ("server", (("cache.example", 7000),), 3)
    assert (place.username, place.password) == ("app", "p@ss/word")
    assert (place.tls, place.prefix, place.cache_s) == (None, "hardening:shop", 0)


def test_defaults() -> None:
    """A host is enough; a password may stand without a user."""
    assert read("valkey://cache").hosts == (("cache", 6379),)
    assert read("redis+sentinel://s/shop").hosts == (("s", 26379),)
    assert read("redis://:secret@cache").username is None
    assert read("redis://:secret@cache").password == "secret"


def test_tls() -> None:
    """The second s asks for TLS; files are named as redis-py names them."""
    place = read("rediss://[::1]:7000/0?ssl_ca_certs=/etc/ca.pem&cache=2&prefix=blue")

    assert place.hosts == (("::1", 7000),)
    assert place.tls == {"ssl_ca_certs": "/etc/ca.pem"}
    assert (place.prefix, place.cache_s) == ("blue", 2)
    assert read("valkeys://cache").tls == {}


def test_sentinels() -> None:
    """Several Sentinels, the service that they watch, and their own password."""
    place = read("redis+sentinel://:m@a:1,b/shop/2?sentinel_password=s")

    assert (place.form, place.service, place.db) == ("sentinel", "shop", 2)
    assert place.hosts == (("a", 1), ("b", 26379))
    assert (place.password, place.sentinel_password) == ("m", "s")


def test_cluster() -> None:
    """Some of its nodes."""
    place = read("redis+cluster://a:1,b:2")

    assert (place.form, place.hosts) == ("cluster", (("a", 1), ("b", 2)))


REFUSED = [
    "redis:",
    "redis://",
    "redis:hunter2",
    "redis://:hunter2",
    "redis://:hunter2@",
    "redis://:hunter2@cache:x",
    "redis://:hunter2@cache:70000",
    "redis://:hunter2@a,b",
    "redis://:hunter2@cache/shop",
    "redis://:hunter2@cache/0/0",
    "redis://:hun/ter2@cache/0",
    "redis://:hun?ter2@cache/0",
    "redis://:hun#ter2@cache/0",
    "redis://:hunter2@cache?password=hunter2",
    "redis://:hunter2@cache?hunter2",
    "redis://:hunter2@cache?cache=6",
    "redis://:hunter2@cache?cache=0.5",
    "redis://:hunter2@cache?cache=1&cache=2",
    "redis://:hunter2@cache?prefix={x}",
    "redis://:hunter2@cache?ssl_ca_certs=x",
    "rediss://:hunter2@cache?ssl_cert_reqs=optional",
    "redis://:hunter2@cache?sentinel_password=hunter2",
    "redis+sentinel://:hunter2@cache",
    "redis+cluster://:hunter2@cache/1",
]


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    """A malformed URL is refused at start; the refusal names the setting, the scheme and the
    forms, and repeats no part of the URL that could hold a password."""
    for attempt in (
        lambda: check(url, app_name="shop", instance_path="/nowhere"),
        lambda: open_store(url, app_name="shop", instance_path="/nowhere", testing=False),
    ):
        with pytest.raises(ConfigurationError) as caught:
            attempt()

        assert caught.value.key == "store"
        assert caught.value.problem.startswith(f"{url.partition(':')[0]}://***: ")
        assert "redis+cluster://" in caught.value.choices
        assert "ter2" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """What is read from a URL does not print its passwords."""
    place = read("redis+sentinel://:hunter2@a/shop?sentinel_password=hunter3")

    assert "hunter" not in repr(place)


def test_a_server_need_not_be_up_at_start() -> None:
    """Neither the check nor the opening asks the server, so an app starts without it."""
    url = "redis://127.0.0.1:1/0"
    check(url, app_name="shop", instance_path="/nowhere")
    store = open_store(url, app_name="shop", instance_path="/nowhere", testing=False)

    assert (store.name, store.shared) == ("redis", True)


def test_the_cache_is_an_option() -> None:
    """``cache`` puts the copies in front, and nothing else does."""
    for url, cached in (("redis://a?cache=1", True), ("redis://a?cache=0", False)):
        store = open_store(url, app_name="shop", instance_path="/nowhere", testing=False)
        assert isinstance(store, CachedStore) is cached


def test_missing_client_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without redis-py the refusal at start says how to install it."""
    really = importlib.util.find_spec
    monkeypatch.setattr(
        "hardening.storage.find_spec", lambda name: None if name == "redis" else really(name)
    )
    with pytest.raises(ConfigurationError, match=r'pip install "flask-hardening\[redis\]"'):
        check("redis://:hunter2@cache", app_name="shop", instance_path="/nowhere")


def test_other_stores_do_not_import_it(tmp_path: Path) -> None:
    """An app on a file pays nothing for the Redis client, and neither does reading a URL."""
    script = f"""
import sys
from hardening.storage import check, open_store
for spec in ("memory://", None):
    open_store(spec, app_name="shop", instance_path={str(tmp_path)!r}, testing=False)
check("redis://cache", app_name="shop", instance_path="/nowhere")
print("redis" in sys.modules)
open_store("redis://cache", app_name="shop", instance_path="/nowhere", testing=False)
print("redis" in sys.modules)
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert out.stdout.split() == ["False", "True"]

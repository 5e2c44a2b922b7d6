"""Records: what every store promises about them."""

from __future__ import annotations

from hardening.storage.base import Record, Store

NOW = 1_000_000.0
LATER = NOW + 100


def record(key: str, owner: str = "anna", value: bytes = b"v") -> Record:
    return Record(key, owner, value, LATER)


def test_round_trip(store: Store) -> None:
    """What was put comes back equal, bytes and all."""
    written = record("k", value=b"\x00\xff")
    store.put("session", written)

    assert written == store.get("session", "k", NOW)


def test_kinds_are_apart(store: Store) -> None:
    """The same key in another kind is another record."""
    store.put("session", record("k"))

    assert store.get("device", "k", NOW) is None


def test_expiry(store: Store) -> None:
    """A record is there until its expiry and gone from that second on."""
    store.put("session", record("k"))

    assert store.get("session", "k", LATER - 0.001) is not None
    assert store.get("session", "k", LATER) is None
    assert store.owned("session", "anna", LATER) == []


def test_put_replaces(store: Store) -> None:
    """A second put with the same key wins, also over who owns it."""
    store.put("session", record("k", owner="anna"))
    store.put("session", record("k", owner="bert", value=b"w"))

    assert store.owned("session", "anna", NOW) == []
    assert [found.value for found in store.owned("session", "bert", NOW)] == [b"w"]


def test_replace_compares(store: Store) -> None:
    """`replace` writes only over the value that the caller read."""
    old, new = record("k", value=b"1"), record("k2", value=b"2")
    store.put("remember", old)

    assert not store.replace("remember", record("k", value=b"other"), new)
    assert store.replace("remember", old, new)
    assert not store.replace("remember", old, new)
    assert store.get("remember", "k", NOW) is None
    assert new == store.get("remember", "k2", NOW)


def test_delete(store: Store) -> None:
    """`delete` says whether there was a record."""
    store.put("session", record("k"))

    assert store.delete("session", "k")
    assert not store.delete("session", "k")
    assert store.get("session", "k", NOW) is None


def test_owned_in_order(store: Store) -> None:
    """An owner's records come in the order of their keys, other owners' and kinds' do not."""
    for key in ("b", "a", "c"):
        store.put("session", record(key))
    store.put("session", record("x", owner="bert"))
    store.put("device", record("y"))

    assert [found.key for found in store.owned("session", "anna", NOW)] == ["a", "b", "c"]


def test_delete_owned_keeps_one(store: Store) -> None:
    """Ending all sessions but the present one leaves exactly that one and other people's."""
    for key in ("a", "b", "c"):
        store.put("session", record(key))
    store.put("session", record("x", owner="bert"))

    assert store.delete_owned("session", "anna", keep="b") == 2
    assert [found.key for found in store.owned("session", "anna", NOW)] == ["b"]
    assert store.delete_owned("session", "anna") == 1
    assert store.get("session", "x", NOW) is not None


def test_ownerless_records_are_nobodys(store: Store) -> None:
    """Records without an owner are never removed as a group."""
    store.put("setting", record("hsts", owner=""))

    assert store.delete_owned("setting", "") == 0
    assert store.owned("setting", "", NOW) == []
    assert store.get("setting", "hsts", NOW) is not None


def test_identity(store: Store) -> None:
    """A store has an id of eight letters or digits, and it does not change."""
    first = store.store_id()

    assert len(first) == 8
    assert first.isalnum()
    assert first == store.store_id()
    assert store.created_at() == store.created_at() > 0

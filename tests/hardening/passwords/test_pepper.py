"""The pepper alone: what sealing keeps, what opening refuses, and how keys follow each other."""

from __future__ import annotations

import base64
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardening import Policy
from hardening.errors import ConfigurationError
from hardening.passwords import hash_password, hasher, pepper, verify_password
from hardening.passwords.formats.errors import CorruptHashError
from hardening.passwords.hasher import LOWEST
from hardening.passwords.pepper import Keys, UnknownKeyError

KEYS = {name: bytes(range(number, number + 32)) for number, name in enumerate("abcd")}
HASHES = st.text(min_size=1, max_size=200).filter(lambda text: not pepper.is_sealed(text))
PASSWORD = "correct horse"


def entry(name: str) -> str:
    return f"{name}:{base64.b64encode(KEYS[name]).decode()}"


def keys(*names: str) -> Keys:
    """Return a pepper whose first key encrypts; `none` leaves hashes open."""
    return pepper.load(None, {"HARDENING_PEPPER": ",".join(map(entry_or_none, names))})


def entry_or_none(name: str) -> str:
    return name if name == "none" else entry(name)


def key_file(folder: Path, *names: str, mode: int = 0o600) -> str:
    path = folder / "pepper"
    path.write_text("# made for a test\n\n" + "\n".join(map(entry_or_none, names)) + "\n")
    path.chmod(mode)
    return str(path)


@given(HASHES)
def test_what_was_sealed_is_opened(stored: str) -> None:
    """Opening gives back exactly what was sealed, and the sealed text shows nothing of it."""
    sealed = keys("a").seal(stored)

    assert stored == keys("b", "a").open(sealed)
    assert sealed.startswith("$hardening-pepper$v=1$a$")
    assert len(stored) < 6 or stored not in sealed


@given(st.text(st.characters(max_codepoint=127), min_size=1, max_size=300))
def test_the_length_is_known_before_sealing(stored: str) -> None:
    """What a column has to hold is computed from the length of the hash."""
    made = keys("a")

    assert made.length(len(stored)) == len(made.seal(stored))


def test_usual_hashes_fit_the_advised_column() -> None:
    """A sealed Argon2id hash has at most 255 characters, with the longest id of a key too."""
    longest = Keys("x" * 16, {"x" * 16: KEYS["a"]})

    assert longest.length(hasher.encoded_length(hasher.STANDARD)) <= 255


def test_the_same_hash_is_sealed_differently_each_time() -> None:
    """Two accounts with one hash, or one account twice, cannot be seen to be equal."""
    made = keys("a")

    assert made.seal("hash") != made.seal("hash")


@given(HASHES, st.data())
def test_a_changed_sealed_hash_opens_nothing(stored: str, data: st.DataObject) -> None:
    """Any other character anywhere, or a cut, makes it corrupt or of an unknown key."""
    sealed = keys("a").seal(stored)
    place = data.draw(st.integers(len(pepper.MARK), len(sealed) - 1))
    other = data.draw(st.sampled_from("ABCabc019-_$. ü").filter(lambda c: c != sealed[place]))
    changed = sealed[:place] + other + sealed[place + 1 :]

    for text in (changed, sealed[:place]):
        with pytest.raises(CorruptHashError):
            keys("a", "b").open(text)


def test_a_sealed_hash_cannot_be_relabelled() -> None:
    """The key's id is authenticated: the data under another id opens with neither key."""
    sealed = keys("a").seal("hash")

    with pytest.raises(CorruptHashError):
        keys("a", "b").open(sealed.replace("$a$", "$b$"))


def test_a_missing_key_is_named() -> None:
    """The error says which key is missing, for the event."""
    with pytest.raises(UnknownKeyError) as caught:
        keys("b").open(keys("a").seal("hash"))

    assert "a" == caught.value.key


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "none"]), min_size=1, max_size=8))
def test_rotations_in_any_order_keep_every_hash(order: list[str]) -> None:
    """Over any sequence of first keys, the hash inside stays and ends as the last one asks."""
    stored = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA"
    held = stored
    for first in order:
        others = [name for name in KEYS if name != first]
        pepper_then = keys(first, *others)
        held = pepper_then.renew(held)

        assert pepper_then.current(held)
        assert stored == pepper_then.open(held)

    assert ("none" == order[-1]) == (held == stored)


def test_renewing_what_is_current_changes_nothing() -> None:
    """A second run of a rotation writes nothing."""
    made = keys("a", "b")
    held = made.renew("hash")

    assert held == made.renew(held)


def test_no_key_shows_in_a_representation() -> None:
    """Neither keys nor their base64 come out of `repr`, as logs and tracebacks use it."""
    made = keys("a", "b")

    assert "Keys(sealing='a')" == repr(made)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_file_of_keys_is_read(tmp_path: Path, mode: int) -> None:
    """Comments and empty lines are skipped; its group may read it."""
    made = pepper.load(key_file(tmp_path, "b", "a", mode=mode))

    assert "b" == made.sealing
    assert "hash" == made.open(keys("a").seal("hash"))


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    """The error names the setting, the mode and what would be accepted."""
    with pytest.raises(ConfigurationError, match=f"{mode:04o}.*0600") as caught:
        pepper.load(key_file(tmp_path, "a", mode=mode))

    assert "pepper_file" == caught.value.key


@pytest.mark.parametrize(
    "text",
    [
        "none",
        "a",
        "a:",
        "a:c2hvcnQ=",
        "a:" + base64.b64encode(bytes(32)).decode(),
        "a b:" + base64.b64encode(KEYS["a"]).decode(),
        "a" * 17 + ":" + base64.b64encode(KEYS["a"]).decode(),
        "$:" + base64.b64encode(KEYS["a"]).decode(),
        entry("a") + "," + entry("a"),
        entry("a") + ",none",
    ],
)
def test_malformed_keys_are_refused_without_being_shown(text: str) -> None:
    """The error says what is wrong and what form is wanted, and quotes no key."""
    with pytest.raises(ConfigurationError, match="base64 of 32 random bytes") as caught:
        pepper.load(None, {"HARDENING_PEPPER": text})

    assert "HARDENING_PEPPER" == caught.value.key
    assert base64.b64encode(KEYS["a"]).decode() not in str(caught.value)


def test_two_sources_at_once_are_refused(tmp_path: Path) -> None:
    """Nobody has to guess which of two variables counts."""
    both = {"HARDENING_PEPPER": entry("a"), "HARDENING_PEPPER_FILE": key_file(tmp_path, "a")}

    with pytest.raises(ConfigurationError, match="one of the two"):
        pepper.load(None, both)


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_an_unreadable_file_is_refused_at_start(tmp_path: Path, kind: str) -> None:
    """A worker without its keys does not start: it could let nobody in."""
    path = tmp_path / "pepper"
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe")
        path.chmod(0o600)

    with pytest.raises(ConfigurationError, match="pepper_file"):
        pepper.load(str(path))


def test_the_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, an app that asks for a pepper is refused at start, with the remedy."""
    monkeypatch.setitem(__import__("sys").modules, "cryptography", None)

    with pytest.raises(ConfigurationError, match=r'pip install "flask-hardening\[pepper\]"'):
        keys("a")


def test_the_setting_is_a_path(tmp_path: Path) -> None:
    """Text or a path object; anything else is refused by the setting's name."""
    assert str(tmp_path) == Policy(pepper_file=tmp_path).pepper_file  # type: ignore[arg-type]  # taken too
    for wrong in (5, "", b"keys"):
        with pytest.raises(ConfigurationError, match=r"pepper_file.*the path of a file"):
            Policy(pepper_file=wrong)  # type: ignore[arg-type]  # that is the point


def test_no_pepper_is_the_default() -> None:
    """Without keys nothing is sealed, and nothing open is out of date."""
    made = pepper.load(None, {})

    assert "hash" == made.seal("hash")
    assert made.current("hash")
    assert 97 == made.length(97)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sets the keys of the environment."""

    def put(*names: str) -> None:
        monkeypatch.setenv("HARDENING_PEPPER", ",".join(map(entry_or_none, names)))

    monkeypatch.setattr(hasher, "STANDARD", LOWEST)
    return put


def test_passwords_outside_an_app_use_the_environment(environment: Any) -> None:
    """`hash_password` and `verify_password` need no app: a script of the owner's has none."""
    environment("a")
    stored = hash_password(PASSWORD)

    assert pepper.is_sealed(stored)
    assert (True, None) == astuple(verify_password(password=PASSWORD, stored=stored))
    assert not verify_password(password="wrong", stored=stored).ok


def test_another_first_key_renews_without_a_new_hash(environment: Any) -> None:
    """At a login only the encryption is new: the Argon2id hash inside stays."""
    environment("a")
    stored = hash_password(PASSWORD)
    environment("b", "a")
    verdict = verify_password(password=PASSWORD, stored=stored)

    assert verdict.ok
    assert verdict.upgrade is not None
    assert verdict.upgrade.startswith("$hardening-pepper$v=1$b$")
    assert pepper.open(stored) == pepper.open(verdict.upgrade)


@settings(max_examples=30, deadline=None)
@given(
    password=st.text(max_size=30),
    other=st.text(max_size=30),
    order=st.lists(st.sampled_from(["a", "b", "c", "none", "off"]), min_size=1, max_size=5),
)
def test_logins_over_rotations_fit_the_password_and_no_other(
    password: str, other: str, order: list[str]
) -> None:
    """Whatever became of the pepper between logins, the same password fits, and no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hasher, "STANDARD", LOWEST)
        stored = hasher.make_hash(password, LOWEST)
        for first in order:
            if first == "off":  # only once nothing is sealed any more
                patch.setenv("HARDENING_PEPPER", f"none,{','.join(map(entry, KEYS))}")
                stored = pepper.open(stored)
                patch.delenv("HARDENING_PEPPER")
            else:
                others = [name for name in KEYS if name != first]
                patch.setenv("HARDENING_PEPPER", ",".join(map(entry_or_none, [first, *others])))
            verdict = verify_password(password=password, stored=stored)

            assert verdict.ok
            same = password in (other, unicodedata.normalize("NFC", other))
            assert same or not verify_password(password=other, stored=stored).ok
            stored = verdict.upgrade or stored
            assert pepper.current(stored)


def test_a_missing_key_is_an_event_and_a_refusal(environment: Any) -> None:
    """The login is refused; the event names the key and the setting, and no hash."""
    environment("a")
    stored = hash_password(PASSWORD)
    told: list[tuple[Any, ...]] = []

    def report(name: str, level: str, **details: Any) -> None:
        told.append((name, level, details))

    environment("b")
    judged = hasher.judge(stored, PASSWORD, cost=LOWEST, report=report)

    assert judged is not None
    assert judged.matched is None
    assert [("password_pepper_unknown", "error", {"key": "a", "setting": "pepper_file"})] == told


def test_a_sealed_hash_that_was_changed_is_an_event_and_a_refusal(environment: Any) -> None:
    """It counts as any other corrupt hash."""
    environment("a")
    stored = hash_password(PASSWORD)
    told: list[tuple[Any, ...]] = []

    def report(name: str, level: str, **details: Any) -> None:
        told.append((name, details))

    for bad in (stored[:-1], stored.replace("v=1", "v=2"), pepper.PREFIX, pepper.MARK + "x"):
        judged = hasher.judge(bad, PASSWORD, cost=LOWEST, report=report)

        assert judged is not None
        assert judged.matched is None

    assert {("password_hash_corrupt", "sealed")} == {(n, d["kind"]) for n, d in told}
    assert 4 == len(told)


def test_old_formats_are_read_under_the_seal(environment: Any) -> None:
    """What was sealed before anybody logged in becomes Argon2id at the login, still sealed."""
    from werkzeug.security import generate_password_hash as original

    environment("a")
    stored = pepper.seal(original(PASSWORD, "pbkdf2:sha256:1000"))
    verdict = verify_password(password=PASSWORD, stored=stored)

    assert verdict.upgrade is not None
    assert pepper.current(verdict.upgrade)
    assert pepper.open(verdict.upgrade).startswith("$argon2id$")


def astuple(verdict: Any) -> tuple[bool, str | None]:
    return verdict.ok, verdict.upgrade

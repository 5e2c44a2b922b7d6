"""Whatever happens to a stored hash, its password goes on fitting, and no other begins to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import bcrypt
from hypothesis import given, settings
from hypothesis import strategies as st

from hardening.passwords import hasher, pepper
from hardening.passwords.hasher import LOWEST, Cost
from hardening.rehash.sorting import Rules, due
from hardening.rehash.target import Row

KEYS = {"a": bytes(32), "b": b"b" * 32}
PEPPERS = (
    pepper.NO_KEYS,
    pepper.Keys("a", KEYS),
    pepper.Keys("b", KEYS),
    pepper.Keys(None, KEYS),
)
COSTS = (LOWEST, Cost(16, 1, 1), Cost(16, 2, 1))


def pbkdf2(password: bytes) -> str:
    return f"pbkdf2:sha256:1$salt${hashlib.pbkdf2_hmac('sha256', password, b'salt', 1).hex()}"


def scrypt(password: bytes) -> str:
    return f"scrypt:1024:8:1$salt${hashlib.scrypt(password, salt=b'salt', n=1024, r=8, p=1).hex()}"


def salted(password: bytes) -> str:
    return f"sha1$salt${hashlib.sha1(b'salt' + password).hexdigest()}"


def by_bcrypt(password: bytes) -> str:
    return bcrypt.hashpw(password[:72], bcrypt.gensalt(4)).decode()


FORMATS: tuple[Callable[[bytes], str], ...] = (pbkdf2, scrypt, salted, by_bcrypt)
# NUL is left out: HMAC and bcrypt read it as padding, each in its way.
PASSWORDS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=90)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wrap", "crash", "login"]),
        st.sampled_from(PEPPERS[1:]),
        st.sampled_from(COSTS),
    ),
    max_size=6,
)


def fits(stored: str, password: str, keys: pepper.Keys) -> hasher.Judgement | None:
    """Judge as a login does, with the keys at hand."""
    return hasher.judge(keys.open(stored), password, cost=LOWEST, report=lambda *args, **more: None)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), PASSWORDS, PASSWORDS, STEPS)
def test_any_sequence(
    make: Callable[[bytes], str],
    password: str,
    other: str,
    steps: list[tuple[str, pepper.Keys, Cost]],
) -> None:
    """Wraps, crashes before the write, logins that upgrade and pepper rotations, in any order.

    bcrypt reads 72 bytes: other passwords that begin with the same 72 fitted before, and are the
    only ones that may fit afterwards.
    """
    stored = make(password.encode())
    fitted = _ok(stored, other, PEPPERS[3])
    for step, keys, cost in steps:
        rules = Rules(cost=cost, pepper=keys)
        found = due(Row((1,), stored, None), rules)
        if step == "login":
            judgement = fits(stored, password, keys)
            assert judgement is not None
            if judgement.replaceable and judgement.matched is not None:
                stored = keys.seal(hasher.make_hash(judgement.matched, cost))
        elif found is not None:
            new = found.change(rules).new
            assert isinstance(new, str)
            stored = stored if step == "crash" else new

        assert _ok(stored, password, keys)
        if _ok(stored, other, keys):
            assert fitted


def _ok(stored: str, password: str, keys: pepper.Keys) -> bool:
    found = fits(stored, password, keys)
    return found is not None and found.matched is not None

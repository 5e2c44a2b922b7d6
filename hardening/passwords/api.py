"""The functions that an app may call itself, instead of Werkzeug's."""

from __future__ import annotations

from functools import partial

from hardening.events import emit
from hardening.passwords import hasher, originals
from hardening.passwords.current import calls_here, state_here
from hardening.passwords.hasher import MOST_CHARACTERS, Verdict
from hardening.passwords.legacy import recognise

LONG_PASSWORDS = "BCRYPT_HANDLE_LONG_PASSWORDS"  # Flask-Bcrypt's setting


def hash_password(password: str) -> str:
    """Return an Argon2id hash of `password`, at the current app's cost.

    Outside an app context, and in an app that is not wrapped, the policy's defaults apply.

    Args:
        password: exactly as received; at most 1024 characters.

    Returns:
        97 characters at the default cost. Give the column 255: later formats are longer.

    Raises:
        ValueError: the password is too long, or no valid Unicode text.
    """
    calls = calls_here()
    made = hasher.new_hash(password, hasher.cost_of(calls.context if calls else None))
    state = state_here()
    if state is not None:
        state.produced.append(made)
    return made


def verify_password(*, password: str, stored: str, salt: str | None = None) -> Verdict:
    """Return whether `password` fits `stored`, and what to store from now on.

    Knows the formats of docs/passwords.md: those of Werkzeug, bcrypt, Django, passlib, crypt(3),
    LDAP and phpass, and what the setting ``password_formats`` declares. A corrupt hash, one of an
    unknown format, and one that costs too much to verify fit nothing.

    Args:
        password: exactly as received; more than 1024 characters fit nothing.
        stored: the hash that the app keeps. Whoever can write it can decide who logs in.
        salt: of this user, only where ``password_formats`` says that it is kept apart.
    """
    if len(password) > MOST_CHARACTERS:
        return Verdict(ok=False)
    calls = calls_here()
    context = calls.context if calls else None
    cost = hasher.cost_of(context)
    judgement = hasher.judge(
        stored,
        password,
        cost=cost,
        report=context.report if context else partial(emit, None),
        long_passwords=bool(context and context.app.config.get(LONG_PASSWORDS)),
        declared=context.policy.password_formats if context else (),
        salt=salt,
    )
    if judgement is None or judgement.matched is None:
        return Verdict(ok=False)
    if not judgement.replaceable:
        return Verdict(ok=True)
    return Verdict(ok=True, upgrade=hasher.renewed(stored, judgement.matched, cost))


def generate_password_hash(
    password: str, method: str = "argon2id", salt_length: int = hasher.SALT_BYTES
) -> str:
    """Return an Argon2id hash; a drop-in for Werkzeug's function of the same name.

    Args:
        password: as for `hash_password`.
        method: accepted so that calls need no change; it is always Argon2id.
        salt_length: the same; it is always 16 bytes.

    Raises:
        ValueError: as for `hash_password`.
    """
    return hash_password(password)


def check_password_hash(pwhash: str, password: str) -> bool:
    """Return whether `password` fits; a drop-in for Werkzeug's function of the same name.

    In a wrapped app an old hash is replaced in the database after the login.
    """
    calls = calls_here()
    own = partial(originals.werkzeug_check, pwhash, password)
    if calls is not None:
        return calls.check(pwhash, password, own)
    if recognise(pwhash) is None:
        return own()
    return verify_password(password=password, stored=pwhash).ok

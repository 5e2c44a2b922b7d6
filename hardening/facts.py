"""What is in force in a wrapped app, and what about it is unsafe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hardening.errors import StoreError
from hardening.passwords import pepper
from hardening.passwords.adopt import adoption
from hardening.passwords.calls import Calls
from hardening.passwords.current import EXTENSION
from hardening.passwords.helpers import left, own_helpers
from hardening.policy import GUARDS

if TYPE_CHECKING:
    from hardening.extension import Hardening

_KEY_PROBLEMS = {
    "published": "SECRET_KEY is published; run: flask-hardening secret-key",
    "short": "SECRET_KEY is shorter than 32 bytes; run: flask-hardening secret-key",
    "predictable": "SECRET_KEY is predictable; run: flask-hardening secret-key",
}


def status_of(hardening: Hardening) -> dict[str, Any]:
    """Return ``{"facts": {name: text}, "unsafe": [text]}`` for the current app."""
    wrapped = hardening.wrapped()
    context, policy, app = wrapped.context, wrapped.context.policy, wrapped.context.app
    off = [guard for guard in GUARDS if not policy.guards_on(guard)]
    pinned = (
        policy.trusted_hosts or app.config.get("TRUSTED_HOSTS") or app.config.get("SERVER_NAME")
    )
    found = adoption()
    calls = app.extensions.get(EXTENSION) or Calls(context)
    store, store_problems = _store(hardening)
    facts = {
        "mode": context.mode,
        "guards off": ", ".join(off) or "none",
        "store": store,
        "trusted proxies": _shown(policy.trusted_proxies, "none declared"),
        "trusted hosts": _shown(pinned, "none: links follow the request's Host header"),
        "content policy": policy.csp,
        "password checks": _shown(found.adopted, "none adopted yet"),
        "not adopted": _shown(found.missed, "none"),
        "own hashing": _shown((*left(app), *own_helpers(app, calls.models)), "none found"),
        "unseen checks": _shown(sorted(wrapped.pipeline.timing.census.unseen()), "none seen yet"),
        "hashes at once": str(calls.places),
        "pepper": _pepper(pepper.of(app)),
    }
    unsafe = [f"guard {guard} is switched off" for guard in off]
    if context.mode != "enforce":
        unsafe.append(f"mode is {context.mode}: nothing is enforced")
    if not app.config.get("SECRET_KEY"):
        unsafe.append("SECRET_KEY is not set")
    elif (weak := wrapped.pipeline.secret_key.weakness()) is not None:
        unsafe.append(_KEY_PROBLEMS[weak])
    if app.debug:
        unsafe.append("debug is on")
    if not policy.https:
        unsafe.append("https is not enforced")
    unsafe += store_problems
    return {"facts": facts, "unsafe": unsafe}


def _store(hardening: Hardening) -> tuple[str, list[str]]:
    """Return what to say about the store, and what is unsafe about it."""
    context = hardening.wrapped().context
    try:
        store = context.store
        store.store_id()
    except StoreError as error:
        return "unreachable", [f"the store cannot be asked: {error}"]
    if not store.shared and not context.app.testing:
        return store.name, ["the store is not shared between workers; set the argument store"]
    ask: Callable[[], list[str]] = getattr(store, "problems", list)  # only some stores can tell
    try:
        return store.name, ask()
    except StoreError:
        return f"{store.name} (whether it evicts keys could not be asked)", []


def _pepper(keys: pepper.Keys) -> str:
    """Return which keys there are, by their ids."""
    if not keys.secrets:
        return "none"
    others = ", ".join(key for key in keys.secrets if key != keys.sealing) or "no other"
    return f"{keys.sealing or 'no key'} encrypts, {others} decrypts"


def _shown(value: object, otherwise: str) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value)) or otherwise
    return otherwise if value in (None, "") else str(value)

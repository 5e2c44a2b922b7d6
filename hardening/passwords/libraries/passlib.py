"""passlib's and libpass's contexts and hash classes; both libraries are called ``passlib``.

Contexts and classes that write for other programs are left alone: Apache, LDAP and the system's
user database read no Argon2id. So is Flask-Security's second context, which hashes tokens, and
the making of hashes by its first: what it hashes depends on the scheme it is going to use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import Any

from hardening.passwords.deferred import as_text
from hardening.passwords.libraries.base import here, replace
from hardening.passwords.libraries.passlib_roles import Role, for_passwords, role_of
from hardening.passwords.watched import Watched
from hardening.passwords.work import aside


def adopt_contexts(module: ModuleType) -> list[Watched] | None:
    """Replace the methods of ``CryptContext``; None while the module is still being loaded."""
    kind = vars(module).get("CryptContext")
    if kind is None:
        return None
    found = []
    for name, make, verifies in (
        ("verify", _verify, True),
        ("verify_and_update", _verify_and_update, True),
        ("hash", _hash, False),
        ("needs_update", _needs_update, False),
    ):
        label = f"passlib.context.CryptContext.{name}"
        found += replace(kind, name, label, make, verifies=verifies)
    return found


def adopt_handlers(module: ModuleType) -> list[Watched] | None:
    """Replace what the hash classes inherit, such as ``sha256_crypt.verify``."""
    if not {"GenericHandler", "PrefixWrapper"} <= set(vars(module)):
        return None
    found = []
    for kind in (vars(module)["GenericHandler"], vars(module)["PrefixWrapper"]):
        label = f"passlib.utils.handlers.{kind.__name__}."
        found += replace(kind, "verify", label + "verify", _class_verify, verifies=True)
        found += replace(kind, "hash", label + "hash", _class_hash, verifies=False)
    return found


def adopt_argon2(module: ModuleType) -> list[Watched]:
    """Replace the methods of the one hash class that has its own."""
    found = []
    for name, kind in list(vars(module).items()):
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            label = f"{module.__name__}.{name}."
            found += replace(kind, "verify", label + "verify", _class_verify, verifies=True)
            found += replace(kind, "hash", label + "hash", _class_hash, verifies=False)
    return found


def _verify(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def verify(
        self: Any, secret: Any, hash: Any, scheme: Any = None, category: Any = None, **kwds: Any
    ) -> bool:
        own = partial(original, self, secret, hash, scheme, category, **kwds)
        calls = here()
        if calls is None:
            return own()
        role = role_of(self, calls.context.app)
        if role is Role.ASIDE or scheme is not None or kwds or hash is None:
            return aside(own)
        return calls.check(hash, secret, own, upgrade=role is Role.FULL)

    return verify


def _verify_and_update(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def verify_and_update(
        self: Any, secret: Any, hash: Any, scheme: Any = None, category: Any = None, **kwds: Any
    ) -> tuple[bool, str | None]:
        calls = here()
        if (
            calls is None
            or role_of(self, calls.context.app) is Role.ASIDE
            or scheme is not None
            or kwds
            or hash is None
        ):
            result: tuple[bool, str | None] = aside(
                partial(original, self, secret, hash, scheme, category, **kwds)
            )
            return result
        if not self.verify(secret, hash, category=category):
            return False, None
        if not self.needs_update(hash, category=category, secret=secret):
            return True, None
        return True, self.hash(secret, category=category)

    return verify_and_update


def _hash(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def hash(self: Any, secret: Any, scheme: Any = None, category: Any = None, **kwds: Any) -> str:
        own = partial(original, self, secret, scheme, category, **kwds)
        calls = here()
        if calls is None:
            return own()
        role = role_of(self, calls.context.app)
        if role is Role.ASIDE:
            return str(aside(own))
        keep = role is not Role.FULL or scheme is not None or bool(kwds)
        if not keep:
            handler = self.handler(category=category)
            keep = not for_passwords(handler) or _stronger(handler, calls)
        return str(calls.generate(secret, own, keep=keep, bytes_too=True))

    return hash


def _needs_update(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def needs_update(
        self: Any, hash: Any, scheme: Any = None, category: Any = None, secret: Any = None
    ) -> bool:
        own = partial(original, self, hash, scheme, category, secret)
        calls, text = here(), as_text(hash)
        if calls is None or text is None or scheme is not None:
            return own()
        role = role_of(self, calls.context.app)
        if role is Role.ASIDE:
            return own()
        from hardening.passwords.legacy import recognise  # late: a process that starts needs none

        if recognise(text) is not None and self.identify(hash, category=category) is None:
            # A format that only we know. Its upgrade is ours, unless the app makes its own hashes.
            return role is Role.OWN_HASHES and calls.active
        if role is Role.FULL and calls.current(text):
            return _stronger(self.handler(category=category), calls) and own()
        return own()

    return needs_update


def _class_verify(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def verify(self: Any, secret: Any, hash: Any, **context: Any) -> bool:
        own = partial(original, self, secret, hash, **context)
        calls = here()
        if calls is None:
            return own()
        if context or not for_passwords(self):
            return aside(own)
        return calls.check(hash, secret, own)

    return verify


def _class_hash(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def hash(self: Any, secret: Any, **kwds: Any) -> str:
        own = partial(original, self, secret, **kwds)
        calls = here()
        if calls is None:
            return own()
        if not for_passwords(self):
            return str(aside(own))
        keep = bool(kwds) or _stronger(self, calls)
        return str(calls.generate(secret, own, keep=keep, bytes_too=True))

    return hash


def _stronger(handler: Any, calls: Any) -> bool:
    """Return whether `handler` makes Argon2id hashes of at least the policy's cost itself."""
    if getattr(handler, "name", "") != "argon2":
        return False
    policy = calls.context.policy
    return bool(
        str(getattr(handler, "type", "")).lower() == "id"
        and handler.memory_cost >= policy.argon2_memory_kib
        and handler.rounds >= policy.argon2_time
    )

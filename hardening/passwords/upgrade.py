"""Writes upgraded hashes after a login: at once into plain objects, later into a database.

A database is written when the app context has been popped: by then the app's own transaction
is over. Where anything is in the way, the old hash stays, an event says why, and the next login
tries again. Fails open: a login never fails because of an upgrade.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from flask import g, has_app_context

from hardening.errors import StoreError
from hardening.passwords.adopt import refresh
from hardening.passwords.current import calls_here
from hardening.passwords.deferred import DeferredError
from hardening.user_loader import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request, Response

    from hardening.context import Context
    from hardening.passwords.target import Target
    from hardening.state import PasswordCheck, State

NOTE = "passwords"  # the key in `State.notes`: the bind of the user's session at login


class Restamp(Protocol):
    """What keeps sessions alive over a re-hash (`hardening.sessions`)."""

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """Accept both hashes from now on."""

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        """Settle on one of them."""


class Pending(NamedTuple):
    """One write that waits for its app context to end."""

    app: Flask
    owner: object
    """``flask.g`` of the app context that has to end first."""
    user_id: str
    check: PasswordCheck
    target: Target


_pending: ContextVar[tuple[Pending, ...]] = ContextVar("hardening_pending_upgrades", default=())


class Upgrades:
    """The upgraded hashes of one wrapped app.

    Args:
        context: the app, its policy, and whom to tell.
        restamp: told of every re-hash, so that it logs no device out.
    """

    def __init__(self, context: Context, restamp: Restamp) -> None:
        self._context = context
        self._restamp = restamp
        self._binds: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self._without_login: set[str | None] = set()
        self._lock = Lock()
        self._turns = tuple(Lock() for _ in range(64))  # few of that many users ever wait
        self._waiting = 0  # writes in all threads
        self.rehashed: Callable[[str, str], object] = lambda old, new: None
        """Told of every hash that was replaced by one of the same password."""
        self.watch: Callable[[bool], object] = lambda waiting: None
        """Told whether `popped` has to be called; by default nobody calls it."""

    def before(self, request: Request, state: State) -> None:
        """Adopt password functions of modules that were loaded since the last request."""
        refresh()

    def logged_in(self, state: State) -> None:
        """Keep the user's engine: a view may close its database session before it returns."""
        if any(check.upgrade for check in state.checks):
            from hardening.passwords import sql

            state.notes[NOTE] = sql.bind_of(state.logged_in)

    def after(self, request: Request, state: State, response: Response) -> None:
        """Write, or queue, the new hash of every password that was verified in this request."""
        due = {check.stored: check for check in state.checks if check.ok and check.upgrade}
        if not due:
            return
        user = state.logged_in if state.logged_in is not None else state.user
        if user is None:
            self._nobody(request.endpoint)
            return
        for check in due.values():
            try:
                self._take(user, check, state)
            except DeferredError as why:
                if why.reason != "attribute_not_found" or not state.produced:
                    self._deferred(why)
                # Else the app itself has stored another hash in this request: nothing is left.

    def popped(self, app: Flask) -> None:
        """Do the writes whose app context has ended."""
        queue = _pending.get()
        if not queue:
            return
        # The signal also comes for contexts that a view or a test pushed inside ours.
        here = g._get_current_object() if has_app_context() else None
        due = [each for each in queue if each.app is app and each.owner is not here]
        _pending.set(tuple(each for each in queue if each not in due))
        self._wait(-len(due))
        for each in due:
            self._settle(each.user_id, each.check, each.target)

    def _take(self, user: Any, check: PasswordCheck, state: State) -> None:
        user_id = str(user.get_id())
        target = self._target(user, user_id, check.stored, state)
        if check.new_hash is None:
            return
        if not target.later:
            self._settle(user_id, check, target)
            return
        owner = g._get_current_object()
        _pending.set((*_pending.get(), Pending(self._context.app, owner, user_id, check, target)))
        self._wait(1)

    def _target(self, user: Any, user_id: str, stored: str, state: State) -> Target:
        """Return where the user's hash is kept.

        Raises:
            DeferredError: nowhere that could be found, or that may be written.
        """
        policy, app = self._context.policy, self._context.app
        from hardening.passwords import callback, documents, hasher, peewee_models, plain, sql
        from hardening.passwords.target import Target

        instance = sql.mapped(user)
        calls = calls_here()
        if instance is not None and calls is not None:
            calls.models.add(type(user))
        if policy.password_writer is not None:
            return Target(partial(callback.write, app, policy.password_writer, user))
        length = hasher.stored_length(hasher.cost_of(self._context))
        if instance is not None:
            bind = self._bind(instance, user, state)
            row = sql.locate(instance, bind, stored, length, policy.password_attribute)
            return Target(partial(sql.write, row), partial(sql.present, row))
        for library in (peewee_models, documents):
            if library.keeps(user):
                kept: Target = library.locate(user, stored, length, policy.password_attribute)
                return kept
        name = plain.attribute_of(user, stored, policy.password_attribute)
        return plain.target(user, name, partial(self._reload, user_id))

    def _wait(self, more: int) -> None:
        """Have somebody watch for the end of app contexts only while a write waits for one."""
        if more:
            with self._lock:
                self._waiting += more
                self.watch(self._waiting > 0)

    def _bind(self, instance: Any, user: Any, state: State) -> Any:
        """Return the user's engine: its session's, that at login, or the one seen last."""
        from hardening.passwords import sql

        bind = sql.bind_of(user) or state.notes.get(NOTE)
        if bind is None:
            # A wrong guess does no harm: no other row holds the same salted hash.
            return self._binds.get(instance.mapper)
        self._binds[instance.mapper] = bind
        return bind

    def _settle(self, user_id: str, check: PasswordCheck, target: Target) -> None:
        """Write between telling the sessions what is to come and telling them what became."""
        # One at a time for each user: browsers that start together log in together.
        with self._turns[hash(user_id) % len(self._turns)]:
            self._settle_now(user_id, check, target)

    def _settle_now(self, user_id: str, check: PasswordCheck, target: Target) -> None:
        old, new = check.stored, check.new_hash or ""
        written: bool | None = False
        lost = False
        try:
            self._restamp.prepare(user_id, old, new)
        except StoreError:
            # Written all the same, the new hash would log every other device out.
            self._deferred(DeferredError("store_down"))
            return
        try:
            written = target.write(old, new)
            lost = not written
        except DeferredError as why:
            # Where it is unknown what the database holds, sessions go on accepting both.
            written = False if why.sure else None
            self._deferred(why)
        finally:
            if written is not None and not (lost and self._replaced(user_id, check, target)):
                self._restamp.finish(user_id, old, new, written=written)
        if written:
            from hardening.passwords import pepper
            from hardening.passwords.legacy import recognise

            self.rehashed(old, new)
            scheme = recognise(pepper.peel(old, pepper.of(self._context.app)))
            kind = scheme.name if scheme is not None else "unknown"
            self._context.report("password_upgraded", kind=kind, to="argon2id")

    def _replaced(self, user_id: str, check: PasswordCheck, target: Target) -> bool:
        """Return whether another hash of the same password is stored by now.

        The same user has logged in twice at once, and the other login was faster. The session of
        this one was made with the old hash, and follows. After a real change it does not.
        """
        try:
            present = target.present(check.stored)
            if present is None or not self._fits(check.password, present):
                return False
            self._restamp.prepare(user_id, check.stored, present)
            self._restamp.finish(user_id, check.stored, present, written=True)
        except (DeferredError, StoreError):
            return False
        return True

    def _fits(self, password: str, stored: str) -> bool:
        from hardening.passwords.api import verify_password
        from hardening.passwords.gate import BusyError

        with self._context.app.app_context():
            try:
                return verify_password(password=password, stored=stored).ok
            except BusyError:
                return False

    def _reload(self, user_id: str) -> Any:
        return load(self._context.login_manager, user_id)

    def _nobody(self, endpoint: str | None) -> None:
        # An endpoint that takes a password with every request would say so with every request.
        if endpoint not in self._without_login:
            self._without_login.add(endpoint)
            self._deferred(DeferredError("nobody_logged_in", endpoint=endpoint))

    def _deferred(self, why: DeferredError) -> None:
        self._context.report(
            "password_upgrade_deferred", "warning", reason=why.reason, **why.details
        )

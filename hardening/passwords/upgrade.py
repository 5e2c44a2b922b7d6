"""Writes upgraded hashes after a login: at once into plain objects, later into a database.

A database is written when the app context has been popped: by then the app's own transaction
is over. Where anything is in the way, the old hash stays, an event says why, and the next login
tries again. Fails open: a login never fails because of an upgrade.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from flask import g, has_app_context

from hardening.errors import StoreError
from hardening.passwords import hasher, pepper
from hardening.passwords.adopt import refresh
from hardening.passwords.current import calls_here
from hardening.passwords.deferred import DeferredError
from hardening.passwords.legacy import recognise

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request, Response

    from hardening.context import Context
    from hardening.passwords import sql
    from hardening.state import PasswordCheck, State

NOTE = "passwords"  # the key in `State.notes`: the bind of the user's session at login


class Restamp(Protocol):
    """What keeps sessions alive over a re-hash (`hardening.sessions`)."""

    def prepare(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """Accept both hashes from now on."""

    def finish(self, user_id: str, old_hash: str, new_hash: str, written: bool) -> None:
        """Settle on one of them."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One write that waits for its app context to end."""

    app: Flask
    owner: object
    """``flask.g`` of the app context that has to end first."""
    user_id: str
    check: PasswordCheck = field(repr=False)
    row: sql.Row


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
        self._waiting = 0  # writes in all threads
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
        from hardening.passwords import sql

        due = [each for each in queue if each.app is app and each.owner is not here]
        _pending.set(tuple(each for each in queue if each not in due))
        self._wait(-len(due))
        for each in due:
            new = each.check.new_hash or ""
            write = partial(sql.write, each.row, each.check.stored, new)
            self._settle(each.user_id, each.check, write)

    def _take(self, user: Any, check: PasswordCheck, state: State) -> None:
        attribute = self._context.policy.password_attribute
        from hardening.passwords import sql

        instance = sql.mapped(user)
        user_id = str(user.get_id())
        if instance is None:
            from hardening.passwords import plain

            name = plain.attribute_of(user, check.stored, attribute)
            reload = partial(self._reload, user_id)
            new = check.new_hash
            if new is not None:
                write = partial(plain.swap, user, name, check.stored, new, reload)
                self._settle(user_id, check, write)
            return
        calls = calls_here()
        if calls is not None:
            calls.models.add(type(user))
        length = hasher.stored_length(hasher.cost_of(self._context))
        bind = self._bind(instance, user, state)
        row = sql.locate(instance, bind, check.stored, length, attribute)
        if check.new_hash is None:
            return
        owner = g._get_current_object()
        _pending.set((*_pending.get(), Pending(self._context.app, owner, user_id, check, row)))
        self._wait(1)

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

    def _settle(self, user_id: str, check: PasswordCheck, write: Callable[[], bool]) -> None:
        """Write between telling the sessions what is to come and telling them what became."""
        old, new = check.stored, check.new_hash or ""
        written: bool | None = False
        try:
            self._restamp.prepare(user_id, old, new)
        except StoreError:
            # Written all the same, the new hash would log every other device out.
            self._deferred(DeferredError("store_down"))
            return
        try:
            written = write()
        except DeferredError as why:
            # Where it is unknown what the database holds, sessions go on accepting both.
            written = False if why.sure else None
            self._deferred(why)
        finally:
            if written is not None:
                self._restamp.finish(user_id, old, new, written=written)
        if written:
            scheme = recognise(pepper.peel(old, pepper.of(self._context.app)))
            kind = scheme.name if scheme is not None else "unknown"
            self._context.report("password_upgraded", kind=kind, to="argon2id")

    def _reload(self, user_id: str) -> Any:
        callback = getattr(self._context.login_manager, "_user_callback", None)
        return None if callback is None else callback(user_id)

    def _nobody(self, endpoint: str | None) -> None:
        # An endpoint that takes a password with every request would say so with every request.
        if endpoint not in self._without_login:
            self._without_login.add(endpoint)
            self._deferred(DeferredError("nobody_logged_in", endpoint=endpoint))

    def _deferred(self, why: DeferredError) -> None:
        self._context.report(
            "password_upgrade_deferred", "warning", reason=why.reason, **why.details
        )

"""What an adopted password function answers: verifies, makes new hashes, plans upgrades.

Loaded at the first password that is verified or hashed (`hardening.passwords.calls`), which
says how it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from hardening.passwords import columns, database, hasher, missed, onion, pepper
from hardening.passwords.current import state_here
from hardening.passwords.deferred import DeferredError, as_text
from hardening.passwords.gate import BusyError
from hardening.passwords.legacy import recognise, work_of
from hardening.passwords.work import compute, note
from hardening.state import NewHash, PasswordCheck, State

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from hardening.passwords.calls import Calls
    from hardening.passwords.hasher import Judgement


class Answers:
    """The answers for one wrapped app. Holds nothing of its own.

    Args:
        calls: the app's, with its context, models and keys.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._context = calls.context

    def check(
        self,
        text: str,
        password: str | bytes,
        own: Callable[[], bool],
        long_passwords: bool,
        upgrade: bool,
    ) -> bool:
        """Return whether `password` fits `text`; the arguments are those of `Calls.check`."""
        judgement: Judgement | None = None
        try:
            if self._calls.active or self._only_ours(text):
                judgement = self._judge(text, password, long_passwords)
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001  # the module's docstring: fail towards the app
            self._calls.failed(error)
        if judgement is None or judgement.unsupported:  # the app's own function may know it
            ok = compute(own, work_of(text, long_passwords=long_passwords))
        else:
            ok = judgement.matched is not None
        try:
            self._note(text, password, ok, judgement if upgrade else None)
        except Exception as error:  # noqa: BLE001  # the answer is known, and the app waits for it
            self._calls.failed(error)
        return ok

    def generate(
        self,
        password: object,
        own: Callable[[], Any],
        *,
        keep: bool = False,
        bytes_too: bool = False,
    ) -> Any:
        """Return a new hash; the arguments are those of `Calls.generate`."""
        made = None
        try:
            if not keep and self._calls.active and self._may_hash(password, bytes_too):
                made = self._make(password)
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001  # the module's docstring: fail towards the app
            self._calls.failed(error)
        result = compute(own, None) if made is None else made
        state, text = state_here(), as_text(result)
        if made is None and text is not None and (done := work_of(text)) is not None:
            note(done)
        if state is not None and text is not None:
            state.produced.append(text)
        return result

    def current(self, stored: str) -> bool:
        """Return whether `stored` is a hash that we would not replace."""
        try:
            return not hasher.outdated(stored, hasher.cost_of(self._context))
        except ValueError:  # it only begins like one
            return False

    @staticmethod
    def _only_ours(text: str) -> bool:
        """Return whether no function of the app's own can read `text`."""
        return text.startswith("$argon2") or pepper.is_sealed(text) or onion.is_wrapped(text)

    def _judge(self, text: str, password: str | bytes, long_passwords: bool) -> Judgement | None:
        return hasher.judge(
            text,
            password,
            cost=hasher.cost_of(self._context),
            report=self._context.report,
            long_passwords=long_passwords,
            declared=self._context.policy.password_formats,
        )

    def _note(
        self, text: str, password: str | bytes, ok: bool, judgement: Judgement | None
    ) -> None:
        state = state_here()
        if state is None:
            return
        spoken = _spoken(password)
        upgrade = None
        if self._calls.active and judgement is not None and judgement.replaceable:
            upgrade = self._replacement(state, text, spoken, judgement)
        elif self._context.mode == "observe":
            self._would_do(text, ok)
        state.checks.append(PasswordCheck(text, spoken, ok, upgrade))

    def _replacement(
        self, state: State, text: str, spoken: str, judgement: Judgement
    ) -> NewHash | None:
        """Return what makes a new hash of the password just verified, if it can be stored.

        It is computed only where somebody is found to store it for: an endpoint that takes a
        password with every request and logs nobody in would pay for it each time.
        """
        for check in state.checks:
            # hardening: ignore[password-compared-plaintext] both were typed in this request
            if check.upgrade is not None and (check.stored, check.password) == (text, spoken):
                return check.upgrade
        if not self._context.policy.password_upgrade or not self._all_adopted():
            return None
        fit = self._fit()
        if fit.short and not fit.fitting:
            self._tell_short(fit.short[0])
            return None
        assert judgement.matched is not None  # `replaceable` says so; for the type
        matched = judgement.matched

        def make() -> str | None:
            try:
                return hasher.renewed(text, matched, hasher.cost_of(self._context))
            except BusyError:
                state.busy = False  # the password was looked at; the next login makes the new hash
                return None

        return NewHash(make)

    def _make(self, password: str | bytes) -> str:
        """Return a new hash: of a password that was just verified, the one made for its upgrade.

        An app that re-hashes at the login itself then stores what we would have stored.
        """
        state = state_here()
        for check in state.checks if state is not None else ():
            # hardening: ignore[password-compared-plaintext] both were typed in this request
            if check.ok and check.upgrade is not None and check.password == _spoken(password):
                made = check.new_hash
                if made is not None:
                    return made
        return hasher.new_hash(password, hasher.cost_of(self._context))

    def _would_do(self, text: str, ok: bool) -> None:
        policy, scheme = self._context.policy, recognise(text)
        if scheme is None or not policy.guards_on("passwords"):
            return
        cost = hasher.cost_of(self._context)
        if hasher.too_costly(text, cost):
            self._context.report("password_hash_refused", "warning", kind=scheme.name)
        elif ok and policy.password_upgrade and hasher.outdated(text, cost):
            self._context.report("password_upgrade_due", kind=scheme.name)

    def _may_hash(self, password: object, bytes_too: bool) -> TypeGuard[str | bytes]:
        # An empty or overlong password is left to the app's own function and its own error.
        if not isinstance(password, str | bytes if bytes_too else str):
            return False
        if not 0 < len(password) <= hasher.MOST_CHARACTERS:
            return False
        fit = self._fit()
        if fit.short:
            self._tell_short(fit.short[0])
        elif not fit.sure:
            self._calls.tell("password_column_unknown", setting="hardening.passwords.hash_password")
        return fit.sure and self._all_adopted() and self._room(fit)

    def _fit(self) -> columns.Fit:
        # Not the lowest cost of a test suite: its hashes would fit where those to come do not.
        length = hasher.stored_length(hasher.asked_of(self._context))
        return columns.fit(self._context.app, self._calls.models, length)

    def _room(self, fit: columns.Fit) -> bool:
        """Return whether the database itself does not contradict what the models say."""
        length = hasher.stored_length(hasher.asked_of(self._context))
        for column in fit.fitting:
            engine = database.engine_of(self._context.app, column.table)
            if engine is None:
                continue
            try:
                database.ask(engine, column)
            except DeferredError:
                return False  # not now
            if database.too_short(engine, column, length):
                self._tell_short(column, engine.dialect)
                return False
        return True

    def _tell_short(self, column: Any, dialect: Dialect | None = None) -> None:
        engine = database.engine_of(self._context.app, column.table)
        spoken = dialect or (None if engine is None else engine.dialect)
        self._calls.tell(
            "password_column_short",
            table=str(column.table),
            column=str(column.name),
            length=column.type.length,
            advice=columns.advice(column, spoken),
        )

    def _all_adopted(self) -> bool:
        """Return whether everything that checks passwords can read an Argon2id hash."""
        places = [str(place) for place in missed.find(verifying=True)]
        if places:
            self._calls.tell("password_check_not_adopted", places=places)
        return not places


def _spoken(password: str | bytes) -> str:
    # What is hashed once more before it comes here need not be text.
    return password if isinstance(password, str) else password.decode("utf-8", "backslashreplace")

"""What an adopted password function does for a wrapped app.

Fails towards the app: where something goes wrong in here, its own function answers with the
arguments that it was given. Argon2id hashes are the exception in every mode, since that
function cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

from werkzeug.exceptions import HTTPException

from hardening.passwords import hasher, missed, onion, pepper
from hardening.passwords.current import state_here
from hardening.passwords.deferred import DeferredError, as_text
from hardening.passwords.gate import BusyError, usual_places
from hardening.passwords.legacy import recognise, work_of
from hardening.passwords.work import compute, note
from hardening.state import NewHash, PasswordCheck, State

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from hardening.context import Context
    from hardening.passwords import columns
    from hardening.passwords.hasher import Judgement


class Ticket(Protocol):
    """One check that was charged to its account."""

    def settle(self, ok: bool | None) -> None:
        """Say what the check answered; None: it was not computed."""


class Charges(Protocol):
    """What is needed of `hardening.logins.charge.Checks`."""

    def reserve(self, stored: str, password: str | bytes) -> Ticket | Literal["refused"] | None:
        """Take a unit for one check, before it is computed."""


class Calls:
    """The password checks and new hashes of one wrapped app.

    Args:
        context: the app, its policy, and whom to tell.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.models: set[type] = set()
        """Classes of users that have logged in."""
        self.charges: Charges | None = None
        """The throttle's part that counts checks; None where it is switched off."""
        self.pepper = pepper.load(context.policy.pepper_file)
        """The keys that encrypt stored hashes; read once."""
        self._told: set[str] = set()

    @property
    def places(self) -> int:
        """How many hashes may be computed at once in this process."""
        policy = self.context.policy
        return policy.hash_concurrency or usual_places(policy.argon2_memory_kib)

    @property
    def active(self) -> bool:
        """Whether this app's passwords are ours to verify and to hash."""
        return self.context.enforcing and self.context.policy.guards_on("passwords")

    def check(
        self,
        stored: object,
        password: object,
        own: Callable[[], bool],
        *,
        long_passwords: bool = False,
        upgrade: bool = True,
    ) -> bool:
        """Return whether `password` fits `stored`, and note it for the throttle and the upgrade.

        Args:
            stored: the first argument that the app gave.
            password: the second one.
            own: calls the app's own function with the arguments that the app gave.
            long_passwords: see `hardening.passwords.legacy.recognise`.
            upgrade: False where a new hash of what was given here would not be the user's.
        """
        text = as_text(stored)
        if text is None or not isinstance(password, str | bytes):
            return own()
        charged = self._charge(text, password)
        if charged == "refused":
            return False
        ok: bool | None = None
        try:
            ok = self._answer(text, password, own, long_passwords, upgrade)
        finally:
            if charged is not None:
                self._settle(charged, ok)
        return ok

    def _answer(
        self,
        text: str,
        password: str | bytes,
        own: Callable[[], bool],
        long_passwords: bool,
        upgrade: bool,
    ) -> bool:
        judgement: Judgement | None = None
        try:
            if self.active or self._only_ours(text):
                judgement = self._judge(text, password, long_passwords)
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001  # the module's docstring: fail towards the app
            self._failed(error)
        if judgement is None or judgement.unsupported:  # the app's own function may know it
            ok = compute(own, work_of(text, long_passwords=long_passwords))
        else:
            ok = judgement.matched is not None
        try:
            self._note(text, password, ok, judgement if upgrade else None)
        except Exception as error:  # noqa: BLE001  # the answer is known, and the app waits for it
            self._failed(error)
        return ok

    def generate(
        self,
        password: object,
        own: Callable[[], Any],
        *,
        keep: bool = False,
        bytes_too: bool = False,
    ) -> Any:
        """Return a new hash: Argon2id where the receiving column fits, else the app's own.

        Args:
            password: the first argument that the app gave.
            own: calls the app's own function with the arguments that the app gave.
            keep: whether the hash is to be the app's own in any case.
            bytes_too: whether that function takes bytes as well as text.
        """
        made = None
        try:
            if not keep and self.active and self._may_hash(password, bytes_too):
                made = self._make(password)  # type: ignore[arg-type]  # `_may_hash` knows
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001  # the module's docstring: fail towards the app
            self._failed(error)
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
            return not hasher.outdated(stored, hasher.cost_of(self.context))
        except ValueError:  # it only begins like one
            return False

    @staticmethod
    def _only_ours(text: str) -> bool:
        """Return whether no function of the app's own can read `text`."""
        return text.startswith("$argon2") or pepper.is_sealed(text) or onion.is_wrapped(text)

    def tell(self, event: str, **details: object) -> None:
        """Report something that is the same at every login, once in this process."""
        if event not in self._told:
            self._told.add(event)
            self.context.report(event, "warning", **details)

    def _charge(self, text: str, password: str | bytes) -> Ticket | Literal["refused"] | None:
        """Ask the throttle for one check, which raises where the account has none left."""
        if self.charges is None:
            return None
        try:
            return self.charges.reserve(text, password)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001  # the check is computed: `charge` says why
            self._failed(error, "throttle")
            return None

    def _settle(self, charged: Ticket, ok: bool | None) -> None:
        try:
            charged.settle(ok)
        except Exception as error:  # noqa: BLE001  # the answer is known, and the app waits for it
            self._failed(error, "throttle")

    def _judge(self, text: str, password: str | bytes, long_passwords: bool) -> Judgement | None:
        return hasher.judge(
            text,
            password,
            cost=hasher.cost_of(self.context),
            report=self.context.report,
            long_passwords=long_passwords,
            declared=self.context.policy.password_formats,
        )

    def _note(
        self, text: str, password: str | bytes, ok: bool, judgement: Judgement | None
    ) -> None:
        state = state_here()
        if state is None:
            return
        spoken = _spoken(password)
        upgrade = None
        if self.active and judgement is not None and judgement.replaceable:
            upgrade = self._replacement(state, text, spoken, judgement)
        elif self.context.mode == "observe":
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
        if not self.context.policy.password_upgrade or not self._all_adopted():
            return None
        fit = self._fit()
        if fit.short and not fit.fitting:
            self._tell_short(fit.short[0])
            return None
        assert judgement.matched is not None  # `replaceable` says so; for the type
        matched = judgement.matched

        def make() -> str | None:
            try:
                return hasher.renewed(text, matched, hasher.cost_of(self.context))
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
        return hasher.new_hash(password, hasher.cost_of(self.context))

    def _would_do(self, text: str, ok: bool) -> None:
        policy, scheme = self.context.policy, recognise(text)
        if scheme is None or not policy.guards_on("passwords"):
            return
        cost = hasher.cost_of(self.context)
        if hasher.too_costly(text, cost):
            self.context.report("password_hash_refused", "warning", kind=scheme.name)
        elif ok and policy.password_upgrade and hasher.outdated(text, cost):
            self.context.report("password_upgrade_due", kind=scheme.name)

    def _may_hash(self, password: object, bytes_too: bool) -> bool:
        # An empty or overlong password is left to the app's own function and its own error.
        if not isinstance(password, str | bytes if bytes_too else str):
            return False
        if not 0 < len(password) <= hasher.MOST_CHARACTERS:
            return False
        fit = self._fit()
        if fit.short:
            self._tell_short(fit.short[0])
        elif not fit.sure:
            self.tell("password_column_unknown", setting="hardening.passwords.hash_password")
        return fit.sure and self._all_adopted() and self._room(fit)

    def _fit(self) -> columns.Fit:
        # Not the lowest cost of a test suite: its hashes would fit where those to come do not.
        length = hasher.stored_length(hasher.asked_of(self.context))
        from hardening.passwords import columns

        return columns.fit(self.context.app, self.models, length)

    def _room(self, fit: columns.Fit) -> bool:
        """Return whether the database itself does not contradict what the models say."""
        from hardening.passwords import database

        length = hasher.stored_length(hasher.asked_of(self.context))
        for column in fit.fitting:
            engine = database.engine_of(self.context.app, column.table)
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
        from hardening.passwords import columns, database

        engine = database.engine_of(self.context.app, column.table)
        spoken = dialect or (None if engine is None else engine.dialect)
        self.tell(
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
            self.tell("password_check_not_adopted", places=places)
        return not places

    def _failed(self, error: Exception, guard: str = "passwords") -> None:
        self.context.report("guard_failed", "error", guard=guard, error=type(error).__name__)


def _spoken(password: str | bytes) -> str:
    # What is hashed once more before it comes here need not be text.
    return password if isinstance(password, str) else password.decode("utf-8", "backslashreplace")

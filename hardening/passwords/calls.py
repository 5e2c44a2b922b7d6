"""What an adopted password function does for a wrapped app.

Fails towards the app: where something goes wrong in here, its own function answers with the
arguments that it was given. Argon2id hashes are the exception in every mode, since that
function cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

from werkzeug.exceptions import HTTPException

from hardening.passwords import hasher, missed, pepper
from hardening.passwords.current import state_here
from hardening.passwords.deferred import as_text
from hardening.passwords.gate import BusyError, usual_places
from hardening.passwords.legacy import recognise, work_of
from hardening.passwords.work import compute, note
from hardening.state import NewHash, PasswordCheck, State

if TYPE_CHECKING:
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
    ) -> bool:
        """Return whether `password` fits `stored`, and note it for the throttle and the upgrade.

        Args:
            stored: the first argument that the app gave.
            password: the second one.
            own: calls the app's own function with the arguments that the app gave.
            long_passwords: see `hardening.passwords.legacy.recognise`.
        """
        text = as_text(stored)
        if text is None or not isinstance(password, str | bytes):
            return own()
        charged = self._charge(text, password)
        if charged == "refused":
            return False
        ok: bool | None = None
        try:
            ok = self._answer(text, password, own, long_passwords)
        finally:
            if charged is not None:
                self._settle(charged, ok)
        return ok

    def _answer(
        self, text: str, password: str | bytes, own: Callable[[], bool], long_passwords: bool
    ) -> bool:
        judgement: Judgement | None = None
        try:
            if self.active or text.startswith("$argon2") or pepper.is_sealed(text):
                judgement = self._judge(text, password, long_passwords)
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001  # the module's docstring: fail towards the app
            self._failed(error)
        if judgement is None:
            ok = compute(own, work_of(text, long_passwords=long_passwords))
        else:
            ok = judgement.matched is not None
        try:
            self._note(text, password, ok, judgement)
        except Exception as error:  # noqa: BLE001  # the answer is known, and the app waits for it
            self._failed(error)
        return ok

    def generate(self, password: object, own: Callable[[], Any]) -> Any:
        """Return a new hash: Argon2id where the receiving column fits, else the app's own.

        Args:
            password: the first argument that the app gave.
            own: calls the app's own function with the arguments that the app gave.
        """
        made = None
        try:
            if self.active and self._may_hash(password):
                made = hasher.new_hash(password, hasher.cost_of(self.context))  # type: ignore[arg-type]  # `_may_hash` knows
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
        spoken = password if isinstance(password, str) else password.decode("utf-8", "replace")
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
            self._tell_short(fit)
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

    def _would_do(self, text: str, ok: bool) -> None:
        policy, scheme = self.context.policy, recognise(text)
        if scheme is None or not policy.guards_on("passwords"):
            return
        cost = hasher.cost_of(self.context)
        if hasher.too_costly(text, cost):
            self.context.report("password_hash_refused", "warning", kind=scheme.name)
        elif ok and policy.password_upgrade and hasher.outdated(text, cost):
            self.context.report("password_upgrade_due", kind=scheme.name)

    def _may_hash(self, password: object) -> bool:
        # An empty or overlong password is left to the app's own function and its own error.
        if not isinstance(password, str) or not 0 < len(password) <= hasher.MOST_CHARACTERS:
            return False
        fit = self._fit()
        if fit.short:
            self._tell_short(fit)
        elif not fit.sure:
            self.tell("password_column_unknown", setting="hardening.passwords.hash_password")
        return fit.sure and self._all_adopted()

    def _fit(self) -> columns.Fit:
        # Not the lowest cost of a test suite: its hashes would fit where those to come do not.
        length = hasher.stored_length(hasher.asked_of(self.context))
        from hardening.passwords import columns

        return columns.fit(self.context.app, self.models, length)

    def _tell_short(self, fit: columns.Fit) -> None:
        table, column, length = fit.short[0]
        from hardening.passwords import columns

        advice = columns.advice(table, column)
        self.tell("password_column_short", table=table, column=column, length=length, advice=advice)

    def _all_adopted(self) -> bool:
        """Return whether everything that checks passwords can read an Argon2id hash."""
        places = [str(place) for place in missed.find(verifying=True)]
        if places:
            self.tell("password_check_not_adopted", places=places)
        return not places

    def _failed(self, error: Exception, guard: str = "passwords") -> None:
        self.context.report("guard_failed", "error", guard=guard, error=type(error).__name__)

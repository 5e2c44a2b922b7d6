"""What an adopted password function asks on behalf of a wrapped app.

The answers themselves are in `hardening.passwords.answers`, which is loaded with the first of
them: a process that only starts, or serves pages, needs no hash format.

Fails towards the app: where something goes wrong in here, its own function answers with the
arguments that it was given. Argon2id hashes are the exception in every mode, since that
function cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

from werkzeug.exceptions import HTTPException

from hardening.passwords import pepper
from hardening.passwords.deferred import as_text

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.passwords.answers import Answers


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
        if policy.hash_concurrency:
            return policy.hash_concurrency
        from hardening.passwords.gate import usual_places

        return usual_places(policy.argon2_memory_kib)

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
            ok = self._answers().check(text, password, own, long_passwords, upgrade)
        finally:
            if charged is not None:
                self._settle(charged, ok)
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
        return self._answers().generate(password, own, keep=keep, bytes_too=bytes_too)

    def current(self, stored: str) -> bool:
        """Return whether `stored` is a hash that we would not replace."""
        return self._answers().current(stored)

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
            self.failed(error, "throttle")
            return None

    def _settle(self, charged: Ticket, ok: bool | None) -> None:
        try:
            charged.settle(ok)
        except Exception as error:  # noqa: BLE001  # the answer is known, and the app waits for it
            self.failed(error, "throttle")

    def _answers(self) -> Answers:
        from hardening.passwords.answers import Answers  # late: most processes start with no login

        return Answers(self)

    def failed(self, error: Exception, guard: str = "passwords") -> None:
        """Report an internal failure by its kind only."""
        self.context.report("guard_failed", "error", guard=guard, error=type(error).__name__)

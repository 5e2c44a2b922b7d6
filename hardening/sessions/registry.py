"""The records of who is logged in where: made at login, looked up at use, ended by anybody's say.

Records live in the store, keyed by the SHA-256 of the credential, owned by a MAC of the user's
id, sealed so that nobody can plant one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from flask.json.tag import TaggedJSONSerializer

from hardening.errors import StoreError
from hardening.keys import Keyring, keyring
from hardening.sessions.owed import Debt, Owed
from hardening.sessions.seal import at_rest, owner_of, seal, unseal
from hardening.storage.base import Record

if TYPE_CHECKING:
    from hardening.context import Context
    from hardening.events import Level
    from hardening.sessions.stamps import Stamps

Kind = Literal["session", "remember"]
OnEnd = Callable[["str | int", Sequence[str]], object]

TOKEN_BYTES = 32  # 256 bits: ASVS 7.2.3 asks for 128
TAGGED = "tagged"  # marks a user id that JSON has no form for, such as a UUID or a tuple
_TAGGER = TaggedJSONSerializer()  # what Flask writes the session's own user id with
TOUCH_S = 60  # last-seen is written at most this often: our own


@dataclass(frozen=True, slots=True)
class Login:
    """What is known of one session, or of one remember token."""

    user_id: str | int
    """As Flask-Login keeps it in the session."""
    created: float
    """When the user logged in, in seconds since the epoch."""
    seen: float
    """When it was last used, to the minute."""
    ends: float
    """When it ends whatever happens."""
    family: str
    """Browser family, see `hardening.sessions.binding`."""
    system: str
    """The browser's operating system."""
    network: str | None
    """Where it was last used from."""
    label: str = ""
    """What people call the browser, see `hardening.sessions.label`; empty if it says nothing."""
    prefixed: bool = False
    """Whether its cookie was given a prefixed name, so that the plain one can only be planted."""
    fresh: bool = True
    """Whether the password was typed in this session; the cookie's own word is not taken."""
    active: bool = True
    """Whether the account was active at login; ``login_user(force=True)`` may differ."""
    attribute: str | None = None
    """The user's attribute that `stamp` was made of."""
    stamp: str | None = None
    """The stamp of the password hash; None for users without one."""
    next_stamp: str | None = None
    """That of a re-hash under way, accepted too."""
    process: str | None = None
    """The process whose memory holds the user, where no database does; only it can tell a
    changed password from a hash that every worker salts for itself at import."""
    remember: str | None = None
    """The selector of the remember token that belongs to this session: its family."""
    check: str | None = None
    """Of a remember token: the SHA-256 of its validator."""
    previous: str | None = None
    """That of the validator before, good until `previous_until`."""
    previous_until: float = 0.0
    """When `previous` stops being good."""
    rotated: float = 0.0
    """When the validator was last replaced; 0 for never."""


@dataclass(frozen=True, slots=True)
class Found:
    """A live record and what it says."""

    record: Record
    login: Login

    @property
    def key(self) -> str:
        """The record's key, which names the session to people without letting anybody in."""
        return self.record.key


class Registry:
    """Makes, finds and ends records of one kind for one app.

    Args:
        context: the wrapped app.
        kind: ``session`` or ``remember``.
        expiry: from a login to the time its record may be forgotten.
        lasts_s: how long a record can live at most, in seconds.
        owed: remembers the ends that the store did not take.
    """

    def __init__(
        self,
        context: Context,
        kind: Kind,
        expiry: Callable[[Login], float],
        lasts_s: Callable[[], float],
        owed: Owed,
    ) -> None:
        self._context = context
        self._kind: Kind = kind
        self._expiry = expiry
        self._lasts_s = lasts_s
        self._owed = owed
        owed.writers[kind] = self._write
        self.on_end: list[OnEnd] = []

    def owner(self, user_id: object) -> str:
        """Return the name under which `user_id`'s records are kept."""
        return owner_of(self._context.app, user_id)

    def add(self, key: str, login: Login) -> None:
        """Write a record."""
        record = self._record(key, login)
        if self._owed.debts:
            # A session that was kept when all others ended may be about to move to a new key.
            for debt in self._owed.of(self._kind, record.owner):
                self._write(debt)
                self._owed.settled(debt)
        self._context.store.put(self._kind, record)

    def find(self, key: str, now: float) -> Found | None:
        """Return the live record called `key`; None if there is none or it was not ours."""
        if self._owed.debts:
            self._owed.pay()
            if self._owed.one(self._kind, key) is not None:
                return None
        record = self._context.store.get(self._kind, key, now)
        found = None if record is None else self._read(record)
        return found if found is not None and self._usable(found) else None

    def change(self, found: Found, **changes: object) -> Found | None:
        """Write `changes`, unless the record was ended or changed meanwhile (then None)."""
        login = replace(found.login, **changes)  # type: ignore[arg-type]  # fields of Login
        record = self._record(found.key, login)
        if self._context.store.replace(self._kind, found.record, record):
            return Found(record, login)
        return None

    def end(self, key: str) -> bool:
        """Remove a record; return whether there was one.

        Raises:
            StoreError: it is still there. This process refuses it from now on, and removes it
                when the store takes it.
        """
        now, debt = self._context.now(), self._owed.one(self._kind, key)
        if debt is not None:
            self._write(debt)
            self._owed.settled(debt)
            return True
        try:
            found = self.find(key, now) if self.on_end else None
            ended = self._context.store.delete(self._kind, key)
        except StoreError as error:
            self._owe_one(key, now, error)
            raise
        if ended and found is not None:
            self._tell(found.login.user_id, [key])
        return ended

    def end_soon(self, key: str) -> bool:
        """As `end`, for those who have nobody to tell that it is not everywhere in force yet."""
        try:
            return self.end(key)
        except StoreError:
            return True

    def end_all(self, user_id: object, keep: str | None = None) -> int:
        """Remove every record of a user but the one called `keep`; return how many.

        Raises:
            StoreError: as for `end`.
        """
        now = self._context.now()
        found: list[str] = []
        try:
            if self.on_end:
                found = [one.key for one in self.of(user_id, now) if one.key != keep]
            ended = self._context.store.delete_owned(self._kind, self.owner(user_id), keep)
        except StoreError as error:
            self._owe(error, owner=self.owner(user_id), keep=keep, told=bool(found))
            if found:
                self._tell(user_id, found)
            raise
        if found:
            self._tell(user_id, found)
        return ended

    def of(self, user_id: object, now: float) -> Iterator[Found]:
        """Yield a user's live records."""
        return filter(self._usable, self._all_of(self.owner(user_id), now))

    def _write(self, debt: Debt) -> None:
        """Do what `debt` says, in the store."""
        now = self._context.now()
        if debt.key is not None:
            record = self._context.store.get(self._kind, debt.key, now)
            found = None if record is None else self._read(record)
            meant = [] if found is None else [found]
        else:
            # Not all at once: there may be later ones by now, made by another process.
            meant = [
                one
                for one in self._all_of(debt.owner, now)
                if debt.means(one.key, debt.owner, one.login.created)
            ]
        for one in meant:
            if self._context.store.delete(self._kind, one.key) and not debt.told:
                self._tell(one.login.user_id, [one.key])

    def _owe_one(self, key: str, now: float, error: StoreError) -> None:
        try:
            found = self.find(key, now)
        except StoreError:  # there may be one
            self._owe(error, key=key)
        else:
            if found is not None:
                self._owe(error, key=key, told=True)
                self._tell(found.login.user_id, [key])

    def _owe(
        self,
        error: StoreError,
        key: str | None = None,
        owner: str = "",
        keep: str | None = None,
        told: bool = False,
    ) -> None:
        now = self._context.now()
        debt = Debt(self._kind, key, owner, keep, now, now + self._lasts_s(), told)
        self._owed.add(debt, error)

    def _usable(self, found: Found) -> bool:
        if not self._owed.debts:
            return True
        key, owner, created = found.key, found.record.owner, found.login.created
        mine = self._owed.one(self._kind, key), *self._owed.of(self._kind, owner)
        return not any(debt is not None and debt.means(key, owner, created) for debt in mine)

    def _all_of(self, owner: str, now: float) -> Iterator[Found]:
        for record in self._context.store.owned(self._kind, owner, now):
            found = self._read(record)
            if found is not None:
                yield found

    def _tell(self, user_id: Any, keys: Sequence[str]) -> None:
        for callback in self.on_end:
            try:
                callback(user_id, keys)
            except Exception as error:  # noqa: BLE001  # the app's mistake must not undo the end
                self._context.report("on_revoke_failed", "error", error=type(error).__name__)

    def _record(self, key: str, login: Login) -> Record:
        owner = self.owner(login.user_id)
        fields = asdict(login)
        if not isinstance(login.user_id, str | int):
            fields["user_id"] = {TAGGED: _TAGGER.dumps(login.user_id)}
        value = seal(self._context.app, self._kind, key, owner, fields)
        return Record(key, owner, value, self._expiry(login))

    def _read(self, record: Record) -> Found | None:
        login = _opened(keyring(self._context.app, "record"), self._kind, record)
        if not isinstance(login, Login):
            self._context.report("store_record_refused", login, kind=self._kind)
            return None
        return Found(record, login)


@lru_cache(maxsize=1024)  # about 2 KiB each; the store has said that the record is alive
def _opened(ring: Keyring, kind: Kind, record: Record) -> Login | Level:
    """Return what `record` says, or how bad it is that it says nothing."""
    fields = unseal(ring, kind, record.key, record.owner, record.value)
    if fields is None:
        return "error"
    user_id = fields.get("user_id")
    if isinstance(user_id, dict) and TAGGED in user_id:
        fields["user_id"] = _TAGGER.loads(user_id[TAGGED])
    try:
        return Login(**fields)
    except TypeError:  # written by another version of this package
        return "warning"


class Restamps:
    """Keeps sessions alive over a re-hash; see `Restamp` in the password guard.

    The records accept both hashes while the new one is being written, so no request in between
    is refused, and a write that fails leaves nothing behind that anybody could use.
    """

    def __init__(self, registries: tuple[Registry, ...], stamps: Stamps) -> None:
        self._registries = registries
        self._stamps = stamps

    def prepare(self, user_id: object, old: str, new: str, now: float) -> None:
        """Let every record that fits `old` also fit `new`."""
        stamp = self._stamps.make(user_id, new)
        for registry, found in self._fitting(user_id, old, now):
            registry.change(found, next_stamp=stamp)

    def finish(self, user_id: object, old: str, new: str, written: bool, now: float) -> None:
        """Settle on `new` if it was `written`, else on `old`.

        Both are of the same password, so `old` still fits where `new` was written: an app whose
        database session lives on hands out the user with the hash that it read before.
        """
        for registry, found in self._fitting(user_id, old, now):
            if written:
                changed = self._stamps.make(user_id, new)
                registry.change(found, stamp=changed, next_stamp=found.login.stamp)
            else:
                registry.change(found, next_stamp=None)

    def _fitting(
        self, user_id: object, stored: str, now: float
    ) -> Iterator[tuple[Registry, Found]]:
        for registry in self._registries:
            for found in registry.of(user_id, now):
                stamp = found.login.stamp
                if stamp is not None and self._stamps.fits(stamp, user_id, stored):
                    yield registry, found


def new_token() -> str:
    """Return 256 random bits as text that needs no quoting in a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


__all__ = ["Found", "Login", "Registry", "Restamps", "at_rest", "new_token"]

"""A store on Redis or Valkey, shared by every machine that reaches it.

Layout, with ``{...}`` as the hash tag that decides the slot on a cluster:

- ``{prefix:session}r:<key>`` one record; ``{prefix:session}o:<owner>`` the keys of an owner's
  records, sorted by when they are removed. The same for the other kinds.
- ``{prefix:counters}<key>`` one counter. ``{prefix:about}`` the store's id and birthday.

So everything of one kind lies in one slot. `get` knows only a record's key and must be one
round trip, and `delete_owned` must leave no record of the owner that was there before, however
logins race with it: both at once need the owner's keys in the slot of the records. What that
costs on a cluster is balance, not room for growth that an app could use up: one node answers
about 100,000 look-ups a second. Scripts reach the other kind of key beside those they
declare, always in the slot of those.

The server removes what expired, some time after the app stops accepting it: `now` is the
app's clock, and only differences of it are told to the server.

A failed server is a `StoreError` at once and for the next second without asking it. Clients
belong to one process; a forked one makes its own.
"""

from __future__ import annotations

import os
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis import exceptions

from hardening.errors import StoreError
from hardening.storage import redis_scripts as scripts
from hardening.storage.base import Claim, Grant, Kind, Record, Reservation
from hardening.storage.breaker import Breaker
from hardening.storage.kept_refusals import KeptRefusals
from hardening.storage.redis_client import connect
from hardening.storage.redis_codec import (
    counted,
    pack_claim,
    pack_record,
    pack_time,
    unpack_grant,
    unpack_record,
    unpack_time,
)
from hardening.storage.redis_url import Place

T = TypeVar("T")

_COUNTERS = "counters"
RECORD_SLACK_S = 60 * 60  # kept longer than it counts: clocks differ, and it costs little

# redis-py's error for a cluster it cannot reach is not one of its `RedisError`.
_ERRORS = (exceptions.RedisError, exceptions.RedisClusterException, OSError, ValueError)
_ANSWERS = (exceptions.ResponseError, ValueError)  # a refusal, or what we cannot read
_MOST_SAID = 200  # characters of a server's or the system's own words


class RedisStore:
    """See the module. Asks nothing of the server before its first use.

    Args:
        place: where it is.
        clock: for the pause after a failure; seconds that are never set back.
    """

    name = "redis"
    shared = True

    def __init__(self, place: Place, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        # On a cluster one for each hash tag, since a lost node leaves the others' slots alive.
        self._refusals = KeptRefusals()
        self._breakers = defaultdict[str, Breaker](lambda: Breaker(clock))
        self._client: tuple[int, Any] | None = None  # and the process it belongs to
        self._about: tuple[str, float] | None = None

    def store_id(self) -> str:
        """Return the id that the store was given when it was first used."""
        return self._read_about()[0]

    def created_at(self) -> float:
        """Return when the store was first used."""
        return self._read_about()[1]

    def put(self, kind: Kind, record: Record) -> None:
        """Write a record, replacing one with the same key."""
        self._run(
            kind, scripts.PUT, self._names(kind, record), [self._base(kind), *_written(record)]
        )

    def get(self, kind: Kind, key: str, now: float) -> Record | None:
        """Return the record, or None if there is none or it has expired."""
        name = f"{self._base(kind)}r:{key}"
        record = self._ask(kind, lambda client: _record(key, client.get(name)))
        return record if record is not None and now < record.expires_at else None

    def replace(self, kind: Kind, old: Record, new: Record) -> bool:
        """Write `new` in place of `old` only if the record still holds `old.value`."""
        base = self._base(kind)
        names = [f"{base}r:{old.key}", *self._names(kind, new)]
        return bool(
            self._run(kind, scripts.REPLACE, names, [base, old.key, old.value, *_written(new)])
        )

    def delete(self, kind: Kind, key: str) -> bool:
        """Remove a record; return whether there was one."""
        base = self._base(kind)
        return bool(self._run(kind, scripts.DELETE, [f"{base}r:{key}"], [base, key]))

    def owned(self, kind: Kind, owner: str, now: float) -> list[Record]:
        """Return the live records of `owner`, in the order of their keys."""
        if not owner:
            return []
        base = self._base(kind)
        found = self._run(kind, scripts.OWNED, [f"{base}o:{owner}"], [base, owner], _records)
        return sorted((one for one in found if now < one.expires_at), key=lambda one: one.key)

    def delete_owned(self, kind: Kind, owner: str, keep: str | None = None) -> int:
        """Remove every record of `owner` but the one called `keep`; return how many."""
        if not owner:
            return 0
        base = self._base(kind)
        arguments = [base, owner, "0" if keep is None else "1", keep or ""]
        return int(self._run(kind, scripts.DELETE_OWNED, [f"{base}o:{owner}"], arguments))

    def glance(self, claims: Sequence[Claim], now: float) -> Reservation | None:
        """Return what `reserve` refused the same claims with a moment ago, or None."""
        return self._refusals.get(claims, now)

    def reserve(self, claims: Sequence[Claim], now: float) -> Reservation:
        """Take one unit from every counter, or from none if one of them refuses."""
        if not claims:
            return Reservation(())
        names = [self._counter(claim.key) for claim in claims]
        arguments = [pack_time(now), *(pack_claim(claim) for claim in claims)]
        granted, *answers = self._run(_COUNTERS, scripts.RESERVE, names, arguments)
        if not granted:
            wait, index = answers
            refusal = Reservation((), unpack_time(wait), claims[index - 1].key)
            self._refusals.put(claims, now, refusal)
            return refusal
        return Reservation(
            tuple(unpack_grant(claim.key, raw) for claim, raw in zip(claims, answers, strict=True))
        )

    def refund(self, grants: Sequence[Grant], now: float) -> None:
        """Give units back, each only into the window that it was taken from."""
        if grants:
            names = [self._counter(grant.key) for grant in grants]
            windows = [pack_time(grant.window) for grant in grants]
            self._run(_COUNTERS, scripts.REFUND, names, [pack_time(now), *windows])
            self._refusals.clear()

    def clear(self, keys: Sequence[bytes]) -> None:
        """Forget counters."""
        if keys:
            self._ask(_COUNTERS, lambda client: client.delete(*map(self._counter, keys)))
            self._refusals.clear()

    def counted(self, key: bytes, now: float) -> tuple[int, float]:
        """Return how many units are taken from a counter and when it ends."""
        name = self._counter(key)
        used, expires_at = self._ask(_COUNTERS, lambda client: _counted(client.get(name), now))
        return (used, expires_at) if now < expires_at else (0, now)

    def problems(self) -> list[str]:
        """Return what is wrong with how the server is configured; asks each master once.

        Raises:
            StoreError: it cannot be asked, or this user may not.
        """

        def ask(client: Any) -> list[dict[str, Any]]:
            if self._place.form != "cluster":
                return [client.info("memory")]
            return [client.info("memory", target_nodes=node) for node in client.get_primaries()]

        evicting = {_eviction(one) for one in self._ask("about", ask)} - {""}
        return [
            f"the store's maxmemory-policy is {policy}: a full server ends sessions and lifts "
            "limits; set it to noeviction"
            for policy in sorted(evicting)
        ]

    def close(self) -> None:
        """Let go of this process's connections; a later use opens new ones."""
        owner, client = self._client or (0, None)
        self._client = None
        if client is not None and owner == os.getpid():
            client.close()

    def _base(self, part: str) -> str:
        return f"{{{self._place.prefix}:{part}}}"

    def _counter(self, key: bytes) -> bytes:
        return self._base(_COUNTERS).encode() + key

    def _names(self, kind: Kind, record: Record) -> list[str]:
        base = self._base(kind)
        owned = [f"{base}o:{record.owner}"] if record.owner else []
        return [f"{base}r:{record.key}", *owned]

    def _read_about(self) -> tuple[str, float]:
        about = self._about  # once, as another thread may forget it
        if about is None:
            name = self._base("about")
            mine = f"{secrets.token_hex(4)} {time.time()!r}"

            def ask(client: Any) -> tuple[str, float]:
                client.set(name, mine, nx=True, ex=scripts.MOST_KEPT_S)
                return _about(client.get(name))

            self._about = about = self._ask("about", ask)
        return about

    def _run(
        self,
        part: str,
        script: scripts.Script,
        names: Sequence[str | bytes],
        arguments: Sequence[str | bytes],
        read: Callable[[Any], Any] = lambda answer: answer,
    ) -> Any:
        def run(client: Any) -> Any:
            try:
                answer = client.evalsha(script.sha, len(names), *names, *arguments)
            except exceptions.NoScriptError:  # its first use on this server, or on a new master
                answer = client.eval(script.text, len(names), *names, *arguments)
            return read(answer)

        return self._ask(part, run)

    def _ask(self, part: str, question: Callable[[Any], T]) -> T:
        breaker = self._breakers[part if self._place.form == "cluster" else ""]
        if not breaker.may_try():
            raise StoreError("the Redis store failed a moment ago")
        client = None
        try:
            client = self._mine()
            answer = question(client)
        except _ERRORS as error:
            if isinstance(error, exceptions.ReadOnlyError) or "READONLY" in str(error):
                # Redis before 7 only names it, amid a script's error.
                self._leave(client)
            if isinstance(error, _ANSWERS) and not isinstance(error, exceptions.ClusterError):
                breaker.worked()
            else:
                breaker.failed()
                self._about = None  # whoever answers next may have lost its memory
            raise StoreError(f"the Redis store failed: {self._said(error)}") from error
        breaker.worked()
        return answer

    def _mine(self) -> Any:
        mine = self._client  # once, as another thread may close it
        if mine is None or mine[0] != os.getpid():
            self._client = mine = (os.getpid(), connect(self._place))
        return mine[1]

    def _leave(self, client: Any) -> None:
        """Let go of connections to a replica: a new one may reach the master.

        A master that lost its place keeps the connections of who came by its old address.
        """
        mine = self._client  # once, as another thread may have left already
        if mine is not None and mine[1] is client:
            self._client = None
            if self._place.form != "cluster":  # other threads' go when they have their answers
                client.connection_pool.disconnect(inuse_connections=False)

    def _said(self, error: Exception) -> str:
        text = str(error).partition("<")[0]  # some hold a client, as redis-py prints it
        if isinstance(error, exceptions.ResponseError):
            code = text.partition(" ")[0]  # what follows may repeat the command
            text = code if code.isupper() else ""
        elif not isinstance(error, (exceptions.ConnectionError, exceptions.TimeoutError, OSError)):
            text = ""
        for secret in (self._place.password, self._place.sentinel_password):
            text = text.replace(secret, "***") if secret else text
        return f"{type(error).__name__} {text[:_MOST_SAID]}".strip()


def _written(record: Record) -> tuple[str, str, bytes, str]:
    """Return what the scripts write: key, owner, content, and how long to keep it in ms."""
    left_s = min(max(record.expires_at - time.time(), 0.0), scripts.MOST_KEPT_S)
    return record.key, record.owner, pack_record(record), f"{(left_s + RECORD_SLACK_S) * 1000:.0f}"


def _record(key: str, raw: bytes | None) -> Record | None:
    return None if raw is None else unpack_record(key, raw)


def _records(flat: Sequence[bytes]) -> list[Record]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return [unpack_record(key.decode(), raw) for key, raw in pairs]


def _counted(raw: bytes | None, now: float) -> tuple[int, float]:
    return (0, now) if raw is None else counted(raw)


def _eviction(memory: dict[str, Any]) -> str:
    """Return by which policy a server evicts keys; empty if it never does.

    ``volatile-*`` evicts what expires, and that is everything here.
    """
    policy = str(memory.get("maxmemory_policy", ""))
    return policy if policy != "noeviction" and int(memory.get("maxmemory", 0)) else ""


def _about(raw: bytes | None) -> tuple[str, float]:
    identity, _, created_at = (raw or b"").decode().partition(" ")
    return identity, float(created_at)

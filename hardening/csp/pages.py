"""Which sources occur in the app's own pages, so that a forged report can propose no other.

A few responses of each endpoint are looked at in each process: the first, second, fourth, eighth
and so on, up to the 4096th. Only HTML that is complete and short. What they load is (kind, source)
and waits in this process until a browser reports something to it: only then is it of use, and a
page's own request never pays for the store. There `flask hardening csp` finds it, sealed like all
our records.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

from hardening.errors import StoreError
from hardening.hosts import OwnHosts
from hardening.keys import keyring
from hardening.sessions.seal import seal, unseal
from hardening.storage.base import Record

if TYPE_CHECKING:
    from flask import Request, Response

    from hardening.context import Context
    from hardening.state import State

SOURCES, READ = "csp-source", "csp-read"  # owners of records
MOST_BYTES = 256 * 1024  # of a page; our own, as are the others
MOST_SOURCES = 300
MOST_ENDPOINTS = 2000
MOST_WAITING = 4000
LAST_LOOK = 4096  # responses of one endpoint after which it is not looked at again
KEEP_S = 30 * 24 * 60 * 60  # 30 days, in seconds
KNOWN_S = 60.0  # how long what other processes found may be out of date, in seconds

Found = frozenset[tuple[str, str]]


class Pages:
    """What the app's own pages load.

    Args:
        context: the wrapped app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._hosts = OwnHosts(context)
        self._seen: dict[str, int] = {}
        self._written: set[str] = set()
        self._waiting: set[tuple[str, str, str]] = set()
        self._known: Found = frozenset()
        self._known_until = float("-inf")

    def look(self, request: Request, state: State, response: Response) -> None:
        """Note what `response` loads, if it is one of those that are looked at."""
        endpoint = request.endpoint or ""
        count = self._seen.get(endpoint, 0) + 1
        if count > LAST_LOOK or (count == 1 and len(self._seen) >= MOST_ENDPOINTS):
            return
        self._seen[endpoint] = count
        if count & (count - 1) or self._context.under_test(state.client):
            return
        text = _html(response)
        if text is None or not self._context.app.config.get("SECRET_KEY"):
            return
        from hardening.csp.markup import loads  # late: a process that starts reads no page

        scheme = "http" if state.client.https is False else "https"
        own = self._hosts.seen(request.environ, state.client)
        found = {(SOURCES, kind, source) for kind, source in loads(text, scheme, own)}
        if len(self._waiting) + len(found) < MOST_WAITING:
            self._waiting |= {(READ, "endpoint", endpoint), *found}

    def flush(self) -> None:
        """Write down what was seen since the last time.

        Raises:
            StoreError: the store cannot be asked; nothing is lost.
        """
        while self._waiting:
            try:
                one = self._waiting.pop()
            except KeyError:  # another thread took the last
                return
            try:
                self._write(*one)
            except StoreError:
                self._waiting.add(one)
                raise

    def known(self) -> Found:
        """Return every (kind, source) that was seen, at most a minute late.

        Raises:
            StoreError: the store cannot be asked.
        """
        now = self._context.now()
        if not self._known_until - KNOWN_S <= now < self._known_until:
            self._known = frozenset(self._read(SOURCES))
            self._known_until = now + KNOWN_S
        return self._known

    def endpoints(self) -> list[str]:
        """Return the endpoints whose pages were looked at.

        Raises:
            StoreError: the store cannot be asked.
        """
        return sorted(what for _, what in self._read(READ))

    def _write(self, owner: str, kind: str, what: str) -> None:
        key = _key(owner, kind, what)
        if key in self._written:
            return
        context = self._context
        now = context.now()
        known = self.known() if owner == SOURCES else frozenset()
        if len(known) >= MOST_SOURCES and (kind, what) not in known:
            return
        value = seal(context.app, "setting", key, owner, {"kind": kind, "what": what})
        context.store.put("setting", Record(key, owner, value, now + KEEP_S))
        self._written.add(key)
        if owner == SOURCES:
            self._known |= {(kind, what)}

    def _read(self, owner: str) -> list[tuple[str, str]]:
        context = self._context
        ring = keyring(context.app, "record")
        found = []
        for record in context.store.owned("setting", owner, context.now()):
            fields = unseal(ring, "setting", record.key, owner, record.value)
            if fields is not None:
                found.append((str(fields["kind"]), str(fields["what"])))
        return found


def _key(owner: str, kind: str, what: str) -> str:
    return f"{owner}:{sha256(f'{kind} {what}'.encode()).hexdigest()[:32]}"


def _html(response: Response) -> str | None:
    """Return the page in `response`; None if it is none, or too long, or still to be made."""
    if response.mimetype not in ("text/html", "application/xhtml+xml"):
        return None
    if response.direct_passthrough or response.is_streamed:
        return None
    parts = response.response
    if not isinstance(parts, list | tuple) or sum(map(len, parts)) > MOST_BYTES:
        return None
    body = response.get_data()
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding in ("gzip", "deflate"):
        try:  # 32: zlib tells gzip and deflate apart by itself
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MOST_BYTES)
        except zlib.error:
            return None
    elif encoding != "identity":
        return None
    return body.decode("utf-8", "replace")

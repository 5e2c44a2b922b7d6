"""Refuses at the door: logins over their limit, before Flask looks at them.

Most of what a refused login costs is Flask's own: contexts, signals, routing, a response. So the
first one of its kind goes through all of that, and what came out is kept for a second: status and
headers. Until then the next request of the same shape is answered with them at once, if the
throttle would refuse it. Each is looked at by itself: whom it names, where it comes from, how
long it has to wait; its event is the same.

The shape is everything that the answer depends on besides. A request that brings more than a
name and a password (a cookie of ours, credentials, a query) goes on to Flask, and so does every
one where the app has a say in the answer (`hardening.hooks.silence`). Whatever goes on has its
body whole. Fails towards Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_login import COOKIE_NAME
from werkzeug.wsgi import ClosingIterator

from hardening.client import ClientReader
from hardening.events import is_heard
from hardening.hooks.silence import is_silent
from hardening.logins.devices import COOKIE as KNOWN_DEVICE
from hardening.logins.glance import REFUSED
from hardening.logins.identify import READ_WHOLE
from hardening.logins.page import body_of, wants_json
from hardening.logins.refusals import LOGIN
from hardening.origin import OVERRIDES, OWN_SITES
from hardening.sign_on import COOKIE as SIGN_ON
from hardening.state import ENVIRON_KEY, LATE_KEY, State

if TYPE_CHECKING:
    from hardening.client import Client
    from hardening.context import Context
    from hardening.pipeline import Pipeline

KEPT_S = 1.0  # seconds: our own; so long may what the app is or does be out of date
MOST_KEPT = 64  # shapes: of 3 KiB each, as a client may choose what is in them
LONGEST_SHAPE = 1024  # characters that a client chooses
MOST_BODY_BYTES = 4096  # a login has a few hundred; a larger one is read as it comes

Headers = list[tuple[str, str]]
Wsgi = Callable[..., Iterable[bytes]]

_FILLED = ("retry-after", "content-length")
# Each changes what is done with a request; a login in a browser sends none of them.
_STRANGE = frozenset(
    [
        "HTTP_AUTHORIZATION",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_UPGRADE",
        "HTTP_CONTENT_ENCODING",
        "werkzeug.debug.preserve_context",  # a test client looks at the request afterwards
        *OVERRIDES,
    ]
)


class Answer(NamedTuple):
    """What a refused request is answered."""

    status: str
    headers: Headers
    body: bytes


class _Kept(NamedTuple):
    """The answer to one shape, but for how long to wait."""

    until: float
    found: Answer
    """What one request got; the places of two headers are filled in anew."""
    retry_at: int
    length_at: int
    as_json: bool
    endpoint: str


class Door:
    """See the module. One for each app.

    Args:
        context: the wrapped app.
        pipeline: its guards.
    """

    def __init__(self, context: Context, pipeline: Pipeline) -> None:
        self._context = context
        self._app = context.app
        self._pipeline = pipeline
        self._glance = pipeline.throttle.glance
        self._clients = ClientReader(context.policy.trusted_proxies)
        self._kept: dict[tuple[object, ...], _Kept] = {}
        self._on = context.enforcing and context.policy.guards_on("throttle")
        self._judged = (float("-inf"), False)

    def post(self, environ: dict[str, Any], start_response: Any, wsgi_app: Wsgi) -> Iterable[bytes]:
        """Answer a POST: refuse it here, or let `wsgi_app` answer and learn from that."""
        if self._kept:
            answer = self._pipeline.guarded("throttle", lambda: self._refuse(environ))
            if answer is not None:
                start_response(answer.status, answer.headers)
                return (answer.body,)
        late: Headers = []
        environ[LATE_KEY] = late
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *error: Any) -> Any:
            started[:] = ((status, headers + late),)
            return start_response(*started[0], *error)

        result = wsgi_app(environ, start)
        state = environ.get(ENVIRON_KEY)
        if not isinstance(state, State) or REFUSED not in state.notes or not self._learns(wsgi_app):
            return result
        parts = list(result)  # one, as the refusal's body is
        found = Answer(*started[0], b"".join(parts))
        self._pipeline.guarded("throttle", lambda: self._learn(environ, state, found))
        return ClosingIterator(parts, getattr(result, "close", None))

    def _refuse(self, environ: dict[str, Any]) -> Answer | None:
        client = self._clients.read(environ)
        shape = self._shape(environ, client)
        kept = None if shape is None else self._kept.get(shape)
        if kept is None or not kept.until - KEPT_S <= self._context.now() < kept.until:
            return None
        body = self._body(environ)
        if body is None:
            return None
        refused = self._glance.refused(client, _kind(environ), body, kept.endpoint)
        if refused is None or is_heard(self._app, refused.event):  # they may look at the request
            return None
        self._context.report(refused.event, "warning", **refused.details)
        answer = body_of(LOGIN, refused.retry_s, as_json=kept.as_json).encode()
        headers = kept.found.headers.copy()
        headers[kept.retry_at] = "Retry-After", str(refused.retry_s)
        headers[kept.length_at] = "Content-Length", str(len(answer))
        return Answer(kept.found.status, headers, answer)

    def _shape(self, environ: dict[str, Any], client: Client) -> tuple[object, ...] | None:
        """Return everything that an answer depends on besides who is named; None: go on."""
        if environ.get("QUERY_STRING") or not _STRANGE.isdisjoint(environ):
            return None
        cookies = environ.get("HTTP_COOKIE")
        if cookies and self._has_ours(cookies):
            return None
        get = environ.get
        site, origin = get("HTTP_SEC_FETCH_SITE"), get("HTTP_ORIGIN")
        # Anything else is for the guards `cross_site` to judge, by more than this.
        if site not in OWN_SITES and (site is not None or origin is not None):
            return None
        if origin is not None and client.https is False:
            return None
        return (
            get("PATH_INFO"),
            get("SCRIPT_NAME"),
            get("HTTP_HOST"),
            get("HTTP_X_FORWARDED_HOST"),
            get("HTTP_ACCEPT"),
            get("CONTENT_TYPE"),
            get("wsgi.url_scheme"),
            get("SERVER_NAME"),
            get("SERVER_PORT"),
            client.https,
            client.local,
            client.proxy,
            bool(client.network),
            bool(cookies),
        )

    def _has_ours(self, cookies: str) -> bool:
        config = self._app.config
        return (
            KNOWN_DEVICE in cookies
            or SIGN_ON in cookies
            or config["SESSION_COOKIE_NAME"] in cookies
            or config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in cookies
        )

    def _body(self, environ: dict[str, Any]) -> bytes | None:
        """Return the whole body, and put it back; None where that is not to be had."""
        length = environ.get("CONTENT_LENGTH", "")
        most = self._app.config["MAX_CONTENT_LENGTH"]
        if not (length.isascii() and length.isdigit() and len(length) < 6):
            return None
        size = int(length)
        if size > MOST_BODY_BYTES or (most is not None and size > most):
            return None
        stream = environ["wsgi.input"]
        parts = b""
        try:
            while len(parts) < size and (part := stream.read(size - len(parts))):
                parts += part
        except Exception as error:  # noqa: BLE001  # the server's; whoever reads on meets it again
            environ["wsgi.input"] = _Broken(parts, error)
            return None
        environ["wsgi.input"] = BytesIO(parts)
        return parts if len(parts) == size else None

    def _learns(self, wsgi_app: Wsgi) -> bool:
        """Return whether an answer may be kept; judged anew every second."""
        now = self._context.now()
        judged_at, silent = self._judged
        if not self._on or not judged_at <= now < judged_at + KEPT_S:
            silent = self._on and bool(
                self._pipeline.guarded("throttle", lambda: is_silent(self._app, wsgi_app))
            )
            self._judged = now, silent
        return silent

    def _learn(self, environ: dict[str, Any], state: State, found: Answer) -> None:
        """Keep what a refused request was answered, if the next of its shape gets the same."""
        shape = self._shape(environ, state.client)
        if shape is None or _kind(environ) not in READ_WHOLE:
            return
        if sum(len(part) for part in shape if isinstance(part, str)) > LONGEST_SHAPE:
            return
        names = [name.lower() for name, _ in found.headers]
        if "set-cookie" in names or not all(names.count(name) == 1 for name in _FILLED):
            return
        retry_at, length_at = map(names.index, _FILLED)
        retry_after = found.headers[retry_at][1]
        if not retry_after.isdigit():
            return
        as_json = wants_json(environ)
        if found.body != body_of(LOGIN, int(retry_after), as_json=as_json).encode():
            return
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        until = self._context.now() + KEPT_S
        self._kept[shape] = _Kept(until, found, retry_at, length_at, as_json, state.notes[REFUSED])


def _kind(environ: dict[str, Any]) -> str:
    """Return the type of the body, without parameters."""
    kind: str = environ.get("CONTENT_TYPE") or ""
    return kind.partition(";")[0].strip().lower()


class _Broken:
    """A body whose connection has failed, for who reads it next."""

    def __init__(self, start: bytes, error: Exception) -> None:
        self._start = BytesIO(start)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        """Return what there is, then raise as the server did."""
        part = self._start.read(size)
        if part:
            return part
        raise self._error

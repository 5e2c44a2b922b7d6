"""`Hardening`: wraps an existing Flask-Login app, and what the app may then ask of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakSet

from flask import Flask, has_app_context
from flask import current_app as flask_current_app

from hardening import storage
from hardening.context import Context
from hardening.errors import ConfigurationError, HardeningError
from hardening.header_plan import Csp, FrameOptions, ViewHeaders, view_headers
from hardening.hooks import Hooks
from hardening.logins.marks import Mark, Marks
from hardening.operations import Logins, Sessions
from hardening.passwords.adopt import adopt
from hardening.pipeline import Pipeline
from hardening.policy import GUARDS, MODES, Guard, Mode, Policy

if TYPE_CHECKING:
    from flask_limiter import Limiter

    from hardening.storage.base import Store

View = TypeVar("View", bound=Callable[..., Any])

NAME = "hardening"  # the key in ``app.extensions``
WRAPPED = "hardening.wrapped"  # likewise


@dataclass(slots=True, eq=False, repr=False)
class Wrapped:
    """One app and what protects it."""

    context: Context
    pipeline: Pipeline
    exempt: dict[object, frozenset[str]] = field(default_factory=dict)
    limiter: Limiter | None = None


class Hardening:
    """The wrapper, as a Flask extension.

    Args:
        app: wrapped at once if given; otherwise call `init_app`.
        policy: the settings; None: the app's configuration, else the defaults.
        store: where sessions and counters live: None (a SQLite file in the instance folder),
            ``"memory://"``, ``"sqlite:///path"``, the URL of a Redis or Valkey store, or a store
            of your own. See docs/stores.md.
        mode: ``enforce``, ``observe`` (decide and log only) or ``off``. ``HARDENING_MODE`` in
            the environment comes first: it is the kill switch.

    Raises:
        ConfigurationError: a setting is unknown or refused, no store can be opened, or the app
            is wrapped already.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        policy: Policy | None = None,
        store: str | Store | None = None,
        mode: Mode | None = None,
    ) -> None:
        self._policy = policy
        self._store = store
        self._mode = mode
        # What belongs to an app hangs on the app, so that it can be collected with it.
        self._apps: WeakSet[Flask] = WeakSet()
        self._exempted: dict[object, frozenset[str]] = {}
        self._views: dict[object, ViewHeaders] = {}
        self._marks = Marks()
        self.sessions = Sessions(self)
        self.logins = Logins(self)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Wrap `app`, before or after its other extensions.

        Raises:
            ConfigurationError: as for the class.
        """
        if NAME in app.extensions:
            raise ConfigurationError("harden", f"the app {app.name!r} is wrapped already")
        if not isinstance(app, Flask):
            raise ConfigurationError("app", f"a {type(app).__name__} is no Flask app")
        mode = _mode(self._mode, app)
        policy = self._policy
        if policy is not None and not isinstance(policy, Policy):
            raise ConfigurationError("policy", f"a {type(policy).__name__} is no Policy")
        policy = Policy.from_config(app.config, policy)
        spec = self._store if self._store is not None else app.config.get("HARDENING_STORE")
        if mode != "off":
            storage.check(spec, app_name=app.name, instance_path=app.instance_path)
        context = Context(app, policy, mode, _opener(app, spec))
        wrapped = Wrapped(context, Pipeline(context), dict(self._exempted))
        wrapped.pipeline.sessions.registry.on_end = self.sessions.callbacks
        wrapped.pipeline.headers.views = self._views
        wrapped.pipeline.endpoints.marks = self._marks
        if policy.csp_nonce:
            from hardening.hooks.templates import offer_nonce

            offer_nonce(app)  # in every mode: the templates that ask for it are there
        if mode != "off":
            Hooks(context, wrapped.pipeline, wrapped.exempt).install()
        if mode == "off" or not policy.guards_on("cookies"):
            from hardening.hooks.cleaner import Cleaner

            Cleaner(app).install()
        # In every mode: the throttle counts what the checks answer, and with the guard or the
        # whole wrapper switched off, hashes that were upgraded before must go on opening.
        calls = adopt(context)
        if mode != "off" and policy.guards_on("throttle"):
            calls.charges = wrapped.pipeline.throttle.checks
        app.extensions[WRAPPED] = wrapped
        self._apps.add(app)
        app.extensions[NAME] = self

    @property
    def policy(self) -> Policy:
        """The settings in force for the current app."""
        return self.wrapped().context.policy

    @property
    def mode(self) -> Mode:
        """The mode in force for the current app."""
        return self.wrapped().context.mode

    @property
    def limiter(self) -> Limiter:
        """A Flask-Limiter on the same store, to decorate views of the app's own with."""
        from hardening.logins.limiter import make_limiter

        wrapped = self.wrapped()
        if wrapped.limiter is None:
            wrapped.limiter = make_limiter(wrapped.context)
        return wrapped.limiter

    def exempt(self, view: View, *guards: Guard) -> View:
        """Switch guards off for one view; returns the view, so that it can be a decorator's body.

        Args:
            view: the view function, or its endpoint's name.
            guards: names of guards, such as ``"cross_site"``.

        Raises:
            ConfigurationError: no guard, or one that does not exist.
        """
        if not guards or not set(guards) <= set(GUARDS):
            raise ConfigurationError("exempt", f"{guards!r} are not guards", GUARDS)
        found = self._exempted.get(view, frozenset()) | frozenset(guards)
        self._exempted[view] = found  # for apps that are wrapped later, as in the factory form
        for app in self._apps:
            wrapped: Wrapped = app.extensions[WRAPPED]
            wrapped.exempt[view] = found
        return view

    def headers(
        self,
        view: View | str | None = None,
        *,
        csp: Csp | None = None,
        csp_policy: Mapping[str, str | Sequence[str] | None] | None = None,
        frame_options: FrameOptions | None = None,
    ) -> Any:
        """Give one view headers that differ from the app's; what is left out stays as it is.

        A header that the view sets itself wins over both. May be called before `init_app`.

        Args:
            view: the view function, or its endpoint's name; None: returns a decorator, to be
                written below ``@app.route``.
            csp: ``enforce``, ``report-only`` or ``off``.
            csp_policy: directives to change, as the setting of that name.
            frame_options: who may show the view in a frame: ``DENY`` (nobody), ``SAMEORIGIN``, or
                ``off`` (everybody). ``frame-ancestors`` follows, unless `csp_policy` has it.

        Returns:
            `view`, or the decorator.

        Raises:
            ConfigurationError: a value is refused.
        """
        own = view_headers(csp, csp_policy, frame_options)

        def put(found: View | str) -> View | str:
            self._views[found] = own
            return found

        return put if view is None else put(view)

    def login_view(self, view: Any = None, *, kind: Mark = "login") -> Any:
        """Say what a view is for where detection does not find out, or is wrong.

        What is said here comes before everything that is found, `Policy.login_endpoints`
        included. ``flask hardening routes`` shows it. May be called before `init_app`.

        Args:
            view: the view function, its class, or its endpoint's name; None: returns a decorator,
                to be written below ``@app.route``.
            kind: ``login``, ``logout``, ``register``, ``reset``, ``reauth`` (asks somebody who is
                logged in for the password again), ``code`` (takes a short code, such as of a
                second factor), or ``none`` of these.

        Returns:
            `view`, or the decorator.

        Raises:
            ConfigurationError: there is no such kind.
        """

        def put(found: Any) -> Any:
            self._marks.put(found, kind)
            return found

        if view is None:
            self._marks.check(kind)
            return put
        return put(view)

    def wrapped(self) -> Wrapped:
        """Return the current app's guards; outside an app context, those of the only app.

        Raises:
            HardeningError: neither tells which app is meant.
        """
        if has_app_context():
            found = flask_current_app.extensions
            if found.get(NAME) is self:
                return cast(Wrapped, found[WRAPPED])
        if len(self._apps) == 1:
            return cast(Wrapped, next(iter(self._apps)).extensions[WRAPPED])
        raise HardeningError("push an app context: it is not clear which app is meant")


def harden(
    app: Flask,
    *,
    policy: Policy | None = None,
    store: str | Store | None = None,
    mode: Mode | None = None,
) -> Hardening:
    """Wrap `app` and return its `Hardening`; see there for the arguments and errors."""
    return Hardening(app, policy=policy, store=store, mode=mode)


def _mode(argument: object, app: Flask) -> Mode:
    environment = os.environ.get("HARDENING_MODE")
    mode = environment or argument or app.config.get("HARDENING_MODE") or "enforce"
    if mode not in MODES:
        key = "HARDENING_MODE" if environment or not argument else "mode"
        raise ConfigurationError(key, f"{mode!r} is not accepted", map(repr, MODES))
    return mode


def _opener(app: Flask, spec: str | Store | None) -> Callable[[], Store]:
    """Return what opens the store once, at its first use: by then `app.testing` is settled."""
    opened: list[Store] = []
    lock = Lock()

    def open_once() -> Store:
        if not opened:
            with lock:
                if not opened:
                    opened.append(
                        storage.open_store(
                            spec,
                            app_name=app.name,
                            instance_path=app.instance_path,
                            testing=app.testing,
                        )
                    )
        return opened[0]

    return open_once

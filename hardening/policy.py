"""Every setting: its name, kind, unit, default, source, and what is refused.

A setting comes from the argument ``Policy(name=value)``, else from the app's configuration as
``HARDENING_<NAME>``, else from the default here. Values are judged once, when the policy is
made; the request path reads attributes and decides nothing about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import wraps
from typing import Any, Literal, Self

from hardening import settings
from hardening.errors import ConfigurationError

__all__ = ["GUARDS", "MODES", "Guard", "Mode", "Policy"]

Mode = Literal["enforce", "observe", "off"]
MODES: tuple[Mode, ...] = ("enforce", "observe", "off")

Guard = Literal[
    "transport",
    "cross_site",
    "redirects",
    "cookies",
    "sessions",
    "remember",
    "throttle",
    "timing",
    "passwords",
    "headers",
    "cache",
]
GUARDS: tuple[Guard, ...] = Guard.__args__  # type: ignore[attr-defined]  # typing has no accessor

CONFIG_PREFIX = "HARDENING_"
# Keys of the same prefix that are arguments of `harden` rather than settings of the policy.
NOT_SETTINGS = frozenset({"HARDENING_MODE", "HARDENING_STORE"})


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the wrapper enforces. Immutable; every value is checked when it is made.

    Raises:
        ConfigurationError: an unknown name, a wrong kind, or a value out of range.
    """

    trusted_proxies: int | tuple[str, ...] | None = None
    """Proxies in front of the app: how many, or their networks. None: none is declared."""
    trusted_hosts: tuple[str, ...] = ()
    """Host names the app is served under; a request for another is refused. Empty: Flask's
    ``TRUSTED_HOSTS`` or ``SERVER_NAME``."""
    trusted_origins: tuple[str, ...] = ()
    """Other origins that may send unsafe requests, such as ``https://app.example``."""
    redirect_hosts: tuple[str, ...] = ()
    """Other hosts that a redirect may lead to when its target came from the request."""
    https: bool = True
    """Redirect http GETs to https and refuse unsafe methods over http."""
    hsts: Literal["ramp", "strict", "preload", "off"] | int = "ramp"
    """``ramp``: 300 s, 1 day, 30 days, then 1 year after the first start (our own; ASVS 3.4.1
    asks for a year). ``strict``: 1 year with includeSubDomains. A number: that many seconds."""
    csp: Literal["report-only", "enforce", "off"] = "report-only"
    """Content-Security-Policy (ASVS 3.4.3); report-only so that no page of the app breaks."""
    csp_policy: Mapping[str, str | Sequence[str] | None] | None = None
    """Directives that replace those of the default policy, such as ``{"img-src": "'self' data:"}``;
    None as sources leaves a directive out. None: the default policy (ASVS 3.4.3, 3.4.6)."""
    csp_nonce: bool = False
    """Whether templates have ``csp_nonce()``, and scripts and styles that carry it may run."""
    clear_site_data: bool = False
    """Whether a logout over https tells the browser to forget the site's cache, cookies and
    storage (ASVS 14.3.1). Off: it can take seconds, and a known device is forgotten too."""
    weak_secret_key: Literal["refuse", "warn"] = "refuse"  # noqa: S105  # a choice, not a secret
    """What happens to logins when SECRET_KEY is published, short or predictable."""
    session_idle_s: int = 60 * 60  # 1 hour: NIST SP 800-63B-4 AAL2
    """Seconds without a request after which a session ends."""
    session_absolute_s: int = 24 * 60 * 60  # 24 hours: NIST SP 800-63B-4 AAL2
    """Seconds after login at which a session ends."""
    session_limit: int | None = None
    """Sessions that one user may have at once. None: no limit."""
    session_limit_action: Literal["evict", "refuse"] = "evict"
    """Over ``session_limit``: the user's oldest session ends, or the new login does not count."""
    binding: Literal["off", "basic", "strong", "strict"] = "strong"
    """``strong``: another browser family or system ends the session, another address makes it
    un-fresh. ``strict``: another IPv4 /24 or IPv6 /64 ends it too. ``basic``: only un-fresh."""
    remember_s: int = 30 * 24 * 60 * 60  # 30 days, in seconds: our own
    """Seconds after which a remember cookie is refused, whatever its own expiry says."""
    adopt_until: date | None = None
    """Until when logins from before the wrap get a record instead of being refused. None: never.
    Needs a strong key and a store that is at least an hour old, as observe mode makes it."""
    login_endpoints: tuple[str, ...] = ()
    """Flask endpoints that check a password; empty: found by looking at the app."""
    identifier_fields: tuple[str, ...] = ()
    """Names of form or JSON fields that say who logs in; empty: the usual names."""
    limit_pair: str = "5/minute;20/hour"
    """Attempts for one account from one address (Devise, Rails; OWASP Authentication)."""
    limit_account: str = "10/5minute"
    """Attempts for one account before growing delays begin (PyPI)."""
    limit_address: str = "20/minute;100/hour"
    """Attempts from one address, /64 for IPv6 (our own)."""
    known_device: bool = True
    """Whether a browser that logged in before has a budget of its own for that account."""
    password_attribute: str | None = None
    """The user's attribute that holds the password hash. None: found by its value."""
    password_upgrade: bool = True
    """Whether old hashes become Argon2id when their password is verified."""
    password_writer: Callable[[Any, str, str], bool] | None = None
    """Stores an upgraded hash where nothing else can: called with the user, the old and the new
    hash, it replaces the one by the other and returns whether it did. None: found by itself."""
    password_formats: tuple[str, ...] = ()
    """Stored passwords that their text does not give away, such as ``hex-md5:password`` or
    ``plaintext``: the notation is in docs/passwords.md. Needs ``password_attribute``. Other formats
    are known without this."""
    argon2_memory_kib: int = 19456  # 19 MiB: OWASP Password Storage
    """Argon2id memory in KiB."""
    argon2_time: int = 2  # OWASP Password Storage
    """Argon2id passes."""
    argon2_lanes: int = 1  # OWASP Password Storage
    """Argon2id lanes."""
    pepper_file: str | None = None
    """A file with the keys that encrypt stored hashes (docs/passwords.md). None: what the
    environment variable ``HARDENING_PEPPER_FILE`` or ``HARDENING_PEPPER`` says, else no pepper."""
    password_length: int = 15  # NIST SP 800-63B-4
    """Characters that `hardening.passwords.policy` asks for where the password is the only
    factor."""
    password_length_second_factor: int = 8  # NIST SP 800-63B-4; ASVS 6.2.1
    """The same beside a second factor."""
    hash_concurrency: int | None = None
    """Password hashes that one process computes at once; more wait, then get 503. None: as many
    as it has cores, at least 2, in at most a quarter of the memory (our own)."""
    guards: Mapping[Guard, bool] | None = None
    """Guards to switch: ``{"cache": False}``, or the names of those to switch off."""

    def __post_init__(self) -> None:
        for name, check in settings.CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        object.__setattr__(self, "guards", settings.switches("guards", self.guards, GUARDS))
        settings.check_session_times(self.session_idle_s, self.session_absolute_s)
        settings.check_password_formats(self.password_formats, self.password_attribute)
        settings.check_argon2(self.argon2_memory_kib, self.argon2_time)

    def guards_on(self, guard: Guard) -> bool:
        """Return whether `guard` is switched on."""
        return self.guards is None or self.guards.get(guard, True)

    @classmethod
    def strict(cls, **changes: Any) -> Self:
        """Return the preset for a careful shop; `changes` override it.

        Sessions end after 30 minutes idle and 12 hours (NIST SP 800-63B-4), HSTS starts at one
        year with its subdomains (ASVS 3.4.1, level 2), and the content policy is enforced.
        """
        preset: dict[str, Any] = {
            "session_idle_s": 30 * 60,
            "session_absolute_s": 12 * 60 * 60,
            "hsts": "strict",
            "csp": "enforce",
        }
        return cls(**(preset | changes))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], given: Policy | None = None) -> Policy:
        """Return `given` with what it leaves at the default taken from `config`.

        Args:
            config: the app's configuration; only keys that start with ``HARDENING_`` are read.
            given: the policy that the caller passed.

        Raises:
            ConfigurationError: a key that is no setting, or a refused value.
        """
        base = given if given is not None else cls()
        defaults = {field.name: field.default for field in fields(cls)}
        found: dict[str, Any] = {}
        for key in sorted(config):
            if not key.startswith(CONFIG_PREFIX) or key in NOT_SETTINGS:
                continue
            name = key.removeprefix(CONFIG_PREFIX).lower()
            if name not in defaults:
                choices = (CONFIG_PREFIX + known.upper() for known in sorted(defaults))
                raise ConfigurationError(key, "is not a setting", choices)
            if given is None or getattr(base, name) == getattr(_DEFAULT, name):
                found[name] = config[key]
        try:
            return replace(base, **found) if found else base
        except ConfigurationError as error:
            raise error.under(CONFIG_PREFIX) from None


def policy_names() -> tuple[str, ...]:
    """Return the names of all settings, in the order of their definition."""
    return tuple(field.name for field in fields(Policy))


def _refuse_unknown(init: Callable[..., None]) -> Callable[..., None]:
    """Return `init` that answers an unknown name with the choices instead of a TypeError."""

    @wraps(init)
    def checked(self: Policy, **values: Any) -> None:
        for name in values:
            if name not in policy_names():
                raise ConfigurationError(name, "is not a setting", policy_names())
        init(self, **values)

    return checked


Policy.__init__ = _refuse_unknown(Policy.__init__)  # type: ignore[method-assign]  # same signature
_DEFAULT = Policy()

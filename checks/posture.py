"""Which protections the app has, where each is configured, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable

from checks.environments import elsewhere, worth
from checks.facts.source import Spot
from checks.finding import Protection
from checks.keys.refused import refused_keys
from checks.passwords.compares import Compares
from checks.passwords.fast import Fast
from checks.passwords.stores import Stores
from checks.passwords.study import study
from checks.project import Project, Site
from checks.project.hashing import LAST_NAMES, hasher, is_verifier
from checks.project.limits import limits_of
from checks.project.switches import runs_by_default

State = tuple[str, str]


def posture(project: Project) -> tuple[Protection, ...]:
    """Return one row for each protection, over all apps that are no tests or examples.

    A protection that only some of the apps have counts as absent: the row names those without.
    """
    sites = project.app_sites or project.sites
    rows = []
    for name in sorted(_ROWS):
        if not sites:
            rows.append(Protection(name, "undecided", "no Flask app was found"))
            continue
        states = [(site, *_ROWS[name](project, site)) for site in sites]
        worst = min(states, key=lambda item: _RANK[item[1]])
        evidence = worst[2] if len(states) == 1 else f"{worst[0].anchor.path}: {worst[2]}"
        rows.append(Protection(name, worst[1], evidence))  # type: ignore[arg-type]  # a state
    return tuple(rows)


_RANK = {"absent": 0, "undecided": 1, "present": 2}


def _at(spot: Spot) -> str:
    return f"{spot.path}:{spot.line}"


def _by_harden(project: Project, site: Site, guard: str) -> State | None:
    wrapped = project.wrapped(site)
    if wrapped is None or guard in wrapped.guards_off:
        return None
    state = "undecided" if wrapped.mode == "unknown" else "present"
    return state, f"harden, {_at(wrapped.extension.spot)}"


def _extension(project: Project, site: Site, *names: str) -> State | None:
    found: State | None = None
    for extension in project.initialised(site, *names):
        told = f"{extension.name}, {_at(extension.spot)}"
        if runs_by_default(extension.built, extension.scope, site, project):
            return "present", told
        found = "absent", f"off by default: {told}"
    return found


def _https(project: Project, site: Site) -> State:
    if project.options.https == "proxy":
        return "present", "the proxy, by the setting https"
    found = _by_harden(project, site, "transport") or _extension(
        project, site, "talisman", "sslify"
    )
    return found or ("absent", "looked for harden, Talisman, SSLify and a redirect")


def _secret_key(project: Project, site: Site) -> State:
    settings = project.configuration(site).production("SECRET_KEY")
    others = elsewhere(project, site, "SECRET_KEY")
    for setting in settings:
        told = setting.value.kind in ("literal", "fallback")
        if told and setting.value.value not in refused_keys(project):
            return "absent", f"a literal in the sources, {_at(setting.spot)}{others}"
    for setting in settings:
        if setting.value.kind in ("environment", "unknown"):
            return "present", f"{setting.via}, {_at(setting.spot)}{others}"
    for loader in project.configuration(site).unknown_sources():
        return "undecided", f"perhaps by {loader.method}, {_at(loader.spot)}"
    for setting in settings:
        if setting.value.kind == "generated":
            return "absent", f"every process makes its own, {_at(setting.spot)}{others}"
        return "undecided", f"the app does not start with what is set, {_at(setting.spot)}{others}"
    return "absent", "nothing sets SECRET_KEY"


def _cookie(key: str) -> Callable[[Project, Site], State]:
    guard = "cookies" if key.startswith("SESSION") else "remember"

    def row(project: Project, site: Site) -> State:
        guarded = _by_harden(project, site, guard)
        if guarded is not None:
            return guarded
        settings = project.configuration(site).production(key)
        others = elsewhere(project, site, key)
        for setting in settings:
            if setting.value.is_literal(False):
                return "absent", f"{key} is off, {_at(setting.spot)}{others}"
        for setting in settings:
            if setting.value.is_literal(True):
                return "present", f"{key}, {_at(setting.spot)}{others}"
        for setting in settings:
            return "undecided", f"{key} is {worth(setting)}, {_at(setting.spot)}{others}"
        if key.startswith("SESSION"):
            talisman = _extension(project, site, "talisman")
            if talisman is not None:
                return talisman
        for loader in project.configuration(site).unknown_sources():
            return "undecided", f"perhaps by {loader.method}, {_at(loader.spot)}"
        return "absent", f"nothing sets {key} for production{others}"

    return row


def _login_limit(project: Project, site: Site) -> State:
    guarded = _by_harden(project, site, "throttle")
    if guarded is not None:
        return guarded
    modules = set(site.modules)
    views = [
        login.view
        for login in project.logins
        if login.kind in ("login", "code") and login.view.module in modules
    ]
    limits = limits_of(project, site, views)
    for view in views:
        if not limits.reaching(view):
            why = f"; there is {', and '.join(limits.broken)}" if limits.broken else ""
            return "absent", f"nothing limits {view.function.name}, {_at(view.spot)}{why}"
    if views:
        return "present", f"{limits.reaching(views[0])}, {_at(views[0].spot)}"
    found = _extension(project, site, "limiter")
    if found is not None:
        return "undecided", f"no login view was found; {found[1]}"
    return "undecided", "no login view was found, nor harden or Flask-Limiter"


def _password_hash(project: Project, site: Site) -> State:
    """Return the hash of the site's passwords; where any is kept or compared as typed, none."""
    guarded = _by_harden(project, site, "passwords")
    looked = study(project)
    for uses, what in (
        (Compares(looked).find(), "typed passwords are compared as they are"),
        (Stores(looked).find(), "typed passwords are stored as they are"),
        (Fast(looked).find(), "a fast hash is used"),
    ):
        for use in uses:
            if site.owns(use.spot.path):
                return "absent", f"{what}, {_at(use.spot)}"
    return _slow_hash(project, site) or guarded or ("undecided", "no password hash is called")


def _slow_hash(project: Project, site: Site) -> State | None:
    """Return the first call that makes a slow hash, or else one that checks one."""
    checked: State | None = None
    for module in site.modules:
        for call, scope in module.calls(*LAST_NAMES):
            called = project.names.called(call, scope)
            known = hasher(called)
            if known is not None and known[0] == "slow":
                return "present", f"{known[1]}, {_at(scope.spot(call))}"
            timed = (called or "").endswith(("compare_digest", "safe_str_cmp"))
            if checked is None and is_verifier(called) and not timed:
                name = (called or "").rpartition(".")[2]
                checked = "present", f"{name}, {_at(scope.spot(call))}"
    return checked


def _csrf(project: Project, site: Site) -> State:
    guarded = _by_harden(project, site, "cross_site")
    if guarded is not None:
        return guarded
    found = _extension(project, site, "csrf")
    for setting in project.configuration(site).production(*_CSRF_KEYS):
        if found is not None and setting.value.is_literal(False):
            return "absent", f"{setting.key} is off, {_at(setting.spot)}"
    if found is not None:
        return found[0], f"{found[1]}{elsewhere(project, site, *_CSRF_KEYS)}"
    for extension in project.extensions(site, "csrf"):
        return "absent", f"built and never initialised, {_at(extension.spot)}"
    if _uses_flask_form(project, site):
        return "undecided", "Flask-WTF forms carry tokens; other views have no protection"
    return "absent", "looked for harden, CSRFProtect and SeaSurf"


_CSRF_KEYS = ("WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT")


def _uses_flask_form(project: Project, site: Site) -> bool:
    return any(
        base in ("flask_wtf.FlaskForm", "flask_wtf.Form")
        for module in site.modules
        for cls in module.classes()
        for base in project.names.bases(cls.full_name)
    )


def _hardening(project: Project, site: Site) -> State:
    wrapped = project.wrapped(site)
    if wrapped is None:
        return "absent", "harden is not called"
    where = _at(wrapped.extension.spot)
    if wrapped.mode in ("observe", "off"):
        return "absent", f"harden enforces nothing in mode {wrapped.mode}, {where}"
    if wrapped.guards_off:
        return "present", f"{where}, without {', '.join(sorted(wrapped.guards_off))}"
    return ("present" if wrapped.mode == "enforce" else "undecided"), where


_ROWS: dict[str, Callable[[Project, Site], State]] = {
    "https": _https,
    "secret-key": _secret_key,
    "session-cookie": _cookie("SESSION_COOKIE_SECURE"),
    "remember-cookie": _cookie("REMEMBER_COOKIE_SECURE"),
    "login-limit": _login_limit,
    "password-hash": _password_hash,
    "csrf": _csrf,
    "hardening": _hardening,
}

"""What the configuration makes of a cookie: shared by the rules about both cookies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.finding import Confidence, Finding
from checks.found import found
from checks.project import Project, Site
from checks.project.configuration import Configuration, Setting
from checks.project.own_responses import answers_protect_cookies
from checks.project.switches import follows_the_stage, is_by_default, runs_by_default
from checks.records import NamedTuple
from checks.rule import Meta

_SECOND_LEVEL = ("co", "com", "org", "net", "ac", "gov", "edu")
_SAME_SITE = ("lax", "strict", "none")


class CookieKeys(NamedTuple):
    """The configuration keys of one cookie."""

    what: str
    """For people."""
    secure: str
    http_only: str
    same_site: str
    guard: str
    """The guard of ``harden`` that takes care of it."""
    talisman: Mapping[str, str]
    """Keys that Talisman sets by itself, with the option that switches it off."""

    @property
    def domain(self) -> str:
        """The key of the ``Domain`` attribute."""
        return self.secure.replace("_SECURE", "_DOMAIN")


def cookie_findings(
    project: Project, site: Site, keys: CookieKeys, meta: Meta, *, absent: bool = True
) -> Iterator[Finding]:
    """Yield what is wrong with a cookie of `site`.

    Args:
        project: the audited project.
        site: the app.
        keys: the cookie.
        meta: the rule's `RULE`.
        absent: whether to report what nothing sets.
    """
    if site.context == "tests" or project.guarded(site, keys.guard):
        return
    configuration = project.configuration(site)
    for setting in configuration.production(keys.domain):
        if _is_wide(setting.value.value):
            wide = f"{setting.key} hands the {keys.what} to every subdomain ({setting.via})."
            yield found(meta, wide, setting.spot, severity="low", confidence="medium")
    for setting in configuration.production(keys.secure, keys.http_only, keys.same_site):
        if _is_put_right(setting, configuration):
            continue
        confidence: Confidence | None = "medium" if setting.confidence == "low" else None
        message = _unsafe(setting, keys)
        if message is not None:
            yield found(meta, message, setting.spot, confidence=confidence)
        elif setting.key != keys.same_site and _is_off_by_default(setting, project):
            variable = setting.value.variable or "a variable"
            message = f"{setting.key} is off unless {variable} is set ({setting.via})."
            yield found(meta, message, setting.spot, confidence="medium")
        elif setting.key == keys.same_site and _is_none(setting):
            yield _cross_site(project, site, keys, meta, setting)
    judged = (
        absent
        and not answers_protect_cookies(project)
        and site.context == "app"
        and bool(site.apps)
    )
    missing = _missing(project, site, keys) if judged else []
    if missing:
        unknown = configuration.unknown_sources()
        looked = "the sources" if not unknown else f"all but what {unknown[0].method} loads"
        yield found(
            meta,
            f"Nothing sets {' or '.join(missing)} for the {keys.what}; looked at {looked}.",
            site.anchor,
            confidence="medium" if unknown else None,
            related=[(loader.spot, "may set it") for loader in unknown],
        )


def _is_put_right(setting: Setting, configuration: Configuration) -> bool:
    """Return whether the same class sets True where it finds itself in production.

    ``if self.ENV == "production": self.SESSION_COOKIE_SECURE = True``
    """
    return setting.value.value is False and any(
        other.environment == "production"
        and setting.environment is None
        and other.value.value is True
        and other.via == setting.via
        and other.spot.path == setting.spot.path
        for other in configuration.of(setting.key)
    )


def _is_off_by_default(setting: Setting, project: Project) -> bool:
    """Return whether only a variable turns it on, and none that tells where the app runs."""
    return is_by_default(setting, False, project) and not follows_the_stage(setting.value)


def _is_wide(value: object) -> bool:
    """Return whether `value` is a whole domain, such as ``.example.com`` or ``example.co.uk``."""
    if not isinstance(value, str):
        return False
    labels = value.strip(".").lower().split(".")
    if labels[-1].isdigit() or labels[-1] in ("localhost", "local", "test", "internal", "lan"):
        return False
    country = len(labels) == 3 and labels[1] in _SECOND_LEVEL and len(labels[2]) == 2
    return len(labels) == 2 or country


def _is_none(setting: Setting) -> bool:
    value = setting.value.value
    return setting.value.kind == "literal" and isinstance(value, str) and value.lower() == "none"


def _cross_site(
    project: Project, site: Site, keys: CookieKeys, meta: Meta, setting: Setting
) -> Finding:
    """Return the finding for ``SameSite=None``: with Secure, only careful shops object."""
    secure = keys.secure not in _missing(project, site, keys)
    if secure:
        message = f"{setting.key} is None: other sites can make requests with the {keys.what}."
        return found(meta, message, setting.spot, audience="strict", severity="low")
    message = f"{setting.key} is None without {keys.secure}: browsers refuse or expose the cookie."
    return found(meta, message, setting.spot)


def _unsafe(setting: Setting, keys: CookieKeys) -> str | None:
    if setting.value.kind != "literal":
        return None
    value = setting.value.value
    if setting.key in (keys.secure, keys.http_only):
        return f"{setting.key} is off ({setting.via})." if not value else None
    if value is None:
        return f"{setting.key} is None, so that the attribute is left out ({setting.via})."
    if not isinstance(value, str) or value.lower() not in _SAME_SITE:
        return f"{setting.key} is none of Lax, Strict and None ({setting.via})."
    return None


def _missing(project: Project, site: Site, keys: CookieKeys) -> list[str]:
    """Return the keys with an unsafe default that nothing sets for production."""
    configuration = project.configuration(site)
    found_keys = {setting.key for setting in configuration.production(keys.secure, keys.same_site)}
    for extension in project.initialised(site, "talisman"):
        if not runs_by_default(extension.built, extension.scope, site, project):
            continue
        for key, option in keys.talisman.items():
            given = extension.options.get(option)
            if key == keys.same_site:  # Lax, unless Talisman is told to leave it out
                left_out = given is not None and project.evaluate(given, extension.scope)
                if not left_out or left_out.value or left_out.kind != "literal":
                    found_keys.add(key)
            elif not project.evaluate(given, extension.scope).is_literal(False):
                found_keys.add(key)
    return [key for key in (keys.secure, keys.same_site) if key not in found_keys]

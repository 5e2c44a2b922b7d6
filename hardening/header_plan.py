"""Which headers a response should have, worked out once for each combination that occurs.

Flask-Talisman 1.1 is the engine. It is asked once for each distinct set of options, on an app
of its own, and what it answers is kept: so it can neither reflect the Host header, believe
``X-Forwarded-Proto``, overwrite a view's content policy nor change the app's cookie settings,
and a request pays for a few comparisons only. With a nonce one value is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from hardening import unsafe_headers
from hardening.csp import content
from hardening.csp.directives import content_policy
from hardening.csp.place import PATH
from hardening.errors import ConfigurationError

if TYPE_CHECKING:
    from hardening.policy import Policy

Pairs = tuple[tuple[str, str], ...]
Csp = Literal["report-only", "enforce", "off"]
FrameOptions = Literal["DENY", "SAMEORIGIN", "off"]

PERMISSIONS_POLICY = {"camera": "(self)", "microphone": "(self)", "geolocation": "(self)"}
OPENER_POLICY = "same-origin-allow-popups"  # OAuth popups go on working (ASVS 3.4.8)
RESOURCE_POLICY = "same-site"  # ASVS 3.5.8
# Execution contexts would reload every tab of the site, and no browser is safer for it.
CLEAR_SITE_DATA = '"cache", "cookies", "storage"'

_NAMES = {
    "report-only": "Content-Security-Policy-Report-Only",
    "enforce": "Content-Security-Policy",
}
_ANCESTORS = {"DENY": "'none'", "SAMEORIGIN": "'self'", "off": None}
_MOST_KEPT = 256  # combinations; the prefix under which a proxy serves the app is among them


class Wanted(NamedTuple):
    """The headers of one combination."""

    pairs: Pairs
    """As they are sent where nobody asked for a nonce."""
    watched: frozenset[str]
    """Names in lower case that make it worth looking at what the response has already."""
    template: tuple[str, str] | None
    """The content policy's name and its value with `content.NONCE` in it, where one may be."""

    def with_nonce(self, nonce: str) -> Pairs:
        """Return the pairs with `nonce` in the content policy."""
        if self.template is None:
            return self.pairs
        name, value = self.template
        filled = (name, value.replace(content.NONCE, f"'nonce-{nonce}'"))
        return tuple(filled if pair[0] == name else pair for pair in self.pairs)


@dataclass(frozen=True, slots=True, eq=False)  # by identity: each is one call's
class ViewHeaders:
    """What `Hardening.headers` says about one view; None leaves the app's setting."""

    csp: Csp | None = None
    csp_policy: content.Changes | None = None
    frame_options: FrameOptions | None = None


def view_headers(csp: Any, csp_policy: Any, frame_options: Any) -> ViewHeaders:
    """Return what a view asks for.

    Raises:
        ConfigurationError: a value is refused.
    """
    for name, value, choices in (
        ("csp", csp, _NAMES.keys() | {"off"}),
        ("frame_options", frame_options, _ANCESTORS.keys()),
    ):
        if value is not None and value not in choices:
            raise ConfigurationError(name, f"{value!r} is not accepted", map(repr, sorted(choices)))
    return ViewHeaders(csp, content_policy("csp_policy", csp_policy), frame_options)


@dataclass(slots=True)
class Plan:
    """The part of the headers that follows from settings alone."""

    csp: Csp
    policy: dict[str, str]
    """The content policy, without reports and nonces."""
    nonces: bool
    frame_options: FrameOptions = "SAMEORIGIN"
    _kept: dict[tuple[Any, ...], Wanted] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy) -> Plan:
        """Return the plan of an app."""
        made = content.changed(content.DEFAULT, policy.csp_policy)
        return cls(policy.csp, made, policy.csp_nonce)

    def for_view(self, view: ViewHeaders) -> Plan:
        """Return the plan of one view of the app."""
        frames = view.frame_options
        made = self.policy
        if frames is not None:
            made = content.changed(made, {"frame-ancestors": _ANCESTORS[frames]})
        made = content.changed(made, view.csp_policy)
        return Plan(view.csp or self.csp, made, self.nonces, frames or self.frame_options)

    def wanted(
        self,
        hsts: str | None,
        personal: bool,
        prefix: str | None,
        *,
        secure: bool = False,
        clear: bool = False,
    ) -> Wanted:
        """Return the headers of a response.

        Args:
            hsts: the value of ``Strict-Transport-Security``, or None for none.
            personal: whether the response was made for a user who is logged in.
            prefix: under which path our collector is reached; None: reports are not wanted.
            secure: whether the browser surely came over https.
            clear: whether the browser is to forget what it holds of the site.
        """
        key = (hsts, personal, prefix, secure, clear)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._make(*key)
        return found

    def _make(
        self, hsts: str | None, personal: bool, prefix: str | None, secure: bool, clear: bool
    ) -> Wanted:
        policy = self.policy if self.csp != "off" else {}
        if prefix is not None and policy:
            uri = quote(prefix, safe="/~-._") + PATH
            policy = content.reporting(policy, uri, secure=secure)
        plain, template = self._ask(policy), None
        name = _NAMES.get(self.csp, "")
        if self.nonces and policy:
            filled = self._ask(content.nonced(policy))
            template = (name, filled[name])
            plain = {**filled, name: filled[name].replace(f" {content.NONCE}", "")}
        if policy.get("report-to") == content.GROUP:
            plain["Reporting-Endpoints"] = f'{content.GROUP}="{policy["report-uri"]}"'
        plain["Cross-Origin-Opener-Policy"] = OPENER_POLICY
        if personal:
            plain["Cross-Origin-Resource-Policy"] = RESOURCE_POLICY
        if hsts is not None:
            plain["Strict-Transport-Security"] = hsts
        if clear:
            plain["Clear-Site-Data"] = CLEAR_SITE_DATA
        watched = unsafe_headers.JUDGED.union(
            {"content-security-policy"}, (known.lower() for known in plain)
        )
        return Wanted(tuple(plain.items()), watched, template)

    def _ask(self, policy: Mapping[str, str]) -> dict[str, str]:
        found = dict(_ask_talisman(tuple(policy.items()), self.frame_options))
        written = found.pop("Content-Security-Policy", None)
        if written is not None:
            # Talisman reports only with an outside address, and writes "name " for no sources.
            parts = (part.strip() for part in written.split(";"))
            found[_NAMES[self.csp]] = "; ".join(parts)
        return found


@lru_cache(maxsize=64)
def _ask_talisman(policy: Pairs, frame_options: FrameOptions) -> Pairs:
    from flask import Flask
    from flask_talisman import Talisman

    asked = Flask("hardening.headers", static_folder=None)
    Talisman(
        asked,
        force_https=False,
        session_cookie_secure=False,
        strict_transport_security=False,
        frame_options=None if frame_options == "off" else frame_options,
        referrer_policy="strict-origin-when-cross-origin",  # ASVS 3.4.5
        permissions_policy=PERMISSIONS_POLICY,
        feature_policy={},
        document_policy={},
        content_security_policy=dict(policy) or None,
        x_content_type_options=True,
        x_xss_protection=False,
    )
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
    }
    with asked.request_context(environ):
        answer = asked.process_response(asked.response_class())
    own = ("content-type", "content-length")
    return tuple((name, value) for name, value in answer.headers if name.lower() not in own)

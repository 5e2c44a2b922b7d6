"""Whether what stands in front of the app, by its files, lets nobody stay on http."""

from __future__ import annotations

import re

from checks.facts.deployment import Deployment, Directive
from checks.lazy import lazy

_HSTS = "strict-transport-security"
# What the formats of hosting services and proxies say; comments are left out by the line's start.
_SAYS: dict[str, re.Pattern[str]] = {
    # Traefik's middleware and entry point; an ingress of nginx.
    "compose": lazy(
        r"^[^#\n]*\bredirectscheme\.scheme\s*[=:]\s*['\"]?https\b|"
        r"^[^#\n]*\.http\.redirections\.entrypoint\.(?:to|scheme)\s*=|"
        r"^\s*redirectScheme:\s*\n(?:\s+\w+:.*\n)*?\s+scheme:\s*['\"]?https\b|"
        r"^\s*redirections:\s*\n\s+entryPoint:|"
        r"^[^#\n]*/(?:force-)?ssl-redirect['\"]?\s*:\s*['\"]?true\b",
        re.MULTILINE | re.IGNORECASE,
    ),
    "hosting": lazy(r"^\s*force_https\s*=\s*true\b", re.MULTILINE),
    "apache": lazy(
        r"^\s*Redirect(?:Match|Permanent)?\s[^#\n]*\shttps://|"
        r"^\s*RewriteRule\s+\S+\s+['\"]?https://|"
        r"^\s*Header\s[^#\n]*Strict-Transport-Security",
        re.MULTILINE | re.IGNORECASE,
    ),
}
# One of App Engine's handlers, and the addresses that stand for all pages.
_HANDLER = lazy(
    r"^[ \t]*-[ \t]+url:[ \t]*(?P<url>\S+)[^\n]*\n(?P<rest>(?:[ \t]*(?![ \t-])[^\n]*\n)*)",
    re.MULTILINE,
)
_ALWAYS = lazy(r"^\s*secure:\s*['\"]?always\b", re.MULTILINE)
_EVERYTHING = frozenset({"/.*", ".*", "/(.*)", "/", "/.+"})
# The address of a site in a Caddyfile: Caddy redirects by itself where it is a domain.
_CADDY_SITE = lazy(r"^(?P<sites>[^\s#{(@}][^#{\n]*?)\s*\{", re.MULTILINE)
_CADDY_HSTS = lazy(r"^[^#\n]*\bStrict-Transport-Security\b", re.MULTILINE | re.IGNORECASE)
_CADDY_OFF = lazy(r"^\s*auto_https\s+(?:off|disable_redirects)\b", re.MULTILINE)


def forces_https(deployment: Deployment) -> bool:
    """Return whether this file sends http requests on to https, or tells browsers to stay on it."""
    if deployment.source.context == "tests":
        return False
    if deployment.kind == "nginx" and any(map(_nginx, deployment.directives)):
        return True
    text = deployment.source.text
    if deployment.kind == "caddy":
        if _CADDY_HSTS.search(text):
            return True
        return not _CADDY_OFF.search(text) and any(
            _is_domain(site.strip())
            for match in _CADDY_SITE.finditer(text)
            for site in match["sites"].split(",")
        )
    if deployment.kind == "compose" and any(
        match["url"].strip("'\"") in _EVERYTHING and _ALWAYS.search(match["rest"])
        for match in _HANDLER.finditer(f"{text}\n")
    ):
        return True
    says = _SAYS.get("apache" if deployment.kind == "nginx" else deployment.kind)
    return says is not None and says.search(text) is not None


def _is_domain(site: str) -> bool:
    """Return whether Caddy serves `site` with a certificate: no port alone, no http, no host."""
    if site.startswith("http://") or ("." not in site and "{$" not in site):
        return False
    host, _, port = site.removeprefix("https://").partition(":")
    return bool(host) and port != "80" and not host.replace(".", "").isdigit()


def _nginx(directive: Directive) -> bool:
    name, args = directive.name, directive.args
    if name in ("return", "rewrite"):
        return any(arg.startswith("https://") for arg in args)
    return name == "add_header" and bool(args) and args[0].lower() == _HSTS

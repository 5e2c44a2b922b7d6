"""Which names mean a password, its hash, or a place to go back to."""

from __future__ import annotations

import re
from functools import lru_cache

from checks.lazy import lazy
from checks.naming import snaked

_PASSWORD = lazy(
    r"(^|[_\-\s.])((?:user|admin|login|query|root|new|plain|raw|input|account)?"
    r"(?:pass(word|wd|phrase|code)?|pwd|passw|psw|pw|pswd)|contrasena|passwort|"
    r"mot_de_passe|senha)\d*($|[_\-\s.])",
    re.IGNORECASE,
)
_HASH = lazy(r"hash|digest|crypt|encoded|salt", re.IGNORECASE)
_NOT_ONE = frozenset(
    [
        "reset", "forgot", "url", "token", "tokens", "field", "label", "error", "errors",
        "valid", "validator", "length", "len", "min", "max", "policy", "strength", "changed",
        "expire", "expires", "count", "attempt", "attempts", "form", "page", "view", "route",
        "message", "hint", "manager", "hasher", "context", "column", "file", "path", "checker",
        "required", "rules", "failure", "failures", "lockout",
    ]
)  # fmt: skip
# What begins so says whether something is done with a password, as a switch does.
_SWITCHES = frozenset(
    [
        "change", "show", "hide", "has", "is", "force", "must", "should", "need", "needs",
        "require", "requires", "allow", "remember", "send",
    ]
)  # fmt: skip
_FOREIGN = frozenset(
    [
        "db", "database", "sql", "mysql", "postgres", "postgresql", "mongo", "redis", "rabbitmq",
        "smtp", "imap", "pop3", "mail", "ftp", "sftp", "ssh", "sudo", "wifi", "wpa", "proxy",
        "ldap", "bind", "mqtt", "broker", "api", "server", "remote", "keystore", "pfx", "pem",
        "key", "cert", "certificate", "zip", "archive", "pdf", "encryption", "wallet", "vault",
        "service", "tunnel", "host", "jenkins", "github", "app", "bot", "dsn", "connection",
    ]
)  # fmt: skip
# Everybody who may join is told it, and nobody is logged in by it.
_SHARED = lazy(
    r"(^|_)(registration|sign_?up|enrol(l?ment)?|join(ing)?|room|course|class|meeting|event|lobby|"
    r"channel|invit(e|ation))_(pass|pw)",
    re.IGNORECASE,
)
_HOLDERS = frozenset(
    [
        "account", "args", "auth", "body", "content", "credential", "credentials", "data", "fields",
        "form", "info", "input", "json", "kwargs", "login", "params", "payload", "profile",
        "request", "secret", "secrets", "user", "value", "values",
    ]
)  # fmt: skip
_NEXT = frozenset(
    [
        "next", "next_url", "next_page", "nexturl", "redirect", "redirect_to", "redirect_url",
        "redirect_uri", "return_to", "return_url", "returnurl", "return", "back", "back_url",
        "url", "target", "goto", "continue", "destination", "dest", "came_from", "state",
        "referrer",
    ]
)  # fmt: skip


@lru_cache(maxsize=20_000)  # the same names come again and again
def is_password_name(name: str) -> bool:
    """Return whether a variable, field or column so named holds a password or its hash."""
    snake = snaked(name).lower()
    words = re.split(r"[_\-\s.]+", snake)
    return (
        bool(_PASSWORD.search(snake))
        and words[0] not in _SWITCHES
        and not _NOT_ONE.intersection(words)
    )


def is_plain_password_name(name: str) -> bool:
    """Return whether `name` says a password as typed, not a hash of one."""
    return is_password_name(name) and not _HASH.search(name)


def may_lead_to_password(key: str) -> bool:
    """Return whether what a dictionary keeps under `key` may be, or hold, the password in it."""
    words = re.split(r"[_\-\s.]+", snaked(key).lower())
    return is_password_name(key) or bool(_HOLDERS.intersection(words))


def is_foreign_password_name(name: str) -> bool:
    """Return whether `name` says a password for another service, such as ``smtp_password``."""
    words = re.split(r"[_\-\s.]+", snaked(name).lower())
    return bool(_FOREIGN.intersection(words))


def is_shared_password_name(name: str) -> bool:
    """Return whether `name` says what all who may join are told, such as ``room_password``."""
    return _SHARED.search(snaked(name)) is not None


def is_redirect_name(name: str) -> bool:
    """Return whether a request parameter so named says where to go after a login."""
    return name.lower() in _NEXT

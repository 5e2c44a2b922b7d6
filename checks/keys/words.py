"""Which variables hold a secret, and which values are one."""

from __future__ import annotations

import re

from checks.lazy import lazy

_SECRET = lazy(
    r"(^|_)(SECRET(_?KEY|_?ACCESS_?KEY|S)?|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|TOKEN|API_?KEY|"
    r"PRIVATE_?KEY|ACCESS_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|AUTH_?KEY|FERNET_?KEY|JWT_?KEY|"
    r"PASSWORD_SALT|SECRET_?KEY_(HMAC|JWT|AUTH|API|TOKENS?)_?)\d*$"
)
_SIGNS = lazy(r"(^|_)(SECRET_?KEY|JWT_?SECRET|FLASK_?SECRET|COOKIE_?SECRET|SESSION_?SECRET)$")
# What another program fills in: a variable, a template, an anchor, an encrypted value, a path.
_REFERENCE = lazy(
    r"^(\$[A-Za-z_({]|%\(|\{\{|\{%|<[^>]*>?$|\*[\w.-]+$|![A-Za-z]|ENC\[|vault:|secret://|"
    r"arn:|op://|ref\+|sm://|gcp://|ssm:|/(run|etc|var|opt|app|secrets|certs)/|file:|\(\()"
)
_DEFAULT = lazy(r"^\$\{\w+:?[-=]([^}]+)\}$")
_NOT_ONE = frozenset(
    ["true", "false", "yes", "no", "on", "off", "null", "none", "~", "|", ">", "|-", ">-", "nil"]
)
_BLANKED = lazy(r"^(.)\1*$")
_PLACEHOLDER = lazy(
    r"change|replace|your|example|insert|fill|todo|placeholder|dummy|xxx|here$|^\.\.\.|redacted|"
    r"^test|^dev|default|incorrect|invalid|not[_ -]?(?:a[_ -])?real",
    re.IGNORECASE,
)
_URI = lazy(
    r"\b([a-z][a-z0-9+.-]{1,30})://([^\s:@/?#'\"]*):([^\s@/?#'\"]+)@([^\s/?#'\"]+)", re.IGNORECASE
)
# ``user:password@host`` names the parts of an address, and nobody's.
_NAMED_PARTS = lazy(
    r"^(db_?|database_?|my_?|your_?)?(user(_?name)?|login|account):"
    r"(db_?|database_?|my_?|your_?)?(pass(word|wd)?|pwd|pw|secret)@"
    r"((db_?|database_?|my_?|your_?)?(host(_?name)?|server(_?name)?|address|domain|ip|url)|localhost)"
    r"(:|$)",
    re.IGNORECASE,
)

# ``TEST_USER:TEST_PASSWORD@db``: names in capitals in the place of both.
_NAMED_IN_CAPITALS = lazy(r"^(?:[A-Z]+_)*USER(?:_?NAME)?:(?:[A-Z]+_)*(?:PASSWORD|PASSWD|PASS|PWD)@")

# RabbitMQ's own account, which it lets in from its own machine only.
_ONLY_HERE = lazy(r"(?:amqp|pyamqp)s?://guest:guest@(?:localhost|127\.0\.0\.1)\b")

# How compose, templates, Ansible, Helm, envsubst and release tools mark what they fill in.
_FILLED_IN = ("{{", "${", "$(", "<", "@{", "#{", "[[", "((")


def is_secret_name(name: str) -> bool:
    """Return whether an environment variable or a manifest's key so named holds a secret."""
    return _SECRET.search(_upper(name)) is not None


def is_signing_name(name: str) -> bool:
    """Return whether a variable so named holds the key that signs sessions or tokens."""
    return _SIGNS.search(_upper(name)) is not None


def _upper(name: str) -> str:
    return re.sub(r"[-. ]", "_", name).upper()


def literal_of(value: str) -> tuple[str, bool]:
    """Return the literal in the value of a deployment's variable, and whether it is a default.

    The literal is empty for references such as ``${KEY}`` or ``{{ key }}``, and for what cannot
    be a secret.
    """
    text = value.strip().strip("'\"")
    match = _DEFAULT.match(text)
    if match:
        inner, _ = literal_of(match.group(1))
        return inner, True
    if _REFERENCE.match(text) or any(mark in text for mark in _FILLED_IN):
        return "", False
    if text.lower() in _NOT_ONE or set(text) <= set("*.-_x "):
        return "", False
    return text, False


def is_placeholder(text: str) -> bool:
    """Return whether a person was meant to put something else in the place of `text`."""
    return bool(_PLACEHOLDER.search(text)) or bool(_BLANKED.match(text))


def _names_parts(address: str) -> bool:
    """Return whether an address only says what its parts are: ``user:password@localhost/db``."""
    parts = address.partition("://")[2]
    return _NAMED_PARTS.match(parts) is not None or _NAMED_IN_CAPITALS.match(parts) is not None


def uri_password(text: str) -> str:
    """Return the literal password in an address such as ``postgres://shop:pw@db/shop``, or ``""``.

    A password that another part fills in, such as ``${PW}`` or ``%s``, is none, and so are the
    names of the parts: ``mysql://user:password@host/database``.
    """
    for match in _URI.finditer(text):
        found = match.group(3)
        if _names_parts(match.group(0)) or _ONLY_HERE.match(match.group(0)):
            continue
        if not re.search(r"\$[\w({]|[{}<>%]|\*\*", found.replace("%2", "").replace("%4", "")):
            return found
    return ""


def uri_user_and_host(text: str, password: str) -> tuple[str, str]:
    """Return whose `password` an address holds, and the host with its port."""
    for match in _URI.finditer(text):
        if match.group(3) == password:
            return match.group(2), match.group(4)
    return "", ""

"""Keys of other services that the code hands to their libraries, and mailboxes that it enters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.keys.credential import Credential, is_real, text_of
from checks.lazy import lazy
from checks.project import Project
from checks.project.vocabulary import Said

# What is given to nobody but the service's own account.
_ISSUED = (
    r"(?:client|consumer|app|api|oauth)_secret|aws_secret_access_key|secret_access_key|"
    r"access_token_secret|auth_token"
)
_KEY = r"api_?key|secret_?key|access_token|token|bearer_token|private_key|api_token"
# How all of these end, in small letters or capitals; a pattern for both takes ten times as long.
_ENDS = (
    "secret", "secretkey", "secret_key", "access_key", "apikey", "api_key", "private_key", "token",
)  # fmt: skip
_SET = r"\s*=\s*(?:[\"']|[A-Z][A-Z_]*\b)"
_SAYS = Said(*(f"{end}{_SET}" for lower in _ENDS for end in (lower, lower.upper())))
_SAYS_OR_ENTERS = Said(*(pattern.pattern for _, pattern in _SAYS.parts), r"login\(")
_IS_SECRET = lazy(_ISSUED, re.IGNORECASE)
_IS_KEY = lazy(_KEY, re.IGNORECASE)
_MAILS = ("smtplib", "imaplib", "poplib", "yagmail", "aiosmtplib")
_TRIED = lazy(r"(^|/)(dev|demos?|scripts?|tools?|contrib|misc)/|(^|/)dev\w*\.py$")
_WORDS = lazy(r"[A-Za-z]{3,}(?:[-_. ][A-Za-z]{3,})*")


def handed(module: Module, project: Project) -> Iterator[Credential]:
    """Yield what calls and assignments in `module` hand to other services."""
    mails = project.vocabulary.holds(module, *_MAILS)
    for scope in _telling(project, mails=mails).get(module, ()):
        for call in scope.calls:
            yield from _keywords(call, scope, project)
            if mails and last_name(call.func) == "login":
                yield from _mailbox(call, scope, project)
        for assignment in scope.assignments:
            target = assignment.target
            if isinstance(target, ast.Attribute) and _is_library(target.value, scope, project):
                yield from _given(target.attr, assignment.value, scope, project)


def _telling(project: Project, *, mails: bool) -> dict[Module, list[Scope]]:
    """Return the scopes to look into, by their files."""
    key = f"{__name__}:{mails}"
    if key not in project.kept:
        says = _SAYS_OR_ENTERS if mails else _SAYS
        project.kept[key] = dict(project.vocabulary.saying(says))
    found: dict[Module, list[Scope]] = project.kept[key]
    return found


def _keywords(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield from _given(keyword.arg, keyword.value, scope, project)


def _given(name: str, node: ast.expr, scope: Scope, project: Project) -> Iterator[Credential]:
    secret = _IS_SECRET.fullmatch(name) is not None
    if not secret and not _IS_KEY.fullmatch(name):
        return
    text, fallback = text_of(node, scope, project)
    if is_real(text) and _looks_issued(text, least=8 if secret else 20):
        tried = "_test_" in text or _TRIED.search(scope.module.path) is not None
        yield Credential("setting", name, scope.spot(node), fallback, trial=tried)


def _looks_issued(text: str, *, least: int) -> bool:
    """Return whether a service may have made up `text`: letters and digits, and no words."""
    return (
        len(text) >= least
        and any(character.isdigit() for character in text)
        and any(character.isalpha() for character in text)
        and not _WORDS.fullmatch(text)
        and " " not in text
    )


def _is_library(owner: ast.expr, scope: Scope, project: Project) -> bool:
    """Return whether something is set on another package: ``stripe.api_key = "..."``."""
    if not isinstance(owner, ast.Name):
        return False
    return any(binding.kind == "import" for binding in project.names.bindings(owner.id, scope))


def _mailbox(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield the password of ``server.login("shop@example.net", "...")``."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if len(given) != 2 or not isinstance(call.func, ast.Attribute):
        return
    (user, _), (password, fallback) = (text_of(node, scope, project) for node in given)
    if "@" in user and is_real(password.replace(" ", "")):
        tried = _TRIED.search(scope.module.path) is not None
        yield Credential("connection", "login", scope.spot(given[1]), fallback, trial=tried)

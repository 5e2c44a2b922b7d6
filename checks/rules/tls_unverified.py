"""A connection is encrypted without asking with whom.

What it does
------------
Reports clients that are told not to verify certificates: `verify=False` of requests and httpx,
`session.verify = False`, `ssl.CERT_NONE`, `check_hostname = False`,
`ssl._create_unverified_context`, aiohttp's `ssl=False`, urllib3's `cert_reqs="CERT_NONE"`,
pycurl's `SSL_VERIFYPEER`, and LDAP and mail clients that do the same, also where only a file of
one's own with authorities, which nobody has to name, switches the check on. Three places of
one file that do it alike, or more, are told together. Of requests by HTTP those matter most that
carry a credential, go to an address that the code or a setting names, or whose answer says who
somebody is or is run: what else fetches whatever address it is handed, as scanners and watchers of
foreign pages do, is of low severity, and what only asks whether something answers waits for
`--strict`.

Why it is bad
-------------
Whoever stands between the app and the other server can read and change everything that is sent,
the passwords and tokens of this app's users included.

Bad
---
```python
import requests


def profile(token):
    return requests.get("https://login.example/me", headers={"Authorization": token}, verify=False)
```

Good
----
```python
import requests


def profile(token):
    return requests.get("https://login.example/me", headers={"Authorization": token})
```

How to fix
----------
Leave the argument out. For a certificate authority of your own, give its file: `verify="ca.pem"`.

References
----------
- https://cwe.mitre.org/data/definitions/295.html
- https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification
- OWASP ASVS 5.0, requirement 12.3.2
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Scope, last_name
from checks.finding import Audience, Finding, Place, Severity
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.at_stake import is_a_request, is_at_stake
from checks.project.unverified import VERBS, is_told, only_asks_whether_up, only_looks
from checks.project.vocabulary import Said
from checks.rule import Meta

RULE = Meta(
    severity="high",
    confidence="high",
    cwe=295,
    asvs=("12.3.2",),
    summary="certificates are not verified",
    why="Whoever stands between can read and change what is sent, passwords included.",
    fix='Leave the argument out, or name your own authority: verify="ca.pem".',
    bandit="B819",
    mended="Takes `verify=False` out of requests to well-known public services.",
)

_SAYS = Said(
    "verify", "CERT_NONE", "check_hostname", "_create_unverified", "ssl=False", "validate_certs",
    "SSL_VERIFY", "OPT_X_TLS", "ssl_no_verify",
)  # fmt: skip
_MODES = ("cert_reqs", "validate", "tls_require_cert", "ssl_cert_reqs")
_OFF = (
    "verify", "verify_ssl", "ssl_verify", "verify_certs", "check_hostname", "validate_certs", "ssl",
)  # fmt: skip
# Clients whose ``verify=False`` is about certificates; ``jwt.decode(verify=False)`` is not.
_CLIENTS = lazy(
    r"^(requests|httpx|aiohttp|urllib3|elasticsearch|opensearchpy|hvac|consul|kubernetes|docker"
    r"|oauthlib|requests_oauthlib|authlib|zeep|websocket|websockets|pymongo|redis|ldap3|boto3"
    r"|botocore|influxdb|gitlab|jenkins|github)\b"
)
# ``ca_file``, ``LDAP_CA_CERT``; ``verify_cert`` and ``check_certs`` are choices.
_FILES = lazy(
    r"^(?!.*(verif|valid|check|require|secure|strict|trust|enable|ignore|use_|skip))"
    r".*(^|_)(ca|cert|certs|certificate|bundle|key|pem)s?($|_)",
    re.IGNORECASE,
)
_PLACE = lazy(r"^(self|cls|os|path|config|settings|app|current_app|conf)(\.(path|config))?$")
_CHOICE = lazy(
    r"verif|insecure|self_?signed|(validate|check|skip|ignore|trust)_?(tls|ssl|cert|host)|"
    r"(tls|ssl|certs?)_?(check|skip|ignore|trust)",
    re.IGNORECASE,
)
_OFF_BY_DEFAULT = lazy(
    r"(verif|validate|check)\w*['\"]?, *(False|None|0|['\"](0|false|no|off)['\"])\)|"
    r"(insecure|signed|skip\w*|ignore\w*|trust\w*)['\"]?, *(True|1|['\"](1|true|yes|on)['\"])\)",
    re.IGNORECASE,
)
_FOR_TESTS = lazy(r"^_*(?:create|make|build|get|new)_(?:\w+_)?(?:test|mock|fake|stub)(?:s|_\w+)?$")
_MANY = 2  # others of one file that say the same, from where on they are told with the first
_HERE = lazy(r"//(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/'\"%{]|$)")
_SESSIONS = lazy(r"session|client|http|requests", re.IGNORECASE)


def check(project: Project) -> Iterator[Finding]:
    """Yield the places that switch verification off; many alike of one file with the first."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in _places(project):
        key = (finding.path or "", finding.message, finding.audience)
        alike.setdefault(key, []).append(finding)
    for same in alike.values():
        first, *others = same
        if len(others) < _MANY:
            yield from same
        else:
            places = tuple(Place(o.path or "", o.line or 1, "and here") for o in others)
            yield first._replace(related=places)


def _places(project: Project) -> Iterator[Finding]:
    for module, scopes in project.vocabulary.saying(_SAYS):
        if module.source.context == "tests":
            continue
        for scope in scopes:
            if only_looks(scope):
                continue
            for call in scope.calls:
                yield from _told(_call(call, scope, project), call, scope, project)
            for written in scope.assignments:
                one = _assignment(written.target, written.value, scope, project)
                yield from _told(one, written.node, scope, project)


def _told(
    findings: Iterator[Finding], node: ast.AST, scope: Scope, project: Project
) -> Iterator[Finding]:
    """Yield `findings`; for careful shops only where a setting that verifies by default decides.

    Or where a function makes what only tests use: ``_create_test_client(host)``.
    """
    for finding in findings:
        chosen = _FOR_TESTS.search(scope.name) is not None or _is_chosen(node, scope, project)
        yield finding._replace(audience="strict") if chosen else finding


def _is_chosen(node: ast.AST, scope: Scope, project: Project) -> bool:
    """Return whether `node` stands under an ``if`` that asks whether to verify, and may."""
    asked: ast.expr | None = None
    for outer in scope.module.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return asked is not None and _is_a_switch(asked, scope)
        asked = outer.test if isinstance(outer, ast.If) else asked
        if isinstance(outer, ast.If) and _CHOICE.search(text := ast.unparse(outer.test)):
            defaults = _defaults(outer.test, scope) + _settings(outer.test, project)
            return not _OFF_BY_DEFAULT.search(text + defaults)
    return False


def _is_a_switch(test: ast.expr, scope: Scope) -> bool:
    """Return whether a parameter decides, in a class for nothing else: ``class VerifyTls``.

    It is asked for being False, which nobody's default is.
    """
    cls = scope.parent
    if cls is None or cls.kind != "class" or not _CHOICE.search(cls.name):
        return False
    named = {arg.arg for arg in scope.parameters()}
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id in named
        and ast.unparse(test.comparators[0]) == "False"
        and isinstance(test.ops[0], ast.Is | ast.Eq)
    )


def _defaults(test: ast.expr, scope: Scope) -> str:
    """Return the parameters that a condition asks, with their defaults: `` verify, False)``."""
    arguments = getattr(scope.node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return ""
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(plain), reversed(arguments.defaults), strict=False)]
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    asked = {last_name(part) for part in ast.walk(test) if isinstance(part, ast.Name)}
    return "".join(f" {a.arg}, {ast.unparse(d)})" for a, d in pairs if a.arg in asked)


def _settings(test: ast.expr, project: Project) -> str:
    """Return the settings that a condition asks, with what they are: `` SSL_VERIFY', False)``."""
    keys = [
        part.value
        for part in ast.walk(test)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isupper()
    ]
    return "".join(
        f" {setting.key}', {setting.value.value})"
        for setting in (project.settings(*keys) if keys else ())
        if setting.value.kind in ("literal", "fallback") and setting.reaches_production
    )


def _call(call: ast.Call, scope: Scope, project: Project) -> Iterator[Finding]:
    name = last_name(call.func)
    if name in ("_create_unverified_context", "_create_stdlib_context"):
        yield found(RULE, "This context verifies no certificate.", scope.spot(call))
    if name == "setopt" and len(call.args) == 2:
        option = last_name(call.args[0])
        value = project.evaluate(call.args[1], scope).value
        if option in ("SSL_VERIFYPEER", "SSL_VERIFYHOST") and value in (0, False):
            yield found(RULE, f"{option} is switched off.", scope.spot(call.args[1]))
    if name == "set_option" and any(last_name(arg) == "OPT_X_TLS_NEVER" for arg in call.args):
        yield found(RULE, "LDAP over TLS verifies no certificate.", scope.spot(call))
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name in _MODES and _is_none(keyword.value, scope, project):
            yield found(RULE, f"{name} verifies nothing.", scope.spot(keyword.value))
        elif name in _MODES and (without := _only_with(keyword.value, scope)):
            message = f"{name} verifies nothing as long as {without} is not set."
            yield found(RULE, message, scope.spot(keyword.value), confidence="medium")
        off = name in _OFF and project.evaluate(keyword.value, scope).is_literal(False)
        if off and _is_client(call, name, scope, project) and not _stays_here(call, scope, project):
            message = f"{name}=False: the certificate of the other side is not verified."
            careful: Audience | None = "strict" if only_asks_whether_up(call) else None
            idle = is_a_request(call) and not is_at_stake(call, scope, project)
            weight: Severity | None = "low" if idle else None
            spot = scope.spot(keyword.value)
            yield found(RULE, message, spot, audience=careful, severity=weight)


def _stays_here(call: ast.Call, scope: Scope, project: Project) -> bool:
    """Return whether the address is of the own machine, by a literal or a helper that makes it."""
    first = call.args[0] if call.args else None
    if first is None:
        return False
    made = [first]
    if isinstance(first, ast.Name):
        made = [b.value for b in project.names.bindings(first.id, scope) if b.value is not None]
    texts = [ast.unparse(node) for node in made]
    for node in made:
        helper = project.names.callee(node, scope) if isinstance(node, ast.Call) else None
        if helper is not None:
            texts += [ast.unparse(each.value) for each in helper.returns if each.value is not None]
    return bool(texts) and all(_HERE.search(text) for text in texts[len(made) :] or texts)


def _is_none(node: ast.expr, scope: Scope, project: Project) -> bool:
    if last_name(node) == "CERT_NONE":
        return True
    return project.evaluate(node, scope).value in ("CERT_NONE", "none", "never")


def _only_with(node: ast.expr, scope: Scope) -> str:
    """Return the file of certificates without which `node` is ``CERT_NONE``, or ``""``.

    What asks a setting whether to verify is a choice; what asks for a file forgets the
    authorities that every system trusts.
    """
    if isinstance(node, ast.IfExp):
        off = [side for side in (node.body, node.orelse) if last_name(side) == "CERT_NONE"]
        return _file(node.test) if off else ""
    if not isinstance(node, ast.Name):
        return ""
    values = [binding for binding in scope.bindings.get(node.id, ()) if binding.value is not None]
    off = [b.value for b in values if b.value is not None and last_name(b.value) == "CERT_NONE"]
    if len(values) != 2 or len(off) != 1:
        return _only_with(values[0].value, scope) if len(values) == 1 and values[0].value else ""
    for binding in values:
        above = scope.module.parent(binding.node)
        if isinstance(above, ast.If):
            return _file(above.test)
    return ""


def _file(test: ast.expr) -> str:
    """Return the first name of a condition, if it asks for files and for nothing else."""
    names = [
        last_name(part)
        for part in ast.walk(test)
        if isinstance(part, ast.Name | ast.Attribute) and not _PLACE.search(ast.unparse(part))
    ]
    return names[0] if names and all(_FILES.search(name) for name in names) else ""


def _is_client(call: ast.Call, argument: str, scope: Scope, project: Project) -> bool:
    called = project.names.called(call, scope) or ""
    if argument == "ssl":
        return called.startswith("aiohttp.")
    if argument != "verify":
        return not called.startswith("jwt.")
    if called and _CLIENTS.match(called):
        return True
    if "jwt" in called.lower():
        return False
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if owner is None or last_name(call.func) not in VERBS:
        return False
    made_by = project.names.type_of(owner, scope) or ""
    return bool(_CLIENTS.match(made_by) or _SESSIONS.search(ast.unparse(owner)))


def _assignment(
    target: ast.expr, value: ast.expr, scope: Scope, project: Project
) -> Iterator[Finding]:
    if not isinstance(target, ast.Attribute):
        return
    if target.attr == "verify_mode" and last_name(value) == "CERT_NONE":
        yield found(RULE, "This context verifies no certificate.", scope.spot(value))
    elif target.attr == "_create_default_https_context":
        # ``_create_unverified_https_context`` is what PEP 476 calls the variable it comes in.
        if re.match(r"_?create_unverified\w*context$", last_name(value)):
            yield found(RULE, "No connection of this process is verified.", scope.spot(value))
    elif target.attr in ("check_hostname", "verify"):
        made_by = project.names.type_of(target.value, scope) or ""
        is_session = target.attr == "check_hostname" or _CLIENTS.match(made_by)
        named = not made_by and _SESSIONS.search(ast.unparse(target.value))
        if is_told(target, scope):
            return
        if (is_session or named) and project.evaluate(value, scope).is_literal(False):
            pinned = target.attr == "check_hostname" and _names_authority(scope)
            message = f"{target.attr} is switched off."
            idle = target.attr == "verify" and not is_at_stake(target, scope, project)
            careful: Audience | None = "strict" if pinned else None
            weight: Severity | None = "low" if idle else None
            yield found(RULE, message, scope.spot(value), audience=careful, severity=weight)


def _names_authority(scope: Scope) -> bool:
    """Return whether the function names the one authority, or certificate, that it believes.

    Whoever the name in it is for, nobody else has a certificate of it.
    """
    unverified = any(last_name(written.value) == "CERT_NONE" for written in scope.assignments)
    return not unverified and any(
        last_name(call.func) == "load_verify_locations"
        or any(keyword.arg in ("cafile", "cadata") for keyword in call.keywords)
        for call in scope.calls
    )

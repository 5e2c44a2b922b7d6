"""Links that are made with the host that a request names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from checks.facts.python import Module, Scope, last_name
from checks.facts.source import Spot
from checks.finding import Confidence
from checks.lazy import lazy
from checks.records import NamedTuple

if TYPE_CHECKING:
    from checks.project import Project, Site

# Patterns that begin with a text are found quickly.
_EXTERNAL = (
    lazy(r"_external\b"),
    lazy(r"request(?<=\brequest)\.(?:host_url|url_root|base_url|host)\b"),
    lazy(r"request(?<=\brequest)\.headers(?:\.get\(|\[)[\"'](?i:host)[\"']"),
)
_WORDS = (
    "_external", "request.host", "request.url_root", "request.base_url", "request.headers",
)  # fmt: skip
_HOSTS = ("host_url", "url_root", "base_url", "host")
_TOKEN = lazy(
    r"token|reset_?(?:code|key|hash|password)|nonce|signature|confirm(?:ation)?_?(?:code|key)|"
    r"activation|invite|verification",
    re.IGNORECASE,
)
# What a link is for that reaches its reader by mail, whoever sends it.
_MAILED = lazy(r"reset|confirm|verif|activat|invit|passw|recover|unsubscribe", re.IGNORECASE)
_MAIL = lazy(
    r"(?:^|_)(?:send_?)?e?mails?(?:$|_)|^(?:send_)?message$|sendmail|smtp|send_(?:reset|confirm|invit|verif|activ)|"
    r"^Message$|EmailMessage|MIMEText|postmark|mailgun|sendgrid",
    re.IGNORECASE,
)
# Asks about an address, and sends nothing there.
_ABOUT_ADDRESS = lazy(
    r"_*(?:is|has|check|validate|valid|get|find|parse|normali[sz]e|clean|by)_(?!.*send)"
)
_MAIL_PATH = lazy(
    r"(?:^|/|_)e?-?mails?(?:$|[/_.])|security/email|(?:reset|confirm)[^/]*\.(?:txt|text|eml)$",
    re.IGNORECASE,
)
_MAX_NAMES = 4  # assignments from a link to the mail that it is part of
_TASK = lazy(r"(shared_|periodic_|background_|cron_)?(task|job)$|actor$|scheduled$")
_JOBS = lazy(r"(jobs?|tasks?|workers?|celery\w*|cron\w*|schedul\w+)$")
_IN_TEMPLATE = lazy(
    r"url_for\((?P<args>(?:[^()]|\([^()]{0,200}\)){0,400}?_external\s{0,9}=\s{0,9}[Tt]rue"
    r"(?:[^()]|\([^()]{0,200}\)){0,400}+)\)|"
    r"\{\{-?\s{0,9}request\.(?:host_url|url_root|host)\b"
)


Kind = Literal["token", "mail", "page"]


class Link(NamedTuple):
    """One such link."""

    kind: Kind
    """``token``: it carries one; ``mail``: it is part of a mail; ``page``: any other."""
    spot: Spot
    confidence: Confidence


def links_of(project: Project, site: Site) -> list[Link]:
    """Return the links that the code and templates of `site` make so, in no certain order."""
    found: list[Link] = []
    for module in site.modules:
        if module.source.context == "app" and project.vocabulary.holds(module, *_WORDS):
            found += _in_code(module, project)
    found += _by_helpers(project, site)
    for template in (*project.templates, *project.mails):
        text = template.source.text
        if "_external" not in text and "request." not in text:
            continue
        if template.source.context == "app" and project.pages.site_of(template) is site:
            mail = _MAIL_PATH.search(template.path) is not None
            for match in _IN_TEMPLATE.finditer(text):
                token = _TOKEN.search(match["args"] or "") is not None
                if "_scheme" in (match["args"] or "") and not (mail or token):
                    continue
                spot = template.source.offset_spot(*match.span())
                if mail:
                    found.append(Link("token" if token else "mail", spot, "high"))
                else:
                    found.append(Link("page", spot, "medium"))
    return found


def _in_code(module: Module, project: Project) -> Iterator[Link]:
    for scope in module.saying(*_EXTERNAL):
        if scope.kind != "function" or _is_job(scope, project):
            continue
        mails = list(_mails(scope))
        for node in _made(scope, project):
            yield _link(node, scope, mails)


def _link(node: ast.expr, scope: Scope, mails: list[ast.Call]) -> Link:
    sends = bool(mails) or _is_mail(scope.name)
    given = _given(node, scope.module)
    token = _TOKEN.search(given) is not None
    mailed = token and _MAILED.search(given) and not _oauth(scope)
    kind: Kind = "page"
    if token and (sends or mailed):
        kind = "token"
    elif _is_mail(scope.name) or (mails and _reaches(node, mails, scope)):
        kind = "mail"
    confidence: Confidence = "high" if sends else ("medium" if mailed else "low")
    return Link(kind, scope.spot(node), confidence)


def _by_helpers(project: Project, site: Site) -> Iterator[Link]:
    """Yield the links with tokens that the app's own ``url_for`` makes, which is external."""
    for helper in _own_makers(project, site):
        for module in site.modules:
            if module.source.context != "app":
                continue
            for call, scope in module.calls(helper.name):
                if scope is helper or scope.kind != "function" or _is_job(scope, project):
                    continue
                if project.names.callee(call, scope) is helper:
                    link = _link(call, scope, list(_mails(scope)))
                    if link.kind == "token":
                        yield link


def _own_makers(project: Project, site: Site) -> Iterator[Scope]:
    """Yield the functions that hand all that they are told on to an external ``url_for``."""
    for module in site.modules:
        if module.source.context != "app" or "_external" not in module.source.text:
            continue
        for call, scope in module.calls("url_for"):
            spread = any(keyword.arg is None for keyword in call.keywords)
            external = next((k.value for k in call.keywords if k.arg == "_external"), None)
            if not spread or external is None or scope.kind != "function":
                continue
            if project.evaluate(external, scope).is_literal(True):
                yield scope


def _is_job(scope: Scope, project: Project) -> bool:
    """Return whether a worker runs `scope`, without a request that could name a host."""
    if any(_TASK.match(last_name(getattr(d, "func", d))) for d in scope.decorators):
        return True
    stem = scope.module.path.rpartition("/")[2].removesuffix(".py")
    return _JOBS.match(stem) is not None and not any(
        scope in project.reach.of(view.function) for view in project.views
    )


def _made(scope: Scope, project: Project) -> Iterator[ast.expr]:
    for call in scope.calls:
        if last_name(call.func) == "url_for":
            given = next((k.value for k in call.keywords if k.arg == "_external"), None)
            if given is not None and project.evaluate(given, scope).is_literal(True):
                yield call
    for outer in (*scope.body,):
        for node in ast.walk(outer):
            if isinstance(node, ast.expr) and _names_host(node) and _joined(node, scope.module):
                yield node


def _names_host(node: ast.expr) -> bool:
    """Return whether `node` is ``request.host``, its kin, or the header that names the host."""
    if isinstance(node, ast.Attribute):
        return node.attr in _HOSTS and last_name(node.value) == "request"
    owner: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        owner, key = getattr(node.func, "value", None), node.args[0]
    named = isinstance(key, ast.Constant) and str(key.value).lower() == "host"
    return named and isinstance(owner, ast.Attribute) and ast.unparse(owner) == "request.headers"


def _joined(node: ast.expr, module: Module) -> bool:
    """Return whether the host becomes part of a text, and is not only compared."""
    for outer in module.ancestors(node):
        if isinstance(outer, ast.BinOp | ast.JoinedStr):
            return True
        if isinstance(outer, ast.Call) and last_name(outer.func) in ("urljoin", "format", "join"):
            # ``urlparse(urljoin(request.host_url, target))`` checks a redirect.
            over = module.parent(outer)
            return not (isinstance(over, ast.Call) and "url" in last_name(over.func))
        if isinstance(outer, ast.stmt | ast.Compare):
            return False
    return False


def _given(node: ast.expr, module: Module) -> str:
    """Return the names in the link, or in the text that it becomes part of."""
    whole: ast.AST = node
    for outer in module.ancestors(node):
        joins = isinstance(outer, ast.Call) and last_name(outer.func) in ("urljoin", "format")
        if not joins and not isinstance(outer, ast.BinOp | ast.JoinedStr | ast.FormattedValue):
            break
        whole = outer
    return _words_of(whole)


def _words_of(node: ast.AST) -> str:
    """Return the names and texts in `node`; works for nodes of any depth."""
    found = []
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.append(part.value)
        elif isinstance(part, ast.keyword):
            found.append(part.arg or "")
        else:
            found.append(last_name(part))
    return " ".join(found)


def _is_mail(name: str) -> bool:
    return _MAIL.search(name) is not None and not _ABOUT_ADDRESS.match(name)


def _mails(scope: Scope) -> Iterator[ast.Call]:
    """Yield the calls of `scope` that send a mail, or make one."""
    for call in scope.calls:
        name = last_name(call.func)
        if _is_mail(name):
            yield call
        elif name in ("send", "queue", "enqueue", "delay", "apply_async"):
            said = " ".join(map(_words_of, (call.func, *call.args[:2])))
            if re.search(r"mail|Message|msg", said):
                yield call


def _reaches(node: ast.expr, mails: list[ast.Call], scope: Scope) -> bool:
    """Return whether `node` is part of a mail: given to its call, or by names that hold it."""
    above = list(scope.module.ancestors(node))
    if any(mail in above for mail in mails):
        return True
    held = {name for outer in above for name in _targets(outer)}
    for _ in range(_MAX_NAMES):
        more = {
            name
            for assignment in scope.assignments
            if held & _names_in(assignment.value)
            for name in _targets(assignment.node)
        }
        if more <= held:
            break
        held |= more
    return any(held & _names_in(mail) for mail in mails)


def _targets(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives a value, or a part: ``msg`` of ``msg.body = text``."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            first: ast.expr = target
            while isinstance(first, ast.Attribute | ast.Subscript):
                first = first.value
            if isinstance(first, ast.Name):
                yield first.id


def _names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _oauth(scope: Scope) -> bool:
    return re.search(r"oauth|oidc|saml|authorize|callback|sso", scope.qualname, re.I) is not None

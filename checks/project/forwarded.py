"""Where the app reads, by itself, headers in which proxies tell about the client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from checks.facts.lines import own_text
from checks.facts.python import Module, Scope, last_name
from checks.lazy import lazy
from checks.project.names import Names
from checks.project.only_logged import only_logged, own_expressions
from checks.project.vocabulary import Vocabulary
from checks.records import NamedTuple

Part = Literal["address", "host", "scheme", "prefix"]

_PARTS: dict[Part, tuple[str, ...]] = {
    "address": (
        "x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip",
        "cf-connecting-ip", "x-cluster-client-ip", "fastly-client-ip", "forwarded",
        "x-original-forwarded-for", "x-remote-addr", "x-remote-ip", "x-originating-ip",
    ),
    "host": ("x-forwarded-host", "x-forwarded-server", "x-host", "x-original-host"),
    "scheme": (
        "x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-scheme",
        "x-forwarded-ssl", "x-url-scheme", "front-end-https", "x-forwarded-port",
    ),
    "prefix": ("x-forwarded-prefix", "x-script-name"),
}  # fmt: skip
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}
_WORDS = (
    "orwarded", "ORWARDED", "access_route", "X-", "x-", "HTTP_X_", "onnecting-I", "onnecting-i",
    "CONNECTING_", "lient-IP", "lient-ip", "CLIENT_IP", "nd-Https", "nd-https",
)  # fmt: skip
SAID = lazy(
    r"[Xx][-_](?:[Ff]orwarded|FORWARDED|[Rr]eal|REAL|[Cc]lient|CLIENT|[Ss]cheme|SCHEME|[Hh]ost|HOST|"
    r"[Ss]cript|SCRIPT|[Cc]luster|CLUSTER|[Oo]rigin|ORIGIN|[Rr]emote|REMOTE|URL)[-_]|"
    r"X-[HS](?:ost|cheme)\b|[\"'](?:HTTP_)?(?:Forwarded|FORWARDED|forwarded)[\"']|"
    r"(?:[Cc]onnecting|CONNECTING|[Cc]lient|CLIENT)[-_][Ii][Pp]\b|access_route|[Ee]nd-[Hh]ttps"
)
# In small letters; one is in every text that `SAID` finds something in, and to look for all of
# them takes a tenth of its time.
_AT_A_GLANCE = (
    "forwarded", "access_route", "end-https", "connecting-ip", "connecting_ip", "client-ip",
    "client_ip", "x-scheme", "x-host",
    *(f"x{one}{name}{two}" for one in "-_" for two in "-_" for name in (
        "real", "client", "scheme", "host", "script", "cluster", "origin", "remote", "url"
    )),
)  # fmt: skip
_GETTERS = ("get", "getlist", "get_all", "pop")
_HOLDERS = ("headers", "environ", "environ_base", "env")
_ANSWERS = lazy(r"^(?:r|res|resp|response|reply|answer|result|rv)$|respons", re.IGNORECASE)
_LAST = lazy(r"split\([^)]*\)\s*\[\s*-\s*\d|\.pop\(\s*\)|\.pop\(-1\)")
_DECIDES = lazy(
    r"trust|behind_?(?:a_)?prox|use_?prox|num_?prox|prox(?:y|ies)_?(?:count|num|fix|enabled|allow)|"
    r"prox(?:y|ies)_?(?:settings?|list|ips|addresses|networks|hosts|depth)|check_?prox|"
    r"allowed_?prox|known_?prox|real_ip_from|cloudflare_ips",
    re.IGNORECASE,
)
_OPTION = 60  # characters: a longer text is prose, not the name of an option
_ANSWERED = ("render_template", "jsonify", "make_response")


class Reading(NamedTuple):
    """One place where the app asks for such a header."""

    node: ast.expr
    scope: Scope
    header: str
    """In lower case; ``access_route`` for Werkzeug's own reading of X-Forwarded-For."""
    part: Part
    """What is told there."""
    only_said: bool
    """Whether it goes into a log and nowhere else."""


def readings(module: Module, vocabulary: Vocabulary, names: Names) -> Iterator[Reading]:
    """Yield the readings of `module`, those that ask first who sent the header left out."""
    holds = vocabulary.holds
    if not holds(module, "headers", "environ", "access_route") or not holds(module, *_WORDS):
        return
    if not _says(module.source.text):
        return
    constants = _constants(module)
    elsewhere = constants or any(_listed(one.value) for one in module.top.assignments)
    for scope in module.scopes if elsewhere else module.saying(SAID):
        if scope.kind == "class" or isinstance(scope.node, ast.Lambda):
            continue
        nodes = list(own_expressions(scope))
        looped = _looped(scope)
        found = [
            (node, header)
            for node in nodes
            if (header := _header(node, constants))
            and not _taken_last(node, module)
            and not _told_back(node, module)
        ]
        for node in nodes if looped else ():
            key = _key(node)[0]
            name = key.id if isinstance(key, ast.Name) else ""
            for header in looped.get(name, ()):
                if _header(node, {name: header}) and not _taken_last(node, module):
                    found.append((node, header))
        if found and not _asks(nodes, scope):
            for node, header in found:
                part = _PART_OF.get(header, "address")
                yield Reading(node, scope, header, part, only_logged(node, scope, names))


def _says(text: str) -> bool:
    """Return whether `SAID` finds something in `text`; only lines that may hold it are asked."""
    small = text.lower()
    if len(small) != len(text):  # a few letters are two in small: places would be others
        return SAID.search(text) is not None
    for word in _AT_A_GLANCE:
        at = small.find(word)
        while at >= 0:
            end = text.find("\n", at) % (len(text) + 1)
            if SAID.search(text, text.rfind("\n", 0, at) + 1, end) is not None:
                return True
            at = small.find(word, end)
    return False


def _constants(module: Module) -> dict[str, str]:
    """Return constants of the file that are names of such headers."""
    found = {}
    for assignment in module.top.assignments:
        name = _plain(assignment.value)
        if isinstance(assignment.target, ast.Name) and name in _PART_OF:
            found[assignment.target.id] = name
    return found


def _looped(scope: Scope) -> dict[str, list[str]]:
    """Return the variables of loops over lists of such headers, with the headers of each."""
    found = {}
    for statement in scope.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.For | ast.comprehension):
                continue
            listed: ast.expr | None = node.iter
            if isinstance(listed, ast.Name):
                top = scope.module.top.bindings
                here = scope.bindings.get(listed.id) or top.get(listed.id) or []
                listed = here[0].value if len(here) == 1 else None
            if isinstance(node.target, ast.Name) and (headers := _listed(listed)):
                found[node.target.id] = headers
    return found


def _listed(node: ast.expr | None) -> list[str]:
    """Return the headers that a list or tuple names."""
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return [name for name in map(_plain, parts) if name in _PART_OF]


def _header(node: ast.expr, constants: dict[str, str]) -> str:
    """Return the header that `node` reads, or an empty text."""
    if isinstance(node, ast.Attribute) and node.attr == "access_route":
        return "access_route"
    key, holder = _key(node)
    if key is None or last_name(holder) not in _HOLDERS or _ANSWERS.search(_root(holder)):
        return ""
    name = constants.get(key.id, "") if isinstance(key, ast.Name) else _plain(key)
    return name if name in _PART_OF else ""


def _key(node: ast.expr) -> tuple[ast.expr | None, ast.expr | None]:
    """Return what `node` looks up, and in what."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in _GETTERS:
            return node.args[0], node.func.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return node.slice, node.value
    return None, None


def _plain(node: ast.expr) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return ""
    return node.value.removeprefix("HTTP_").replace("_", "-").lower()


def _root(node: ast.AST | None) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _taken_last(node: ast.expr, module: Module) -> bool:
    """Return whether the entry that the nearest proxy wrote is taken, which no client can forge."""
    for outer in module.ancestors(node):
        if _asks_whether(outer, node):
            return True  # only whether it is there
        if isinstance(outer, ast.Subscript):
            index = outer.slice
            if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
                return True
        elif not isinstance(outer, ast.Attribute | ast.Call | ast.BoolOp | ast.IfExp):
            return False
    return False


def _asks_whether(outer: ast.AST, node: ast.expr) -> bool:
    """Return whether `outer` only asks whether there is what `node` reads."""
    if isinstance(outer, ast.Call):
        return last_name(outer.func) in ("bool", "any", "all")
    if isinstance(outer, ast.If | ast.IfExp | ast.While):
        return outer.test is node
    if isinstance(outer, ast.GeneratorExp):
        return outer.elt is node
    return isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not)


def _asks(nodes: list[ast.expr], scope: Scope) -> bool:
    """Return whether a function asks who sent the header, or takes the last of several entries."""
    for node in nodes:
        name = last_name(node)
        if name and _DECIDES.search(name):
            return True
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and len(text) < _OPTION and _DECIDES.search(text):
            return True
        if isinstance(node, ast.Compare) and any(
            _is_peer(part) for part in (node.left, *node.comparators)
        ):
            return True
        if isinstance(node, ast.Compare) and _is_among_proxies(node):
            return True
    if scope.kind == "module":
        return False
    return _LAST.search(own_text(scope)) is not None


def _is_among_proxies(node: ast.Compare) -> bool:
    """Return whether addresses are held against a list of proxies: ``addr not in self.proxies``."""
    inside = isinstance(node.ops[0], ast.In | ast.NotIn)
    return inside and re.search("prox(?:y|ies)", last_name(node.comparators[0]), re.I) is not None


def _is_peer(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _plain(node.slice) == "remote-addr"
    if isinstance(node, ast.Call) and node.args:
        return any(_is_peer(arg) for arg in node.args) and last_name(node.func) != "get"
    return last_name(node) == "remote_addr"


def _told_back(node: ast.expr, module: Module) -> bool:
    """Return whether the answer tells the client what it said of itself, and nothing else is."""
    for outer in module.ancestors(node):
        if isinstance(outer, ast.Call) and last_name(outer.func) in _ANSWERED:
            return isinstance(module.parent(outer), ast.Return)
        if not isinstance(outer, ast.keyword | ast.Dict | ast.Call | ast.BoolOp):
            return False
        if isinstance(outer, ast.Call) and last_name(outer.func) not in ("str", *_GETTERS):
            return False
    return False

"""Text from outside gets into a page without being escaped.

What it does
------------
Reports escaping that is switched off for the whole app (`jinja_env.autoescape = False`,
`jinja_options`), for a block (`{% autoescape false %}`) that prints more than addresses,
settings, numbers and texts of its own, for an `Environment` that makes pages, and for HTML
templates whose names do not end in one of the endings that Flask escapes, such as `page.jinja2`;
and `|safe` and `Markup` on what the client sends or the database holds, on flashed messages with
such a value in them, on what Markdown makes of a text without cleaning it (in strict audits
where nobody can register), and on what the client sends in markup that a view returns as a text,
such as `f"<h1>{error}</h1>"`. A value that one template prints several times is reported once. In
strict audits only: what is called markup of the site's own, such as `footer_html`, and what the
database holds where no view that visitors or self-made accounts use is seen to store it, as with
the posts of a blog that its owner writes, and what only the visitor can have sent, in a form with
a token. Values that bleach, nh3 or a sanitizing function has cleaned are the near miss.

Why it is bad
-------------
A script that one user writes into a comment runs in the browsers of all others, in their name.

Bad
---
```python
from flask import Flask, render_template, request

app = Flask(__name__)

@app.get("/search")
def search():
    return render_template("search.html", words=request.args["q"])
```
```html
<!-- file: templates/search.html -->
<p>You looked for {{ words|safe }}</p>
```

Good
----
```python
from flask import Flask, render_template, request

app = Flask(__name__)

@app.get("/search")
def search():
    return render_template("search.html", words=request.args["q"])
```
```html
<!-- file: templates/search.html -->
<p>You looked for {{ words }}</p>
```

How to fix
----------
Leave the escaping on. Where users may write markup, clean it with nh3 when it is stored.

References
----------
- https://cwe.mitre.org/data/definitions/79.html
- https://flask.palletsprojects.com/en/stable/templating/#controlling-autoescaping
- OWASP ASVS 5.0, requirement 1.2.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from checks.facts.python import Module, Scope
from checks.facts.source import Spot
from checks.facts.templates import Block, Template
from checks.finding import Audience, Confidence, Finding
from checks.found import found
from checks.lazy import lazy
from checks.project import Project
from checks.project.escaped_input import escapes_input
from checks.project.flashed import flashes, only_category, prints_flashed
from checks.project.html_answers import html_answers
from checks.project.markdown_markup import lets_markup_through
from checks.project.own_environments import ESCAPED, unescaped_environments
from checks.project.own_input import OwnInput
from checks.project.shown_values import ShownValues
from checks.project.unescaped_blocks import may_bring_markup, prints_markup
from checks.project.untrusted import Untrusted
from checks.project.writers import WhoWrites
from checks.rule import Meta

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=79,
    asvs=("1.2.1",),
    summary="text from outside is not escaped",
    why="A script that one user writes runs in the browsers of others, in their name.",
    fix="Leave the escaping on; clean what may hold markup with nh3.",
)

_SAYS_ESCAPE = lazy(r"autoescape")
_LOOKS_LIKE_PAGE = lazy(r"<(?:html|body|form|div|p|h1|table|ul|span|a)\b[^>]*>", re.IGNORECASE)
# What whoever runs the site puts into its pages on purpose, by its name; not what a user has.
_OF_THE_SITE = lazy(
    r"(?<!user\.)(?<!profile\.)(?<!author\.)(?<!member\.)(?<!owner\.)\b(?:\w+_)?(?:"
    r"embed(?:_(?:code|html))?|custom_(?:css|html|js|head|header|footer|script)|tracking_code|"
    r"analytics(?:_(?:code|script|html))?|(?:head|header|footer|banner|extra_head)_html|ad_code)"
    r"(?=\s*(?:\||$))"
)
# Baseframe escapes all that holds ``.html.``, too.
_CHOICE = lazy(
    r"select_(?:jinja_)?autoescape|autoescape\s*=|\bimport baseframe\b|\bfrom baseframe import\b"
)
_OTHERS = 8  # places that a finding names
_WHAT = {
    "request": "what the client sends",
    "database": "what the database holds",
    "records": "JSON of what the database holds",
}


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each place where escaping is off."""
    yield from _templates(project)
    untrusted, who = Untrusted(project), WhoWrites(project)
    own = OwnInput(project, untrusted)
    for module in project.modules:
        if module.source.context == "tests":
            continue
        says = "autoescape" in module.source.text
        for scope in module.saying(_SAYS_ESCAPE) if says else ():
            yield from _switched_off(scope)
        for call, scope, pages in unescaped_environments(module, project):
            yield found(
                RULE,
                "Templates of this environment are not escaped.",
                scope.spot(call),
                confidence="medium",
                audience=None if pages else "strict",
            )
        for call, scope in module.calls("Markup"):
            name = project.names.called(call, scope) or ""
            if name.rpartition(".")[2] != "Markup" or not call.args:
                continue
            kind = untrusted.source(call.args[0], scope)
            if not kind and lets_markup_through(call, scope, project):
                yield _markdown(scope.spot(call), project)
            if kind and not _taken_back(call, scope):
                meant = kind == "database" and who.of(untrusted.record) != "strangers"
                meant = meant or (kind == "request" and own.shown(module.path))
                yield _unescaped("Markup", kind, scope.spot(call), of_the_site=meant)
    for part, scope in html_answers(project, untrusted):
        yield _unescaped("A returned text", "request", scope.spot(part))
    yield from _endings(project)


def _markdown(spot: Spot, project: Project) -> Finding:
    """Return the finding for Markdown; where only editors have accounts, they may write markup."""
    joined = any(login.kind == "register" for login in project.logins)
    return found(
        RULE,
        "Markup prints what Markdown makes of a text, in which it leaves markup as it is.",
        spot,
        confidence="medium",
        audience=None if joined else "strict",
    )


def _taken_back(call: ast.Call, scope: Scope) -> bool:
    """Return whether ``Markup(text).unescape()`` makes a plain text again."""
    above = scope.module.parent(call)
    return isinstance(above, ast.Attribute) and above.attr in ("unescape", "striptags")


def _unescaped(
    by: str, kind: str, spot: Spot, others: Iterable[Spot] = (), *, of_the_site: bool = False
) -> Finding:
    sure: Confidence = "high" if kind == "request" else "medium"
    message = f"{by} prints {_WHAT[kind]} without escaping it."
    related = [(other, "the same value again") for other in others]
    audience: Audience | None = "strict" if of_the_site else None
    return found(RULE, message, spot, confidence=sure, audience=audience, related=related)


def _templates(project: Project) -> Iterator[Finding]:
    values, who = ShownValues(project), WhoWrites(project)
    own = OwnInput(project, values.untrusted)
    escaped = cache(lambda: escapes_input(project))
    flashed: dict[Spot, str | None] = {}
    for template in project.pages.templates:
        if "safe" not in template.source.text and "autoescape" not in template.source.text:
            continue
        if _is_page(template.path):
            yield from _blocks(template)
        shown: dict[tuple[str, str], list[Spot]] = {}
        records: dict[str, str] = {}
        by_itself = set()
        for printed in template.safe:
            if prints_flashed(template, printed.expression):
                flashed[printed.spot] = only_category(template, printed.spot)
                continue
            kind = values.source(printed.expression, template)
            if kind == "database" and values.untrusted.as_json:
                kind = "records"
            elif kind == "request" and own.shown(template.path):
                by_itself.add(printed.expression)
            if kind:
                shown.setdefault((printed.expression, kind), []).append(printed.spot)
                plain = printed.expression.partition("|")[0]
                records[printed.expression] = plain if "." in plain else values.untrusted.record
        for (said, kind), (first, *others) in shown.items():
            # Records that a page hands to its scripts are often what the site's own people wrote.
            meant = (
                kind == "records"
                or (kind == "request" and said in by_itself)
                or (
                    kind == "database"
                    and (
                        _OF_THE_SITE.search(said) is not None
                        or escaped()
                        or who.of(records[said]) != "strangers"
                    )
                )
            )
            yield _unescaped("|safe", kind, first, others, of_the_site=meant)
    yield from _flashed(project, flashed)


def _flashed(project: Project, printed: Mapping[Spot, str | None]) -> Iterator[Finding]:
    """Yield one finding for all places that print messages with somebody's text in them."""
    places, categories = list(printed), set(printed.values())
    found_here = [
        flash
        for flash in (flashes(project) if places else ())
        if {None, flash.category} & categories or flash.category is None
    ]
    if found_here:
        first = min(found_here, key=lambda one: (one.own, one.kind != "request", one.spot))
        yield found(
            RULE,
            f"Flashed messages are not escaped, and one of them holds {_WHAT[first.kind]}.",
            places[0],
            confidence="medium",
            audience="strict" if all(flash.own for flash in found_here) else None,
            related=[
                *((spot, "nor are they here") for spot in places[1:4]),
                *((one.spot, "such a message") for one in found_here[:4]),
            ],
        )


def _blocks(template: Template) -> Iterator[Finding]:
    """Yield one finding for all blocks of a template that may print somebody's markup."""
    spots = [block.spot for block in template.escaping_off if may_bring_markup(block)]
    for first in spots[:1]:
        others = [(spot, "nor is this one") for spot in spots[1:]]
        yield found(RULE, "This block is not escaped.", first, related=others)


def _is_page(path: str) -> bool:
    return path.endswith((*ESCAPED, ".py", ".j2", ".jinja", ".jinja2"))


def _switched_off(scope: Scope) -> Iterator[Finding]:
    message = "Escaping is switched off for all templates of the app."
    for assignment in scope.assignments:
        target, value = assignment.target, assignment.value
        off = isinstance(value, ast.Constant) and value.value in (False, None)
        on_app = isinstance(target, ast.Attribute) and target.attr == "autoescape"
        if on_app and off and "jinja" in ast.unparse(target):
            yield found(RULE, message, scope.spot(assignment.node))
        if "jinja_options" in ast.unparse(target):
            for node in _off_options(value):
                yield found(RULE, message, scope.spot(node))
    for call in scope.calls:
        if "jinja_options" in ast.unparse(call.func):
            for node in (call, *call.args):
                for option in _off_options(node):
                    yield found(RULE, message, scope.spot(option))


def _off_options(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the values of ``autoescape`` that are off in a dictionary or a call."""
    pairs: list[tuple[object, ast.expr]] = []
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        pairs = list(zip(keys, node.values, strict=True))
    elif isinstance(node, ast.Call):
        pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
    for name, value in pairs:
        if name == "autoescape" and isinstance(value, ast.Constant) and not value.value:
            yield value


def _endings(project: Project) -> Iterator[Finding]:
    """Yield one finding for all pages whose ending Flask does not escape."""
    seen: dict[str, Spot] = {}
    for rendering in project.pages.renderings:
        name = rendering.name
        if name.endswith(ESCAPED) or "." not in name or name in seen or "<" in name:
            continue
        if project.names.called(rendering.call, rendering.scope) != "flask.render_template":
            continue
        pages = project.pages.named(name, rendering.scope.module.path)
        unescaped = [
            page
            for page in pages
            if prints_markup(Block(page.text, page.source.line_spot(1)))
            and _LOOKS_LIKE_PAGE.search(page.text)
            and "autoescape" not in page.text
        ]
        if unescaped:
            seen[name] = rendering.scope.spot(rendering.call)
    if not seen or any(_chooses(module) for module in project.modules):
        return  # in this order: few apps have such pages
    for first in list(seen.values())[:1]:
        message = f"Flask escapes only {', '.join(ESCAPED)}: this page is not escaped."
        others = [(spot, "nor is this one") for spot in list(seen.values())[1:_OTHERS]]
        yield found(RULE, message, first, confidence="medium", related=others)


def _chooses(module: Module) -> bool:
    """Return whether a file, or a library that it gives the app, decides what is escaped."""
    return _CHOICE.search(module.source.text) is not None

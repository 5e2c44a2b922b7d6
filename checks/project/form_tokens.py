"""Whether a form carries a CSRF token: by itself, by macros, includes and blocks, or by script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.templates import Form, Template
from checks.lazy import lazy
from checks.project.pages import Pages

_TOKEN = lazy(r"csrf|xsrf|hidden_tag\(|quick_form\(|nonce\b", re.IGNORECASE)
_CALLED = lazy(r"\{[{%]-?\s*(?:call\s*(?:\([^)]*\))?\s*)?(?:\w+\.)?(\w+)\(([^}%]{0,200})")
_INCLUDE = lazy(r"\{%-?\s*include\s+[\"']([^\"']+)[\"']")
_UNKNOWN_INCLUDE = lazy(r"\{%-?\s*include\s+[^\"'\s]")
_BLOCK = lazy(r"\{%-?\s*block\s+(\w+)|\bcaller\(\)|\bsuper\(\)")
_BY_SCRIPT = lazy(
    r"^(on-?submit|hx-(post|put|delete)|ng-submit|v-on:submit.*|@submit.*|data-remote|"
    r"(data-)?ajax.*|x-on:submit.*|data-on-submit|data-action|data-turbo.*)$"
)
_KNOWN = frozenset(
    [
        "url_for", "_", "gettext", "ngettext", "range", "len", "loop", "super", "caller", "set",
        "if", "format", "get_flashed_messages", "lower", "upper", "title", "static", "get",
        "strftime", "config", "request", "dict", "list",
    ]
)  # fmt: skip
# Of the page's own making: ``<upload-fields>``.
_ELEMENT = lazy(r"<[a-z]+(?:-[a-z]+)+[\s/>]")
_LIBRARY = lazy(r"jquery|bootstrap|popper|moment|modernizr|//", re.IGNORECASE)
_PRINTED_SCRIPT = lazy(r"\{\{[^}<]{0,80}\b(?:js|javascript|scripts?|bundle|webpack|vite)\w*\(")
_MAX_DEPTH = 3  # macros within macros


def may_have_token(form: Form, template: Template, pages: Pages) -> bool:
    """Return whether `form` has a token, or is made of parts that may hold one."""
    if form.has_token or _UNKNOWN_INCLUDE.search(form.text):
        return True
    if _given(form.text, pages, 0):
        return True
    for name in _INCLUDE.findall(form.text):
        included = pages.named(name, template.path)
        if not included or any(_TOKEN.search(_whole(t, pages)) for t in included):
            return True
    if _ELEMENT.search(form.text) and any(_TOKEN.search(t.text) for t in pages.above(template)):
        return True  # a component, which the page fills in by a script
    if _BLOCK.search(form.text):
        return any(_TOKEN.search(t.text) for t in pages.above(template)[1:]) or (
            "caller()" in form.text
        )
    return False


def _whole(template: Template, pages: Pages) -> str:
    return "\n".join(part.text for part in pages.parts(template))


def _given(text: str, pages: Pages, depth: int) -> bool:
    """Return whether a macro that `text` calls prints a token, or is unknown and gets a form."""
    for name, arguments in _CALLED.findall(text):
        bodies = pages.macros.get(name)
        if bodies is None:
            made_outside = name not in _KNOWN and "form" in f"{name} {arguments}".lower()
            whole = re.search(r"^\s*\w*form\w*\s*[,)]", arguments, re.IGNORECASE)
            if made_outside and (whole or not arguments.strip(") -")) and not _is_field(text, name):
                return True
            continue
        for body in bodies:
            if _TOKEN.search(body) or (depth < _MAX_DEPTH and _given(body, pages, depth + 1)):
                return True
    return False


def _is_field(text: str, name: str) -> bool:
    """Return whether `name` is called as a field of a form: ``form.email()``."""
    return re.search(rf"form\.{re.escape(name)}\(", text) is not None


def sent_by_script(form: Form, template: Template, pages: Pages) -> bool:
    """Return whether a script sends `form`: what it adds is not to be seen in the form."""
    if any(_BY_SCRIPT.match(name) for name in form.tag.attributes):
        return True
    if form.action.startswith("javascript:") or not has_button(form):
        return True
    handles = [re.escape(handle) for handle in _handles(form)]
    if not handles:
        return False
    pattern = re.compile(rf"[\"'#.](?:{'|'.join(handles)})\b[^\n]{{0,80}}[\"'\])]")
    return any(
        pattern.search(script) and re.search(r"submit|fetch\(|ajax|\.post\(|XMLHttp", script)
        for page in (*pages.parts(template), *pages.above(template)[1:])
        for script in scripts_of(page)
    )


def has_button(form: Form) -> bool:
    """Return whether a button of `form` sends it; a form without one is a script's."""
    if re.search(r"submit|button|_macro|render_|field\(", re.sub(r"<[^>]*>", "", form.text)):
        return True  # printed by an expression
    return any(
        field.attributes.get("type", "submit" if field.name == "button" else "text").lower()
        in ("submit", "image")
        for field in form.fields
    )


def loads_own_scripts(template: Template, pages: Pages) -> bool:
    """Return whether the page loads scripts of the app's own, which may well send its forms."""
    return any(
        _PRINTED_SCRIPT.search(page.text)
        or any(
            "src" in tag.attributes and not _LIBRARY.search(tag.attributes["src"])
            for tag in page.scripts
        )
        for above in pages.above(template)
        for page in pages.parts(above)
    )


def _handles(form: Form) -> Iterator[str]:
    found = form.tag.attributes.get("id", "")
    if found and "{" not in found:
        yield found
    for name in form.tag.attributes.get("class", "").split():
        if re.fullmatch(r"[\w-]+", name) and ("form" in name or "js" in name):
            yield name


def scripts_of(template: Template) -> list[str]:
    """Return the code of the scripts that stand in `template`."""
    return [
        template.text[tag.end : template.text.find("</script", tag.end)]
        for tag in template.scripts
        if "src" not in tag.attributes
    ]

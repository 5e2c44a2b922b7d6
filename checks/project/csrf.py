"""What protects an app's views against requests that other sites cause, and which it leaves out."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from checks.facts.lines import text_of
from checks.facts.python import Scope, last_name
from checks.lazy import lazy
from checks.project.by_post import only_by_post
from checks.project.configuration import Setting
from checks.project.csrf_exemptions import EXEMPTS, Exemption, Exemptions
from checks.project.csrf_hooks import OWN, csrf_hooks
from checks.project.guards import helpers_asked
from checks.project.header_hooks import asks_by_header, groups_with_credentials, wrapped_in_json
from checks.project.own_values import without_local_lists, without_own_dicts
from checks.project.routes import Decorator, View

if TYPE_CHECKING:
    from checks.project import Project, Site

SWITCHES = ("WTF_CSRF_ENABLED", "WTF_CSRF_CHECK_DEFAULT", "CSRF_ENABLED")
_FORM_BASES = frozenset(
    {
        "flask_wtf.FlaskForm", "flask_wtf.Form", "flask_wtf.RecaptchaForm", "flask_wtf.SecureForm",
        "wtforms.ext.csrf.SecureForm", "flask_admin.form.SecureForm",
        "flask_security.forms.Form",
        # Make a class that is derived from FlaskForm, unless another one is asked for.
        "flask_mongoengine.wtf.model_form", "flask_mongoengine.wtf.orm.model_form",
    }
)  # fmt: skip
_CHANGES = lazy(
    r"\.commit\(|\.save\(|\.delete\(|\.remove\(|session\.add\(|\.create\(|\.write\(|\.append\(|\.put\(|"
    r"\.insert(?:_one|_many)?\(|\.update(?:_one|_many)?\(|set_password|login_user\(|logout_user\(|"
    r"[^.\w]session\[[^\]]+\] ?=|\b(?:INSERT INTO|UPDATE \w|DELETE FROM)|"
    r"\b(?:insert into|update \w+ set|delete from)\b|"
    r"\.(?:delay|apply_async|enqueue|kill|terminate)\(|\bgevent\.spawn\w*\(|\bPopen\("
)
_LOGS_IN = lazy(
    r"(^|_)(log|sign)_?(in|up|on|out|off)|(expire|end|close)_?session|register|auth|reset|forgot|confirm",
    re.I,
)
_FORM_DATA = lazy(r"request\.(?:form|values|files)\b")
# An identity provider's page sends the browser here with a form; its signature is what counts.
# A payment service or a forge signs what it sends.
_SENT_BY_OTHERS = lazy(
    r"SAMLResponse|\.process_response\(|parse_authn_request_response|"
    r"\.construct_event\(|Stripe-Signature|X-Hub-Signature|X-Slack-Signature|X-Twilio-Signature"
)
# ``referer = request.headers.get("Referer")``, and if there is one, the redirect goes there.
_SENT_BACK = lazy(
    r"(\w+) = request\.headers(?:\.get\(|\[)[\"']Referer[\"'][^\n]*\n(?:[^\n]*\n){0,2}?"
    r"\s*if \1:\s+return redirect\(\1\)"
)
# Flask-RESTX's ``payload`` asks for JSON, as Flask's ``get_json`` does.
_JSON = lazy(
    r"request\.(?:get_json|json)\b(?!\((?:force|.*force=True))|"
    r"\b(?:\w*_)?(?:api|ns|namespace)\.payload\b"
)
_COOKIES = lazy(
    r"current_user|(?<!def )log(?:in|out)_user\(|\bg\.user\b|flask\.session|get_current_user\(|"
    r"session_logged_in\(|(?<![.\w])session(?:\[|\.get\(|\.pop\()"
)
# A helper that asks the session, or fills it.
_KEPT = lazy(
    r"(?:\bflask\.|(?<![.\w]))session(?:\[|\.get\()[\"']\w*(?:user|log|auth|account|uid|member|admin)"
)
# A cookie that counts beside a header only: no form of another site sends one.
_WITH_HEADER = lazy(r"(?:is_authenticated|current_user)\s+and\s+request\.headers(?:\.get\(|\[)")
_NEEDS_LOGIN = lazy(r"login|fresh|roles?_|permission|admin|has_access|auth", re.I)
_BY_TOKEN = lazy(r"jwt|token|api[_-]?key|basic|hmac|signature|oauth|bearer|webhook|auth_tkt", re.I)

# What no form of another site sends along: ``request.headers["X-Shop-Key"]``.
_KEY_HEADER = lazy(
    r"request\.headers(?:\.get\(|\[)\s*['\"](?:authorization|[\w-]*(?:key|token|auth)\b)",
    re.IGNORECASE,
)
# What a form carries against forgery says that a cookie is believed, not a token.
_FORGED = lazy(r"\w*[cx]srf[\s_\-]*(?:token\w*)?", re.IGNORECASE)


class Csrf:
    """The protection of one app."""

    def __init__(self, project: Project, site: Site) -> None:
        """Take the project and one of its apps."""
        self.project = project
        self.site = site
        self._modules = set(site.modules)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The site's views."""
        return tuple(view for view in self.project.views if view.module in self._modules)

    @cached_property
    def switched_off(self) -> tuple[Setting, ...]:
        """The writes that switch Flask-WTF's protection off where the app really runs."""
        configuration = self.project.configuration(self.site)
        found = []
        for key in SWITCHES:
            settings = configuration.production(key)
            on_again = any(
                s.value.is_literal(True) and s.environment == "production" for s in settings
            )
            for setting in settings:
                general = setting.environment is None and on_again
                if setting.value.is_literal(False) and not general:
                    found.append(setting)
        return tuple(found)

    @cached_property
    def everywhere(self) -> str:
        """What protects all views that are not exempted, or ``""``."""
        if self.project.guarded(self.site, "cross_site"):
            return "harden"
        for extension in self.project.initialised(self.site, "csrf"):
            by_key = [s for s in self.switched_off if s.key != "CSRF_ENABLED"]
            called = self.project.names.called(extension.built, extension.scope) or ""
            if not by_key or "SeaSurf" in called:
                return called.rpartition(".")[2] or "CSRFProtect"
        return self._hook

    @cached_property
    def _hooks(self) -> list[tuple[Scope, str | None]]:
        """The app's own checks before requests, each with the blueprint that it is for."""
        return list(csrf_hooks(self.project, self.site))

    @property
    def _hook(self) -> str:
        """Return the app's own check before each request, or ``""``."""
        return next((f"{hook.name}()" for hook, group in self._hooks if group is None), "")

    def _hooked(self, view: View) -> bool:
        """Return whether the blueprint of `view` has a check of its own before its requests."""
        told = {group for _, group in self._hooks if group is not None}
        return bool(told) and not told.isdisjoint(self.project.guards.groups(view.group))

    @cached_property
    def exemptions(self) -> tuple[Exemption, ...]:
        """What is exempted by decorators, by calls and for whole blueprints."""
        return Exemptions(self.project, self.site, self.views).find()

    @cached_property
    def _exempt_views(self) -> set[View]:
        return {view for exemption in self.exemptions for view in exemption.views}

    def is_exempt(self, view: View) -> bool:
        """Return whether the protection leaves `view` out."""
        return view in self._exempt_views

    def checks_itself(self, view: View, *, on_get: bool = False) -> bool:
        """Return whether `view` checks a token itself, if wanted `on_get`, by a form or by hand."""
        if self._hooked(view):
            return True
        scopes = list(self.project.reach.of(view.function))
        for decorator in view.decorators:
            around = self.project.names.scope_of(decorator.name)
            if around is not None and around.kind == "function":
                scopes += self.project.reach.of(around)
        for scope in scopes:
            for call in scope.calls:
                name = last_name(call.func)
                if on_get and only_by_post(call, scope, forms=False):
                    continue
                if name in _VALIDATES and self._form_checks(call, scope, name):
                    return True
        text = _without_exemption(text_of(view.function))
        if OWN.search(text) or _SENT_BY_OTHERS.search(text):
            return True
        return any(
            re.search("csrf|xsrf", (d.name or "").rpartition(".")[2], re.IGNORECASE)
            for d in view.decorators
            if d.name not in EXEMPTS
        )

    def uses_open_form(self, view: View) -> bool:
        """Return whether `view` takes a form class that says ``csrf = False`` of itself."""
        names = self.project.names
        return any(
            self.form_off(base) is not None
            for scope in self.project.reach.of(view.function)
            for call in scope.calls
            if last_name(call.func) in _VALIDATES and isinstance(call.func, ast.Attribute)
            for base in names.bases(names.type_of(call.func.value, scope))
        )

    def _form_checks(self, call: ast.Call, scope: Scope, name: str) -> bool:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        made_by = self.project.names.type_of(owner, scope)
        if made_by is None:
            return name == "validate_on_submit"
        bases = list(self.project.names.bases(made_by))
        if any(base in _FORM_BASES for base in bases):
            return not any(self.form_off(base) for base in bases)
        known = self.project.names.scope_of(made_by) is not None
        return name == "validate_on_submit" and not (known and "wtforms.Form" in bases)

    def form_off(self, qualified: str) -> ast.expr | None:
        """Return the ``csrf = False`` of a form class's ``Meta``, or None."""
        cls = self.project.names.scope_of(qualified)
        for child in cls.children if cls is not None and cls.kind == "class" else ():
            if child.name == "Meta" and child.kind == "class":
                for assignment in child.assignments:
                    value = assignment.value
                    named = last_name(assignment.target) == "csrf"
                    if named and isinstance(value, ast.Constant) and value.value is False:
                        return value
        return None

    def by_cookie(self, view: View) -> bool:
        """Return whether `view` believes the cookies of the browser about who asks."""
        for decorator in view.decorators:
            if decorator.is_route or decorator.name in EXEMPTS:
                continue
            verdict = self._decorated_by(decorator)
            if verdict is not None:
                return verdict
        if asks_by_header(view) or view.group in self._with_credentials:
            return False
        texts = map(text_of, (view.function, *view.through))
        if self._asked_by_hook or any(map(_COOKIES.search, texts)):
            return True
        if view.cls is not None and self._asked_by_class(view.cls):
            return True
        # ``log_in(user)`` and ``user_of_session()``, beside the view or in a module of helpers
        return any(
            _KEPT.search(text_of(scope)) for scope in self.project.reach.of(view.function)[1:8]
        )

    def _asked_by_class(self, cls: Scope) -> bool:
        """Return whether Flask-Admin's ``is_accessible`` of `cls` asks for everybody's login."""
        asks = self.project.names.method_of(cls.full_name, "is_accessible")
        return asks is not None and _COOKIES.search(text_of(asks)) is not None

    @cached_property
    def _with_credentials(self) -> frozenset[str]:
        return groups_with_credentials(self.project, self.site)

    @cached_property
    def _asked_by_hook(self) -> bool:
        """Whether ``before_request`` asks for everybody's login, so that no view need."""
        guards = self.project.guards
        return bool(guards.everywhere(self.site)) and any(
            guards.is_hook(function) and _COOKIES.search(text_of(function))
            for module in self.site.modules
            if "before_" in module.source.text
            for function in module.functions()
        )

    def by_token(self, view: View) -> bool:
        """Return whether a decorator of `view` asks for something that no cookie carries."""
        own = [d for d in view.decorators if not d.is_route and d.name not in EXEMPTS]
        asked = any(self._decorated_by(d) is False for d in own) or self.asks_for_header(view)
        return asked or view.group in self._with_credentials

    def asks_for_header(self, view: View) -> bool:
        """Return whether `view` leaves unless a helper finds a key: ``if not auth.check():``.

        Or a wrapper around it does.
        """
        scopes = [view.function]
        for decorator in view.decorators:
            function = self.project.names.scope_of(decorator.name)
            scopes += function.within() if function is not None else ()
        return any(
            _KEY_HEADER.search(text_of(helper))
            for scope in scopes
            for helper in helpers_asked(scope, self.project)
        )

    def _decorated_by(self, decorator: Decorator) -> bool | None:
        """Return whether a decorator asks for a login by cookie, or None if it asks nothing."""
        written = ast.unparse(decorator.node).split("(")[0]
        if _BY_TOKEN.search(written) or (decorator.name or "").startswith("flask_httpauth."):
            return False
        function = self.project.names.scope_of(decorator.name)
        if function is not None:
            text = _FORGED.sub("", text_of(function))
            if _BY_TOKEN.search(text):
                return False
            if _COOKIES.search(text):
                return True
            # What says nothing itself asks a helper, or makes the decorator there.
            texts = [_FORGED.sub("", text_of(s)) for s in self.project.reach.of(function)[1:8]]
            cookies = [text for text in texts if _COOKIES.search(text)]
            if any(map(_BY_TOKEN.search, texts)) and all(map(_WITH_HEADER.search, cookies)):
                return False
        return True if _NEEDS_LOGIN.search(written.rpartition(".")[2]) else None

    def changes(self, view: View) -> bool:
        """Return whether `view` changes something for a POST, as far as its code tells."""
        if "POST" not in view.methods:
            return False
        named = view.function.name in ("post", "dispatch_request") or view.cls is None
        if not named and not view.through:
            return False
        texts = [text_of(scope) for scope in self.project.reach.of(view.function)[:25]]
        texts = [without_own_dicts(text) if ".update(" in text else text for text in texts]
        own = text_of(view.function)
        reads = "GET" in view.methods and not _ASKS_WHAT_CAME.search(own)
        if reads or "recordsFiltered" in own:  # rows for DataTables, which asks by POST
            texts = [without_local_lists(text) for text in texts]
        return any(_CHANGES.search(text) for text in texts)

    def takes_a_form(self, view: View) -> bool:
        """Return whether another site's form can make the request: not where JSON is demanded."""
        text = text_of(view.function)
        if _FORM_DATA.search(text):
            return True
        return _JSON.search(text) is None and not wrapped_in_json(view, self.project)

    def is_about_login(self, view: View) -> bool:
        """Return whether `view` logs in, registers or logs out: forging it gains less."""
        return bool(_LOGS_IN.search(f"{view.function.name} {view.endpoint}"))


# A view without any of these does for a POST what it does for a GET. One that reads what came may
# change something by means that nobody can tell from its text, for which any ``append`` stands.
# ``Report.form`` is a column, and ``"form"`` an argument of many things.
_ASKS_WHAT_CAME = lazy(
    r"\brequest\b|Form\b|(?<![.'\"])form\b|\b(?:self|cls|g)\.form\b|validate|parse_args|parser\b"
)
_VALIDATES = ("validate_on_submit", "validate")


def _without_exemption(text: str) -> str:
    """Return source without what exempts, and without remarks, which often say why."""
    text = re.sub(r"@?\w*csrf\w*\.exempt|csrf_exempt|#[^\n]*", "", text, flags=re.IGNORECASE)
    return _SENT_BACK.sub("", text)

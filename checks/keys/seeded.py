"""Accounts that the code makes, with a password of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.facts.python import Module, Scope, last_name
from checks.keys.credential import PASSWORD_WORDS, Credential, is_real, whole_text_of
from checks.lazy import lazy
from checks.local_only import is_called_after_development
from checks.project import Project
from checks.project.words import is_plain_password_name

_HASHES = ("generate_password_hash", "set_password", "hash_password", "hashpw", "encrypt_password")
_GIVES_BACK = ("generate_password_hash", "hash_password", "hashpw", "encrypt_password")
# A helper of the project's own: ``hash_and_keep_password("admin", user_id)``.
_HASHING = lazy(r"(hash|encrypt)_(and_)?\w+_password$|(hash|encrypt)_password_\w+$")
_MAKES = ("create_user", "add_user", "register_user", "create_superuser", "create_admin")
_MAKING = lazy(r"_?(create|add|insert|make|new|register|get_or_create|save|upsert|seed|sign_?up)")
_ASKS = ("check_password_hash", "check_password", "verify_password", "verify", "checkpw")
_STAND_IN = lazy(r"dummy|fake|unusable|timing|placeholder|nobody|decoy|sentinel", re.I)
_STANDS_IN = lazy(
    r"#[^\n]*\b(?:placeholder|dummy|unused|never used|not (?:an? )?(?:actual|real)|ignored|"
    r"irrelevant)\b",
    re.I,
)
_PERSON = lazy(r"user|admin|account|member|customer|person|root", re.I)
_TRIAL_DATA = lazy(
    r"(^|[/_.:])(tests?|forge)\b|(^|/)run_?tests?|fake|seed|fixture|demo|sample|testdata|populate|init_?db|bootstrap|"
    r"(^|[/_.:])load_?data\b|:\w*test_?data|:\w+_test_|(^|/)development/"
)
_TOLD_TRIAL = lazy(
    r"\b(?:test|testing|sample|fake|demo|dummy|example|fictional|mock|made-up)[ -](?:\w+ )?"
    r"(?:data|users?|accounts?|records?|content|database|fixtures?)\b",
    re.IGNORECASE,
)
_FOR_TESTS = lazy(r"_?(test|dummy|fake|demo|sample)_", re.IGNORECASE)
_DEFAULT = lazy(r"default|initial|must_?change|unchanged|placeholder", re.IGNORECASE)
_PEOPLE = lazy(
    r"^_?(default_|admin_|local_|known_|valid_|all_)?(users?|accounts?|admins?|members?|logins)"
    r"(_?(db|store|list|table|map|dict))?$",
    re.IGNORECASE,
)
# The type of a field, and the beginnings of hashes.
_DESCRIBES = lazy(r"^(str(ing)?$|text$|varchar|secret_?text|pbkdf2:|scrypt:|sha\d)", re.I)


class Seeded:
    """Finds accounts with literal passwords."""

    def __init__(self, project: Project) -> None:
        """Take the project whose accounts are looked for."""
        self.project = project
        self.models = {model.scope.name: None for model in project.identity.models}
        # ``User.create(name="admin", password="admin")``
        self._names = [f"{name}." for name in self.models]

    def called(self, module: Module) -> Iterator[Credential]:
        """Yield what calls in `module` make, and the passwords that are hashed there."""
        hashing = (
            tuple(filter(_HASHING.match, module.called)) if "assw" in module.source.text else ()
        )
        for call, scope in calls_of(module, (*_HASHES, *hashing)):
            yield from _hashed(call, scope, self.project)
        for call, scope in calls_of(module, (*_MAKES, *self.models)):
            yield from _account(call, scope, self.project)
        for call, scope in calls_of(module, ("update",)):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if owner is not None and _PERSON.search(last_name(owner)):
                yield from _account(call, scope, self.project)
        text = module.source.text
        if not any(word in text for word in PASSWORD_WORDS):
            return
        if not any(name in text for name in self._names):
            return
        for call, scope in calls_of(module, tuple(filter(_MAKING.match, module.called))):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id in self.models:
                yield from _account(call, scope, self.project)

    def written(self, scope: Scope) -> Iterator[Credential]:
        """Yield what statements of `scope` give accounts, and lists of accounts."""
        yield from _assigned(scope, self.project)
        yield from _listed(scope, self.project)


def calls_of(module: Module, names: tuple[str, ...]) -> list[tuple[ast.Call, Scope]]:
    """Return the calls of what has one of `names`; most files have none."""
    here = [name for name in names if name in module.called or name in module.aliases]
    return module.calls(*here) if here else []


def _hashed(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``set_password("admin")`` and ``generate_password_hash("admin")``."""
    if len(call.args) > 2 or last_name(getattr(call.func, "value", call)) == "keyring":
        return  # ``keyring.set_password(service, name, text)`` is no account of the app
    node = call.args[0] if call.args else None
    if isinstance(node, ast.Call) and last_name(node.func) in ("encode", "bytes"):
        node = node.func.value if isinstance(node.func, ast.Attribute) else None
    text, fallback = whole_text_of(node, scope, project)
    if node is None or not text or _STAND_IN.search(text) or _stands_in(call, scope):
        return
    if last_name(call.func) in _GIVES_BACK and isinstance(scope.module.parent(call), ast.Expr):
        return  # ``hash_password("none")`` whose hash nobody gets
    trial = _is_trial(scope) or _is_found_out(node, scope)
    yield Credential("account", last_name(call.func), scope.spot(node), fallback, trial)


def _is_found_out(node: ast.expr, scope: Scope) -> bool:
    """Return whether the file asks of a stored hash whether it is still that of the default.

    An app that compares with ``DEFAULT_PASSWORD`` has it changed, or says so.
    """
    if not isinstance(node, ast.Name) or not _DEFAULT.search(node.id):
        return False
    return any(
        isinstance(arg, ast.Name) and arg.id == node.id
        for call, _ in scope.module.calls(*_ASKS)
        for arg in (*call.args, *(keyword.value for keyword in call.keywords))
    )


def _stands_in(call: ast.Call, scope: Scope) -> bool:
    """Return whether the hash is one that no user has: it keeps the time of a login even."""
    for outer in scope.module.ancestors(call):
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            target = outer.targets[0] if isinstance(outer, ast.Assign) else outer.target
            return bool(_STAND_IN.search(last_name(target)))
        if isinstance(outer, ast.Call) and last_name(outer.func).startswith(("check_", "verify")):
            return True
        if isinstance(outer, ast.stmt):
            break
    return bool(_STAND_IN.search(scope.name))


def _account(call: ast.Call, scope: Scope, project: Project) -> Iterator[Credential]:
    given = [(k.arg, k.value) for k in call.keywords if k.arg is not None]
    if call.args and any(isinstance(arg, ast.Constant) for arg in call.args):
        callee = project.names.callee(call, scope)
        places = [arg.arg for arg in callee.parameters()] if callee is not None else []
        if places[:1] in (["self"], ["cls"]):
            del places[0]
        given += zip(places, call.args, strict=False)  # the other parameters have defaults
    for name, value in given:
        if is_plain_password_name(name):
            text, fallback = whole_text_of(value, scope, project)
            if text and text.lower() not in ("none", "null") and not _STAND_IN.search(text):
                spot = scope.spot(value)
                if _STANDS_IN.search(scope.module.source.lines[spot.line - 1]):
                    continue  # as a remark beside it says
                trial = _is_trial(scope) or _is_tried(call, value, scope)
                yield Credential(
                    "account", last_name(call.func), spot, fallback, trial,
                    maker=scope.full_name,
                )  # fmt: skip


def _is_tried(call: ast.Call, password: ast.expr, scope: Scope) -> bool:
    """Return whether the password is called one for tests, or the account is gone again at once."""
    if isinstance(password, ast.Name) and _FOR_TESTS.match(password.id):
        return True
    above = scope.module.parent(call)
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return False
    for other in scope.calls:
        if last_name(other.func) in ("delete", "remove"):
            owner = other.func.value if isinstance(other.func, ast.Attribute) else None
            if any(isinstance(a, ast.Name) and a.id == target.id for a in (owner, *other.args)):
                return True
    return False


def _is_trial(scope: Scope) -> bool:
    path = f"{scope.module.path}:{scope.qualname}".lower()
    for_desk = is_called_after_development(scope.module.path)
    return for_desk or bool(_TRIAL_DATA.search(path)) or _says_trial(scope)


def _says_trial(scope: Scope) -> bool:
    """Return whether a function says of itself that it makes data up for trying the app out."""
    told = ast.get_docstring(scope.node) if isinstance(scope.node, ast.FunctionDef) else None
    return told is not None and _TOLD_TRIAL.search(told) is not None


def _assigned(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield ``admin.password = "admin"``."""
    for assignment in scope.assignments:
        target = assignment.target
        if not isinstance(target, ast.Attribute) or not _PERSON.search(last_name(target.value)):
            continue
        if is_plain_password_name(target.attr):
            text, fallback = whole_text_of(assignment.value, scope, project)
            if is_real(text):
                spot = scope.spot(assignment.value)
                yield Credential("assignment", target.attr, spot, fallback, _is_trial(scope))


def _listed(scope: Scope, project: Project) -> Iterator[Credential]:
    """Yield the passwords in ``USERS = {"ann": {"password": "..."}}`` and lists of such."""
    for assignment in scope.assignments:
        name = last_name(assignment.target)
        value = assignment.value
        if not _PEOPLE.match(name) or not isinstance(value, ast.Dict | ast.List | ast.Tuple):
            continue
        for inner in ast.walk(value):
            if not isinstance(inner, ast.Dict):
                continue
            for key, given in zip(inner.keys, inner.values, strict=True):
                word = key.value if isinstance(key, ast.Constant) else None
                if not isinstance(word, str) or not is_plain_password_name(word):
                    continue
                text, fallback = whole_text_of(given, scope, project)
                if is_real(text) and not _DESCRIBES.match(text) and "$" not in text:
                    spot, trial = scope.spot(given), _is_trial(scope)
                    yield Credential("assignment", word, spot, fallback, trial, sure=False)

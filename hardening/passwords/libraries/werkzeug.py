"""``check_password_hash`` and ``generate_password_hash`` of `werkzeug.security`."""

from __future__ import annotations

from functools import partial, wraps
from types import ModuleType
from typing import Any

from hardening.passwords import originals
from hardening.passwords.libraries.base import here
from hardening.passwords.watched import Watched


@wraps(originals.werkzeug_check)
def check(pwhash: str, password: str) -> bool:
    own = partial(originals.werkzeug_check, pwhash, password)
    calls = here()
    return own() if calls is None else calls.check(pwhash, password, own)


@wraps(originals.werkzeug_generate)
def generate(password: str, *args: Any, **kwargs: Any) -> Any:
    own = partial(originals.werkzeug_generate, password, *args, **kwargs)
    calls = here()
    return own() if calls is None else calls.generate(password, own)


def adopt(module: ModuleType) -> list[Watched]:
    """Replace both. An app that has put functions of its own there keeps them."""
    functions = [
        Watched(f"werkzeug.security.{original.__name__}", original, replacement, verifies)
        for original, replacement, verifies in (
            (originals.werkzeug_check, check, True),
            (originals.werkzeug_generate, generate, False),
        )
    ]
    for function in functions:
        name = function.name.rpartition(".")[2]
        if vars(module).get(name) is function.original:
            setattr(module, name, function.replacement)
    return functions

"""``csp_nonce()`` in the app's templates, whenever Jinja's environment is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardening.csp.nonce import csp_nonce

if TYPE_CHECKING:
    from flask import Flask
    from flask.templating import Environment

NAME = "csp_nonce"  # as Flask-Talisman calls it


def offer_nonce(app: Flask) -> None:
    """Give templates ``csp_nonce``, unless the app has something of that name.

    The environment is not made here: that would freeze options the app has yet to set.
    """
    if "jinja_env" in vars(app):
        app.jinja_env.globals.setdefault(NAME, csp_nonce)
        return
    create = app.create_jinja_environment

    def created() -> Environment:
        environment = create()
        environment.globals.setdefault(NAME, csp_nonce)
        return environment

    app.create_jinja_environment = created  # type: ignore[method-assign]  # Flask looks it up here

"""Where browsers send their reports: our address, and whether the app leaves it to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from flask import Flask

PATH = "/.well-known/hardening/csp-report"


def announced(app: Flask, environ: Mapping[str, Any]) -> bool:
    """Return whether `app` leaves `PATH` to us, for the host in `environ`."""
    adapter = app.url_map.bind_to_environ(dict(environ))
    try:
        adapter.match(PATH, method="POST")
    except HTTPException as error:
        # A redirect is an answer of the app's as well.
        return error.code in (404, 405)
    return False

"""Takes our cookies back where the wrapper no longer wants them.

With the whole wrapper or the guard ``cookies`` switched off, a browser that was here before still
sends cookies under our prefixed names, for up to a year. Nobody reads them any more, so the answer
deletes them; for everybody else a response costs one look at a header. Nothing else is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from flask_login import COOKIE_NAME

from hardening.cookies import PREFIXES
from hardening.logins import devices

if TYPE_CHECKING:
    from flask import Flask, Response


class Cleaner:
    """Deletes cookies with our prefixed names.

    Args:
        app: the app, which keeps its own names.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def install(self) -> None:
        """Look at the app's responses from now on."""
        self._app.after_request_funcs.setdefault(None, []).insert(0, self.clean)

    def clean(self, response: Response) -> Response:
        """Delete those of our cookies that the request brought."""
        if not any(prefix in request.headers.get("Cookie", "") for prefix in PREFIXES):
            return response
        if (request.endpoint or "").rpartition(".")[2] == "static":
            return response  # which a shared cache may keep, and hand the deletion to others
        for name, path, domain in self._ours():
            if name in request.cookies and not _sets(response, name):
                # Browsers ignore a deletion that does not keep the promise of the prefix.
                response.delete_cookie(
                    name,
                    path,
                    domain,
                    secure=True,
                    httponly=True,
                    samesite="Lax",
                    **self._apart(name),
                )
        return response

    def _apart(self, name: str) -> dict[str, Any]:
        """Return what reaches a cookie that browsers keep for each embedding site, if it is one.

        Flask has known of those since 3.1, and Werkzeug too.
        """
        partitioned = getattr(self._app.session_interface, "get_cookie_partitioned", None)
        ours = name.endswith(f"-{self._app.config['SESSION_COOKIE_NAME']}")
        return {"partitioned": True} if partitioned and ours and partitioned(self._app) else {}

    def _ours(self) -> list[tuple[str, str, str | None]]:
        """Return (name, path, domain) of each cookie that we may have set."""
        config, interface = self._app.config, self._app.session_interface
        session = str(config["SESSION_COOKIE_NAME"])
        remember = str(config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME))
        session_path = interface.get_cookie_path(self._app)
        remember_path = config.get("REMEMBER_COOKIE_PATH", "/")
        host, secure = PREFIXES
        found = [
            (host + session, "/", None),
            (host + remember, "/", None),
            (host + devices.COOKIE, "/", None),
            (secure + session, session_path, interface.get_cookie_domain(self._app)),
            (secure + remember, remember_path, config.get("REMEMBER_COOKIE_DOMAIN")),
        ]
        # An app may have chosen such a name by itself.
        return [one for one in found if one[0] not in (session, remember)]


def _sets(response: Response, name: str) -> bool:
    return any(one.startswith(f"{name}=") for one in response.headers.getlist("Set-Cookie"))

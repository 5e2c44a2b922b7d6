"""What a cookie is called in browsers, where an app's own response class renames cookies.

Some apps add a suffix to every name, or a folder to every path, and take it off again in their
request class. Our names are for browsers, so the app's class is asked first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response as WerkzeugResponse

from hardening.cookies import prefix_for

if TYPE_CHECKING:
    from flask import Flask

_WERKZEUGS = WerkzeugResponse.set_cookie


def name_in_browsers(app: Flask, name: str) -> str:
    """Return the name, without a prefix of ours, that browsers get for a cookie of `app`."""
    return _asked(app, name, None, "/")[0]


def prefix_in_browsers(app: Flask, name: str, domain: str | None, path: str) -> str:
    """Return the prefix of a cookie that `app` sets with this domain and path."""
    _, attributes = _asked(app, name, domain, path)
    if attributes is None:
        return prefix_for(domain=domain, path=path)
    return prefix_for(domain="domain" in attributes, path=attributes.get("path"))


def _asked(
    app: Flask, name: str, domain: str | None, path: str
) -> tuple[str, dict[str, str] | None]:
    """Return what the app's response class makes of a name, and its attributes if it was asked."""
    kind = app.response_class
    if kind.set_cookie is _WERKZEUGS:
        return name, None
    try:
        answer = kind()
        answer.set_cookie(name, "", domain=domain, path=path)
        pair, *attributes = answer.headers["Set-Cookie"].split("; ")
    except Exception:  # noqa: BLE001  # the app's own code; it will fail where the app calls it
        return name, None
    parts = (attribute.partition("=") for attribute in attributes)
    return pair.partition("=")[0], {key.lower(): value for key, _, value in parts}

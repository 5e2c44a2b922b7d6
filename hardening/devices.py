"""An optional page on which users see where they are logged in, and end it there.

    from hardening.devices import devices

    app.register_blueprint(devices)  # at /account/devices

It needs a fresh login, that is a password typed in this session: Flask-Login's ``refresh_view``
is where the others are sent. An app replaces the page by a template of its own of the same name,
``hardening/devices.html``, which is given ``sessions`` (of `SessionInfo`, the current one first),
``others`` (how many more there are) and ``said`` (what was just done: ``one``, ``others``,
``gone`` or None).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, fresh_login_required
from werkzeug.exceptions import ServiceUnavailable

from hardening.errors import HardeningError, StoreError
from hardening.extension import NAME, Hardening
from hardening.operations import Sessions

__all__ = ["devices"]

View = Callable[[], ResponseReturnValue]

SAID = "_hardening_said"  # our key in the app's session: what the next page has to say

devices = Blueprint(
    "hardening_devices",
    __name__,
    url_prefix="/account/devices",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

_fresh = cast("Callable[[View], View]", fresh_login_required)  # Flask-Login ships no types


@devices.get("")
@_fresh
def index() -> ResponseReturnValue:
    """Show the sessions of the user who asks."""
    found = sorted(_sessions().list(current_user.get_id()), key=lambda one: not one.current)
    others = sum(not one.current for one in found)
    said = session.pop(SAID, None)
    return render_template("hardening/devices.html", sessions=found, others=others, said=said)


@devices.post("/end")
@_fresh
def end() -> ResponseReturnValue:
    """End one other session of the user who asks, named by the field ``session``."""
    _own_page_only()
    wanted = request.form.get("session", "")
    # Only among the user's own: the id of somebody else's session ends nothing.
    sessions = _sessions()
    own = {one.id for one in sessions.list(current_user.get_id()) if not one.current}
    ended = wanted in own and sessions.revoke(wanted)
    return _back("one" if ended else "gone")


@devices.post("/end-others")
@_fresh
def end_others() -> ResponseReturnValue:
    """End all sessions and remember tokens of the user who asks, but the session that asks."""
    _own_page_only()
    _sessions().revoke_all(current_user.get_id(), except_current=True)
    return _back("others")


@devices.errorhandler(StoreError)
def store_down(_error: StoreError) -> ResponseReturnValue:
    """Say that nothing can be said, rather than show an empty list."""
    return ServiceUnavailable().get_response()


@devices.after_request
def keep_nowhere(response: Response) -> Response:
    """Let nobody keep the page, whatever guards are on."""
    if request.endpoint != f"{request.blueprint}.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _sessions() -> Sessions:
    found = current_app.extensions.get(NAME)
    if not isinstance(found, Hardening):
        raise HardeningError("hardening.devices needs harden(app): there are no sessions to show")
    if found.mode == "off":
        abort(404)  # no session has a record then
    return found.sessions


def _own_page_only() -> None:
    """Refuse another site's form also where the guard ``cross_site`` is off or only observes."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        abort(403)


def _back(said: str) -> ResponseReturnValue:
    session[SAID] = said
    return redirect(url_for(".index"), 303)

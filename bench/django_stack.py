"""The same app on Django: sessions in signed cookies, the user in memory."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from stacks import NAME, PASSWORD, Wsgi


def signed_cookies(*, permanent: bool = False) -> Wsgi:
    """Return the app. Django's settings are the process's own, so there is one."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS=["shop.example"],
        ROOT_URLCONF=__name__,
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SESSION_EXPIRE_AT_BROWSER_CLOSE=not permanent,
        AUTHENTICATION_BACKENDS=[f"{__name__}.Backend"],
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        DATABASES={},
        USE_TZ=True,
    )
    sys.modules.setdefault(__name__, sys.modules[__name__])
    django.setup()
    _fill()
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()  # type: ignore[no-any-return]  # Django ships no types


urlpatterns: list[Any] = []
_users: dict[str, Any] = {}


class Backend:
    """Finds the one user there is."""

    def authenticate(self, _request: Any, username: str = "", password: str = "") -> Any:
        """Return the user if the password is right."""
        user = _users["1"]
        return user if username == NAME and user.check_password(password) else None

    def get_user(self, user_id: Any) -> Any:
        """Return the user, from memory."""
        return _users.get(str(user_id))


def _fill() -> None:
    from django.contrib.auth import authenticate, login
    from django.contrib.auth.decorators import login_required
    from django.contrib.auth.models import User
    from django.contrib.auth.signals import user_logged_in
    from django.http import HttpResponse
    from django.urls import path

    user_logged_in.disconnect(dispatch_uid="update_last_login")  # needs a database
    user = User(id=1, username=NAME)
    user.set_password(PASSWORD)
    _users["1"] = user

    def public(_request: Any) -> Any:
        return HttpResponse("hello")

    def log_in(request: Any) -> Any:
        found = authenticate(request, **request.POST.dict())
        login(request, found)
        return HttpResponse("yes")

    urlpatterns.extend(
        [
            path("public", public),
            path("login", log_in),
            path("private", login_required(public)),
        ]
    )

"""A helper module of the apps in `login_shapes`: their login, one module further away."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_login import login_user
from werkzeug.security import check_password_hash


class LoginService:
    """Finds somebody among `users` and lets them in."""

    def __init__(self, users: dict[str, Any]) -> None:
        self.users = users

    def attempt(self, name: str, password: str) -> bool:
        user = self.users.get(name)
        if user is None or not check_password_hash(user.password_hash, password):
            return False
        return self._finish(user)

    def _finish(self, user: Any) -> bool:
        return bool(login_user(user))


class DirectoryError(Exception):
    """What a directory answers to a wrong name or password."""


class Directory:
    """Compares passwords elsewhere, as LDAP does: nobody in this process sees a hash."""

    def __init__(self, passwords: dict[str, str]) -> None:
        self._digests = {
            name: hashlib.sha256(text.encode()).digest() for name, text in passwords.items()
        }

    def bind(self, name: str, password: str) -> None:
        if self._digests.get(name) != hashlib.sha256(password.encode()).digest():
            raise DirectoryError

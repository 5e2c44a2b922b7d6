"""Names of other libraries: which spellings mean the same thing.

A library that is known here is never looked up among the audited files, so that auditing an
installed environment resolves ``flask.Flask`` to the same name as auditing one app.
"""

from __future__ import annotations

from functools import cache

KNOWN = frozenset(
    [
        "apiflask", "argon2", "authlib", "base64", "bcrypt", "binascii", "builtins", "click",
        "cryptography", "datetime", "decouple", "django", "dotenv", "envparse", "environs", "flask",
        "flask_admin", "flask_bcrypt", "flask_cors", "flask_jwt_extended", "flask_limiter",
        "flask_login", "flask_mail", "flask_migrate", "flask_openapi3", "flask_restful",
        "flask_seasurf", "flask_security", "flask_session", "flask_sqlalchemy", "flask_sslify",
        "flask_talisman", "flask_wtf", "functools", "gunicorn", "hashlib", "hmac", "itsdangerous",
        "json", "jwt", "logging", "markupsafe", "mongoengine", "nacl", "numpy", "os", "passlib",
        "peewee", "pwdlib", "pydantic", "pydantic_settings", "pymongo", "random", "re", "redis",
        "requests", "secrets", "sqlalchemy", "sqlite3", "string", "sys", "time", "typing", "urllib",
        "uuid", "werkzeug", "wtforms", "zlib", "crypt", "Crypto", "Cryptodome",
    ]
)  # fmt: skip

_SAME = {
    "flask.app.Flask": "flask.Flask",
    "flask.blueprints.Blueprint": "flask.Blueprint",
    "flask.globals": "flask",
    "flask.helpers": "flask",
    "flask.templating": "flask",
    "flask_login.utils": "flask_login",
    "flask_login.mixins": "flask_login",
    "flask_login.login_manager": "flask_login",
    "flask_limiter.extension": "flask_limiter",
    "flask_talisman.talisman": "flask_talisman",
    "flask_seasurf.seasurf": "flask_seasurf",
    "flask_sslify.SSLify": "flask_sslify.SSLify",
    "flask_wtf.form": "flask_wtf",
    "flask_wtf.csrf": "flask_wtf",
    "werkzeug.generate_password_hash": "werkzeug.security.generate_password_hash",
    "werkzeug.check_password_hash": "werkzeug.security.check_password_hash",
    "werkzeug.utils.redirect": "flask.redirect",
    "werkzeug.wrappers.request.Request": "flask.Request",
    "wtforms.fields.simple": "wtforms",
    "wtforms.fields.core": "wtforms",
    "wtforms.fields.html5": "wtforms",
    "wtforms.fields": "wtforms",
    "wtforms.form": "wtforms",
    "hardening.extension": "hardening",
    "hardening.policy": "hardening",
    "os.getenv": "os.getenv",
    "urllib.parse": "urllib.parse",
}
_OLD = "flask.ext."
_LONGEST = max(key.count(".") for key in _SAME) + 1


@cache
def canonical(name: str) -> str:
    """Return the one spelling under which rules know the dotted `name`."""
    parts = name.removeprefix(_OLD).split(".")
    if name.startswith(_OLD):  # how extensions were imported before Flask 1.0
        parts[0] = f"flask_{parts[0]}"
    for count in range(min(len(parts), _LONGEST), 0, -1):
        same = _SAME.get(".".join(parts[:count]))
        if same is not None:
            return ".".join([same, *parts[count:]])
    return ".".join(parts)

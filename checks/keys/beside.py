"""Passwords of the databases that run beside an app, and whether one of them opens anything.

A compose file has to give its database some password. ``shop`` for the user ``shop`` of the
database ``shop`` is no secret, and is not meant to be one: nobody but the containers of the file
gets there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from checks.facts.deployment import Deployment
from checks.facts.settings import SettingsFile
from checks.keys.deployed import Deployed
from checks.keys.words import uri_user_and_host
from checks.lazy import lazy
from checks.project.configuration import Setting, environment_of_file

_SERVICE = lazy(
    r"POSTGRES|(^|_)PG|SQL|MARIA|MONGO|REDIS|RABBIT|AMQP|BROKER|CELERY|(^|_)DB(_|$|PASS)|DATABASE|"
    r"LDAP|MINIO|ELASTIC|OPENSEARCH|INFLUX|CLICKHOUSE|NEO4J|COUCH|CASSANDRA|MEMCACHE|EJABBERD"
)
_MAILBOX = lazy(r"(^|_)(E?MAIL|SMTP)(_\w+)?_PASS(WORD|WD)?$")
_COMMON = """
    postgresql postgres mysql mariadb mongodb mongo redis rabbitmq rabbit ldap minio sql root admin
    administrator guest user username name password passwd passw pass pwd pw secret key database
    data db app web docker local localhost dev development devel test tests testing demo example
    sample default changeme changed change need needs to be me it this please replace insecure
    unsafe random strong very super my your the some here foo bar
"""
_WORDS = frozenset(_COMMON.split())
_NAMES = lazy(r"(^|_)(USER|USERNAME|USR|DB|DATABASE|NAME|DBNAME)$")
_HERE = lazy(
    r"^(?:localhost|127\.[\d.]+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|[\w-]+)?(?::|$)"
)
_DEFAULTS = lazy(r"(^|/)(?:\w+_)?defaults?(?:_\w+)?\.\w+$")
_BY_HAND = lazy(r"(^|/)(scripts?|tools?|contrib|install|installs|bin|utils/dev|benchmarks?)/")
_AT_HOME = lazy(r"127\.0\.0\.1|localhost|\[::1\]")
_RESTARTED = ("always", "unless-stopped")


def is_of_a_service(name: str) -> bool:
    """Return whether a variable so named is for a database, a broker or a directory."""
    return _SERVICE.search(re.sub(r"[-. ]", "_", name).upper()) is not None


def is_for_nobody(secret: Deployed, names: Iterable[str]) -> bool:
    """Return whether it stands where the password of a mailbox is to be: no provider gave it."""
    return _MAILBOX.search(secret.name.upper()) is not None and says_only_names(secret.value, names)


def is_here(host: str) -> bool:
    """Return whether `host`, with its port, is this machine or a neighbour without a domain."""
    return _HERE.match(host) is not None


def says_only_names(password: str, names: Iterable[str]) -> bool:
    """Return whether `password` is put together from names and from words for passwords.

    Args:
        password: the literal.
        names: what the user, the database and the project are called.

    Returns:
        Whether nothing is left of it without them, digits and separators.
    """
    known = {part for name in names for part in _parts(name)} | _WORDS
    text = password.lower()
    # By places that can be reached: a pattern would go all ways of taking "mysql" apart.
    reached = {0}
    for at, letter in enumerate(text):
        if at in reached:
            if not letter.isalpha():
                reached.add(at + 1)
            ahead = (word for word in known if len(word) > 1 and text.startswith(word, at))
            reached.update(at + len(word) for word in ahead)
    return bool(text) and len(text) in reached


def _parts(name: str) -> set[str]:
    """Return a name, and what it is made of: ``open_event`` also as ``open`` and ``event``."""
    whole = name.lower()
    return {whole, whole.replace("_", "").replace("-", ""), *re.split(r"[\W_\d]+", whole)}


def names_in(deployment: Deployment | None) -> set[str]:
    """Return what users and databases are called in a file."""
    variables = deployment.variables if deployment is not None else []
    return {v.value for v in variables if _NAMES.search(v.name.upper()) and len(v.value) > 1}


def names_of(settings: Iterable[Setting]) -> set[str]:
    """Return what users and databases are called in the configuration of an app."""
    values = [s.value.value for s in settings if _NAMES.search(s.key)]
    return {value for value in values if isinstance(value, str) and len(value) > 1}


def is_put_right(path: str) -> bool:
    """Return whether what a file holds is overruled where it matters, or is for one's own hands.

    Such as ``config/default.py``, and ``scripts/convert.py``.
    """
    return _DEFAULTS.search(path) is not None or _BY_HAND.search(path) is not None


def is_little_in(address: str, password: str, names: Iterable[str] = ()) -> bool:
    """Return whether the `password` in an address is a stand-in for a server that stands beside.

    Args:
        address: such as ``postgres://shop:shop@localhost/shop``.
        password: what `checks.keys.words.uri_password` found in it.
        names: what else is called somehow, such as the project.
    """
    user, host = uri_user_and_host(address, password)
    database = address.rpartition("/")[2].partition("?")[0]
    return is_here(host) and says_only_names(password, (*names, user, database))


def is_little(name: str, password: str, names: Iterable[str] = ()) -> bool:
    """Return whether a setting of that name holds such a stand-in: ``POSTGRES_PASS = "postgres"``.

    Args:
        name: what the setting is called.
        password: what it is.
        names: what else is called somehow, such as the project.
    """
    return is_of_a_service(name) and says_only_names(password, (*names, name))


def opens_nothing(secret: Deployed, names: Iterable[str], file: SettingsFile | None) -> bool:
    """Return whether `secret` is the stand-in password of a service that only neighbours reach.

    Args:
        secret: what a deployment file holds.
        names: what users, databases and the project are called there.
        file: the compose file or manifest that it stands in.

    Returns:
        Also for what is only the default of such a service. False where the file is called after
        production, or the service is kept running with a port that others reach.
    """
    if environment_of_file(secret.spot.path.lower()) == "production":
        return False
    known = is_here(secret.host) if secret.in_address else is_of_a_service(secret.name)
    if known and secret.is_default:
        return True
    if not known or not says_only_names(secret.value, (*names, secret.user)):
        return False
    return file is None or not _is_published(secret, file)


def _is_published(secret: Deployed, file: SettingsFile) -> bool:
    """Return whether the service that has the password is kept running with an open port."""
    at = next((e.key for e in file.entries if e.spot == secret.spot), "")
    service, _, rest = at.partition(".environment")
    if not service.startswith("services.") or not rest:
        return False
    ports = [e for e in file.entries if e.key.startswith(f"{service}.ports")]
    lines = [file.source.lines[entry.spot.line - 1] for entry in ports]
    restarted = any(e.key == f"{service}.restart" and e.value in _RESTARTED for e in file.entries)
    return restarted and any(not _AT_HOME.search(line) for line in lines)

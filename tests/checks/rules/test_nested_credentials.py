"""Credentials in settings that are tables, and in dictionaries of users."""

from __future__ import annotations

import pytest

RULE = "credentials-hardcoded"
HEAD = "import os\nfrom flask import Flask, request\napp = Flask(__name__)\n"
MONGO = "'mongodb://root:hunter2@db/blog'"


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`, in its last line."""
    head, _, last = line.rpartition("\n")
    start = last.rindex(part)
    return (f"{head}\n" if head else "") + f"{last}\n{' ' * start}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (f"app.config['MONGODB_SETTINGS'] = {{'host': {MONGO}}}", MONGO),
        ("app.config['DATABASE'] = {'host': 'db', 'password': 'hunter2'}", "'hunter2'"),
        ("app.config['DATABASE'] = dict(host='db', password='hunter2')", "'hunter2'"),
        (f"app.config['BINDS'] = {{'users': {{'url': {MONGO}}}}}", MONGO),
        ("app.config['NODES'] = [{'host': 'a', 'password': 'hunter2'}]", "'hunter2'"),
        ("app.config['SECURITY_TOTP_SECRETS'] = {'1': 'TjQ9Qa31VOrf', '2': os.environ['NEW']}",
         "'TjQ9Qa31VOrf'"),
        ("app.config['SECURITY_TOTP_SECRETS'] = {'1': 'the totp secret of all'}",
         "'the totp secret of all'"),
        ("app.config['ADMIN_CREDENTIALS'] = ('admin', 'pa$$word')", "'pa$$word'"),
        ("app.config['DB'] = {'password': os.getenv('PW', 'hunter2')}",
         "os.getenv('PW', 'hunter2')"),
        ("class Config:\n    PROFILER = {'basicAuth': {'username': 'a', 'password': 'hunter2'}}",
         "'hunter2'"),
        ("app.config['DB_URI'] = 'postgresql://api:%s@%s/api' % ('hunter2', 'db')",
         "'postgresql://api:%s@%s/api' % ('hunter2', 'db')"),
    ],
)  # fmt: skip
def test_tables(audit, line, part):
    """Dictionaries, lists of them, calls of dict, and what `%` fills into an address."""
    load = "app.config.from_object(Config)\n" if line.startswith("class") else ""

    audit(RULE, HEAD + under(line, part) + load)


@pytest.mark.parametrize(
    "line",
    [
        "app.config['MONGODB_SETTINGS'] = {'host': os.environ['MONGO_URI']}",
        "app.config['MONGODB_SETTINGS'] = {'host': 'mongodb://db/blog'}",
        "app.config['DATABASE'] = {'host': 'db', 'password': os.environ['DB_PASSWORD']}",
        "app.config['DATABASE'] = {'host': 'db', 'password': ''}",
        "app.config['LABELS'] = {'password': 'Kennwort', 'token': 'Zeichen'}",
        "app.config['MESSAGES'] = {'password': 'Kennwort'}",
        "app.config['ARGUMENTS'] = {'password': 'string', 'token': 'header'}",
        "app.config['DATABASE'] = {'password': 'changeme'}",
        "app.config['ADMIN_CREDENTIALS'] = ('admin', os.environ['PW'])",
        "app.config['LANGUAGES'] = ('de', 'nl')",
        "app.config['OAUTH'] = {'token': 'https://example.net/token'}",
        "app.config['DB_URI'] = 'postgresql://api:%s@%s/api' % (os.environ['PW'], 'db')",
    ],
)
def test_tables_without_a_credential(audit, line):
    """References, empty values, names of things, types of fields and addresses hold none."""
    audit(RULE, HEAD + line + "\n")


@pytest.mark.parametrize(
    "asked",
    [
        "USERS[name] == password",
        "password == USERS.get(name)",
        "name in USERS and USERS[name] == request.form['password']",
    ],
)
def test_users_in_a_dictionary(audit, asked):
    """What a login looks up in a dictionary of the source is a password of everybody's."""
    table = under("USERS = {'operator': 'operator-2019'}", "'operator-2019'")

    audit(RULE, f"{HEAD}{table}def login(name, password):\n    return {asked}\n")


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        ("{'operator': os.environ['OPERATOR']}", "USERS[name] == password"),
        ("{'operator': 'operator-2019'}", "USERS[name] == role"),
        ("{'strong': 'password', 'weak': 'none'}", "USERS.get(name) == password"),
        ("{}", "USERS[name] == password"),
    ],
)
def test_dictionaries_without_passwords(audit, table, asked):
    """Values of the environment, other questions and placeholders are none."""
    audit(RULE, f"{HEAD}USERS = {table}\ndef login(name, password, role):\n    return {asked}\n")


def test_settings_that_dynaconf_puts_together(audit):
    """`@format {env[KEY]}` takes the key from the environment; a literal beside it is one."""
    files = {
        "app.py": "from dynaconf import FlaskDynaconf\nfrom flask import Flask\n"
        "app = Flask(__name__)\nFlaskDynaconf(app, settings_files=['settings.toml'])\n",
        "settings.toml": "[default]\nSECRET_KEY = '@format {env[SITE_KEY]}'\n",
    }

    audit("secret-key-hardcoded", files)

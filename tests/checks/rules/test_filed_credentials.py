"""Credentials in YAML and INI files that the app reads by their names."""

from __future__ import annotations

import pytest

# ruff: noqa: E501  # sources in one line

RULE = "credentials-hardcoded"
YAML = "import yaml\nfrom flask import Flask\napp = Flask(__name__)\nwith open('{}') as file:\n    settings = yaml.safe_load(file)\n"
INI = "import configparser\nfrom flask import Flask\napp = Flask(__name__)\nsettings = configparser.ConfigParser()\nsettings.read('{}')\n"


def under(line: str, part: str) -> str:
    """Return `line` and carets under `part`."""
    return f"{line}\n{' ' * line.rindex(part)}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("code", "name", "before", "line", "part"),
    [
        (YAML, "config.yml", "database:\n", "  url: mysql://crm:hunter2@db/crm",
         "mysql://crm:hunter2@db/crm"),
        (YAML, "config.yml", "mail:\n", "  password: hunter2", "hunter2"),
        (YAML, "settings.yaml", "", "api_key: 4eC39HqLyjWDarj", "4eC39HqLyjWDarj"),
        (INI, "app.ini", "[database]\n", "password = hunter2", "hunter2"),
        (INI, "conf/prod.ini", "[db]\n", "uri = postgres://u:hunter2@db/x",
         "postgres://u:hunter2@db/x"),
    ],
)  # fmt: skip
def test_files(audit, code, name, before, line, part):
    """Passwords and keys by their names, and passwords within addresses."""
    audit(RULE, {"app.py": code.format(name), name: before + under(line, part)})


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        (YAML, "config.yml", "mail:\n  password: ${MAIL_PASSWORD}\n"),
        (YAML, "config.yml", "mail:\n  password: changeme\n"),
        (YAML, "config.yml", "database:\n  url: mysql://db/crm\n"),
        (YAML, "config.example.yml", "mail:\n  password: hunter2\n"),
        (YAML, "messages.yml", "config:\n  password: Kennwort\n"),
        (YAML, "migrations/app.yaml", "- password: hunter2\n"),
        (YAML, "tests/config.yml", "mail:\n  password: hunter2\n"),
        (INI, "alembic.ini", "sqlalchemy.url = postgres://u:hunter2@db/x\n"),
        (INI, "app.ini", "; password = hunter2\npassword =\n"),
    ],
)
def test_files_without_credentials(audit, code, name, text):
    """References, placeholders, samples, texts of pages, and files of tests and tools."""
    audit(RULE, {"app.py": code.format(name), name: text})


def test_file_that_nothing_reads(audit):
    """What no code names is another program's."""
    audit(RULE, {"app.py": YAML.format("other.yml"), "config.yml": "mail:\n  password: hunter2\n"})


def test_what_is_switched_off(outcome):
    """A table of settings that is switched off holds samples; one that is on holds secrets."""
    text = (
        "oauth:\n  git:\n    enable: False\n    password: k3aVeW8sYt0q\n"
        "  hub:\n    enable: True\n    password: z9aVeW8sYt0q\n"
    )
    code = "import yaml\nfrom flask import Flask\napp = Flask(__name__)\nyaml.safe_load(open('config.yml'))\n"

    found = outcome(
        {"app.py": code, "config.yml": text}, select=("credentials-hardcoded",)
    ).findings

    assert [finding.line for finding in found] == [7]


KEYED = INI + 'app.secret_key = settings.get("web", "SECRET_KEY")\n'


@pytest.mark.parametrize(
    ("name", "before", "line", "part"),
    [
        ("templates/default_server.cfg", "[web]\n", "secret_key = temporary_key", "temporary_key"),
        ("server.ini", "[web]\n", "SECRET_KEY: changeme", "changeme"),
    ],
)
def test_key_of_another_file(audit, name, before, line, part):
    """A key that the app signs with is one, in a file of any name that the app reads."""
    audit(RULE, {"app.py": KEYED.format(name), name: before + under(line, part)})


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        (KEYED, "server.cfg", "[web]\nsecret_key = {SECRET_KEY}\n"),
        (KEYED, "server.cfg", "[web]\nsecret_key = %(other)s\n"),
        (KEYED, "server.cfg", "[web]\nsecret_key =\n"),
        (KEYED, "server.cfg", "[web]\n# secret_key = temporary_key\n"),
        (KEYED, "server.cfg.template", "[web]\nsecret_key = temporary_key\n"),
        (INI, "server.cfg", "[web]\nsecret_key = temporary_key\n"),
        (KEYED.replace("SECRET_KEY", "other_key"), "server.cfg", "[web]\nsecret_key = temporary\n"),
        (KEYED, "server.cfg", "[mail]\npassword = hunter2\n"),
    ],
)
def test_file_without_a_key_of_the_app(audit, code, name, text):
    """References, samples, keys that nothing asks for, and other secrets of files of any name."""
    audit(RULE, {"app.py": code.format(name), name: text})

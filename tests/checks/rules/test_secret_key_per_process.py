"""Where `secret-key-per-process` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-per-process"
HEAD = (
    "import base64, binascii, os, random, secrets, string, uuid\n"
    "from flask import Flask\napp = Flask(__name__)\n"
)

MADE = [
    "os.urandom(24)",
    "os.urandom(24).hex()",
    "secrets.token_hex(16)",
    "secrets.token_urlsafe()",
    "str(uuid.uuid4())",
    "uuid.uuid4().hex",
    "base64.b64encode(os.urandom(32)).decode()",
    "binascii.hexlify(os.urandom(24))",
    "''.join(random.choice(string.ascii_letters) for _ in range(32))",
    "''.join(secrets.choice(string.ascii_letters) for _ in range(32))",
    "''.join(random.choices(string.ascii_letters, k=50))",
    "f'{uuid.uuid4()}'",
]


@pytest.mark.parametrize("value", MADE)
def test_made_at_import(audit, value):
    """Every way to draw a key is reported where it reaches the app."""
    audit(RULE, f"{HEAD}app.secret_key = {value}\n{' ' * 17}{'^' * len(value)}\n")


@pytest.mark.parametrize("value", MADE[:6])
def test_other_spellings(audit, value):
    """The configuration, a class and a helper function count like the attribute."""
    line = f"app.config.update(SECRET_KEY={value})"
    audit(RULE, f"{HEAD}{line}\n{' ' * 29}{'^' * len(value)}\n")
    cls = f"class Config:\n    SECRET_KEY = {value}\n{' ' * 17}{'^' * len(value)}\n"
    audit(RULE, HEAD + cls + "app.config.from_object(Config)\n")
    helper = f"def make():\n    return {value}\napp.secret_key = make()\n                 ^^^^^^\n"
    audit(RULE, HEAD + helper)


def test_in_a_factory(audit):
    """A factory runs in each process as well."""
    audit(
        RULE,
        """
        import os
        from flask import Flask
        def create_app():
            app = Flask(__name__)
            app.config["SECRET_KEY"] = os.urandom(32)
                                       ^^^^^^^^^^^^^^ Every process makes a secret key of its own.
            return app
        """,
    )


@pytest.mark.parametrize(
    ("value", "start"),
    [
        ("os.environ.get('SECRET_KEY') or os.urandom(32)", 49),
        ("os.environ.get('SECRET_KEY', os.urandom(32))", 47),
        ("os.getenv('SECRET_KEY', default=os.urandom(32))", 49),
    ],
)
def test_as_a_fallback(audit, value, start):
    """A key that is drawn where the environment sets none is a weaker finding."""
    line = f"app.secret_key = {value}"
    start = line.index("os.urandom")
    findings = audit(RULE, f"{HEAD}{line}\n{' ' * start}^^^^^^^^^^^^^^ Every process makes\n")

    assert [finding.severity for finding in findings] == ["low"]
    assert "SECRET_KEY" in findings[0].message


@pytest.mark.parametrize(
    "source",
    [
        "app.secret_key = os.environ['SECRET_KEY']\n",
        "app.secret_key = 'dev'\n",
        "class TestConfig:\n    SECRET_KEY = os.urandom(24)\napp.config.from_object(TestConfig)\n",
        "class DevConfig:\n    SECRET_KEY = os.urandom(24)\napp.config.from_object(DevConfig)\n",
        "app.config['UPLOAD_TOKEN'] = os.urandom(24)\n",
        "nonce = os.urandom(24)\n",
        "def key():\n    new = os.urandom(32)\n    open('key', 'wb').write(new)\n    return new\n"
        "app.secret_key = key()\n",
        "try:\n    key = open('key', 'rb').read()\nexcept OSError:\n    key = os.urandom(32)\n"
        "    open('key', 'wb').write(key)\napp.secret_key = key\n",
        "app.secret_key = open('key').read()\n",
    ],
)
def test_near_misses(audit, source):
    """Keys that are kept, keys for tests and other random values are not reported."""
    audit(RULE, HEAD + source)


def test_keys_of_tests(audit):
    """A test may make its key anew each time."""
    audit(RULE, {"app.py": HEAD, "tests/conftest.py": HEAD + "app.secret_key = os.urandom(24)\n"})


KEPT = """
def {name}(path, config):
    key = secrets.token_hex()
    app.config["SECRET_KEY"] = key
    {keep}
"""


@pytest.mark.parametrize(
    "keep",
    [
        "config.set('server', 'secret_key', key)",
        "path.write_text(key)",
        "path.open('w').write('secret_key = ' + key)",
        "json.dump({'key': key}, path)",
    ],
)
def test_written_down(audit, keep):
    """A function that draws the key and keeps it as well makes it once."""
    audit(RULE, HEAD + KEPT.format(name="save_new_key", keep=keep))


@pytest.mark.parametrize(
    "keep", ["config.set('server', 'port', path)", "print(key)", "path.write_text('key')"]
)
def test_something_else_written_down(audit, keep):
    """What is kept must be the key."""
    marked = KEPT.replace("= key\n", "= key\n" + " " * 31 + "^^^ Every process\n")
    audit(RULE, HEAD + marked.format(name="start", keep=keep))


@pytest.mark.parametrize(
    "test", ["app.config['PRODUCTION']", "settings.IS_PRODUCTION", "os.environ.get('PROD')"]
)
def test_where_production_does_not_start(audit, test):
    """The other side of a switch for production is for development."""
    audit(
        RULE,
        f"{HEAD}if not app.config['SECRET_KEY']:\n    if {test}:\n        exit(1)\n"
        "    else:\n        app.config['SECRET_KEY'] = os.urandom(24)\n",
    )


PYDANTIC = "from pydantic_settings import BaseSettings\nfrom pydantic import Field\n"


@pytest.mark.parametrize(
    ("source", "audience"),
    [
        ("app.secret_key = os.urandom(24)\n", "default"),
        ("app.config.update(SECRET_KEY=secrets.token_hex())\n", "default"),
        ("if app.debug:\n    app.secret_key = 'a'\nelse:\n    app.secret_key = os.urandom(32)\n",
         "default"),
        ("if not app.secret_key:\n    app.secret_key = os.urandom(24)\n", "default"),
        ("app.secret_key = os.environ.get('KEY', os.urandom(24))\n", "strict"),
        ("app.secret_key = os.getenv('KEY') or os.urandom(24)\n", "strict"),
        ("app.config.from_pyfile('own.py')\nif not app.secret_key:\n"
         "    app.secret_key = os.urandom(24)\n", "strict"),
        ("app.config.from_pyfile('own.py')\n"
         "app.config['SECRET_KEY'] = app.config['SECRET_KEY'] or os.urandom(24)\n", "strict"),
        (PYDANTIC + "class S(BaseSettings):\n    SECRET_KEY: str = secrets.token_hex(32)\n"
         "app.config.from_object(S())\n", "strict"),
        (PYDANTIC + "class S(BaseSettings):\n    SECRET_KEY: str = Field(secrets.token_hex())\n"
         "app.config.from_object(S())\n", "strict"),
        ("class S:\n    SECRET_KEY: str = secrets.token_hex(32)\napp.config.from_object(S())\n",
         "default"),
    ],
)  # fmt: skip
def test_who_may_set_one(outcome, source, audience):
    """What the environment or a file may set is made anew only where nobody does."""
    found = outcome({"app.py": HEAD + source}, select=(RULE,), strict=True).findings

    assert [finding.audience for finding in found] == [audience]

"""Values that functions of a project read, dictionaries hold, and decoders or digests make."""

from __future__ import annotations

import pytest

HEAD = "import base64, hashlib, os\nfrom flask import Flask\napp = Flask(__name__)\n"
FALLBACK = "secret-key-fallback"
READERS = [
    "def env(name, default=None):\n    return os.environ.get(name, default)\n",
    "def env(name, fallback):\n    value = os.getenv(name)\n    return value or fallback\n",
    "def env(name, default=''):\n    try:\n        return os.environ[name]\n"
    "    except KeyError:\n        return default\n",
]


@pytest.mark.parametrize("call", ["env('KEY', 'shop-2019')", "env('KEY', {}='shop-2019')"])
@pytest.mark.parametrize("reader", READERS)
def test_reader_of_the_project(project, reader, call):
    """A function that reads a variable, and is given what counts without it, gives a fallback."""
    call = call.format("fallback" if "fallback" in reader else "default")
    found = value(project, reader + f"app.config['SECRET_KEY'] = {call}\n")

    assert (found.kind, found.value, found.variable) == ("fallback", "shop-2019", "KEY")


@pytest.mark.parametrize(
    "text",
    [
        READERS[0] + "app.config['SECRET_KEY'] = env('KEY')\n",
        "def look(name, default):\n    return table[name] or default\n"
        "app.config['SECRET_KEY'] = look('KEY', 'shop-2019')\n",
        "def env(default):\n    return os.environ[default]\n"
        "app.config['SECRET_KEY'] = env('shop-2019')\n",
    ],
)
def test_other_functions(project, text):
    """Without a default, an environment or a place for it, no literal is known."""
    assert value(project, text).kind in ("unknown", "environment")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("base64.b64decode('c2hvcC0yMDE5')", b"shop-2019"),
        ("base64.urlsafe_b64decode(b'c2hvcC0yMDE5')", b"shop-2019"),
        ("hashlib.sha256(b'shop').hexdigest()", None),
        ("{'a': 1, 'key': 'shop-2019'}['key']", None),
    ],
)
def test_made_of_a_literal(project, written, expected):
    """What anybody can work out from the source is a literal."""
    found = value(project, f"TABLE = {written}\napp.config['SECRET_KEY'] = TABLE\n")

    assert found.kind == ("literal" if "{" not in written else "unknown")
    assert expected is None or found.value == expected


def test_item_of_a_dictionary(project):
    """A name that is bound once to a dictionary tells its items."""
    found = value(project, "T = {'key': 'shop-2019'}\napp.config['SECRET_KEY'] = T['key']\n")

    assert (found.kind, found.value) == ("literal", "shop-2019")


@pytest.mark.parametrize("item", ["T['other']", "T[name]", "U['key']"])
def test_no_item(project, item):
    """Other keys, unknown ones and other dictionaries are not known."""
    text = f"T = {{'key': 'shop-2019'}}\nU = make()\napp.config['SECRET_KEY'] = {item}\n"

    assert value(project, text).kind == "unknown"


def test_table_of_configurations_by_dict(project):
    """``dict(prod=Prod)`` is a table of classes like any other."""
    text = (
        "class Prod:\n    SECRET_KEY = 'shop-2019'\nby_name = dict(prod=Prod)\n"
        "app.config.from_object(by_name[os.getenv('FLASK_ENV', 'prod')])\n"
    )

    assert value(project, text).value == "shop-2019"


def value(project, text):
    """Return what the secret key of that app is worth."""
    built = project({"app.py": HEAD + text})
    (setting,) = built.configuration(built.sites[0]).of("SECRET_KEY")
    return setting.value

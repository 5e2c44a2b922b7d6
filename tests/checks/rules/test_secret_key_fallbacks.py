"""Where `secret-key-fallbacks` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "secret-key-fallbacks"
HEAD = (
    "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
    "app.config['SECRET_KEY'] = os.environ['SECRET_KEY']\n"
)


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`."""
    return f"{line}\n{' ' * line.rindex(part)}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("app.config['SECRET_KEY_FALLBACKS'] = ['old']", "'old'"),
        ("app.config['SECRET_KEY_FALLBACKS'] = ('old',)", "'old'"),
        ("app.config.update(SECRET_KEY_FALLBACKS=['old'])", "'old'"),
        ("app.config.from_mapping(SECRET_KEY_FALLBACKS=[b'old'])", "b'old'"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [os.environ['OLD'], 'old']", "'old'"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [os.environ.get('OLD', 'old')]",
         "os.environ.get('OLD', 'old')"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [os.environ['OLD']] + ['old']", "'old'"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [os.environ['SECRET_KEY']]",
         "os.environ['SECRET_KEY']"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [app.config['SECRET_KEY']]",
         "app.config['SECRET_KEY']"),
        ("app.config['SECRET_KEY_FALLBACKS'] = [app.secret_key]", "app.secret_key"),
    ],
)  # fmt: skip
def test_spellings(audit, line, part):
    """Literals and the present key are reported at the entry."""
    audit(RULE, HEAD + under(line, part))


def test_class(audit):
    """A configuration class is followed."""
    cls = "class Config:\n" + under("    SECRET_KEY_FALLBACKS = ['old']", "'old'")
    audit(RULE, f"{HEAD}{cls}app.config.from_object(Config)\n")


def test_named_list(audit):
    """A list that has a name is looked into."""
    audit(RULE, HEAD + under("old = ['a' * 40]", "'a' * 40")
          + "app.config['SECRET_KEY_FALLBACKS'] = old\n")  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "app.config['SECRET_KEY_FALLBACKS'] = [os.environ['OLD']]",
        "app.config['SECRET_KEY_FALLBACKS'] = os.environ.get('OLD', '').split()",
        "app.config['SECRET_KEY_FALLBACKS'] = []",
        "app.config['SECRET_KEY_FALLBACKS'] = None",
        "app.config['SECRET_KEY_FALLBACKS'] = load()",
        "app.config['SECRET_KEY_FALLBACKS'] = [open('old').read()]",
        "class TestConfig:\n    SECRET_KEY_FALLBACKS = ['old']",
        "app.config['OLD_KEYS'] = ['old']",
    ],
)
def test_near_misses(audit, line):
    """Old keys from outside, empty lists and keys for tests are not reported."""
    audit(RULE, HEAD + line + "\n")

"""What is known of a setting whose name gets one of several values."""

from __future__ import annotations

import pytest

APP = """\
from flask import Flask, session
{}
app = Flask(__name__)
app.config["SECRET_KEY"] = {}
@app.get("/")
def home():
    session["n"] = 1
    return "x"
"""
CHOSEN = """\
import os
if os.path.exists("/srv"):
    KEY = "one-value"
else:
    KEY = "other-value"
"""


def values(project, imports, key, **files):
    """Return kind and value of what the key may be, in order."""
    texts = {f"{name}.py": text for name, text in files.items()}
    whole = project({"app.py": APP.format(imports, key), **texts})
    (site,) = whole.sites
    return [(s.value.kind, s.value.value) for s in whole.configuration(site).of("SECRET_KEY")]


@pytest.mark.parametrize(
    ("imports", "key"),
    [
        ("from keys import KEY", "KEY"),
        ("from keys import KEY as signing", "signing"),
        ("import keys", "keys.KEY"),
    ],
)
def test_branches_of_another_file(project, imports, key):
    """Each of the texts that an imported name may be given is one that the app may have."""
    assert values(project, imports, key, keys=CHOSEN) == [
        ("literal", "one-value"),
        ("literal", "other-value"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    from keys import KEY\nexcept ImportError:\n    KEY = 'spare'\n",
        "try:\n    KEY = open('key').read()\nexcept OSError:\n    KEY = 'spare'\n",
        "import os\nif 'K' in os.environ:\n    KEY = os.environ['K'] + 'x'\n"
        "else:\n    KEY = 'spare'\n",
    ],
)
def test_a_text_that_stands_in(project, code):
    """A text for where a better source fails is a fallback."""
    assert values(project, code, "KEY") == [("fallback", "spare")]


def test_environment_of_a_branch(project):
    """The condition tells which environment a value is for."""
    code = "import sys\nif 'dev' in sys.argv:\n    KEY = 'a'\nelse:\n    KEY = 'b'\n"
    whole = project({"app.py": APP.format(code, "KEY")})
    (site,) = whole.sites

    found = whole.configuration(site).of("SECRET_KEY")

    assert [(s.environment, s.value.value) for s in found] == [("development", "a"), (None, "b")]


@pytest.mark.parametrize(
    "code",
    [
        "KEY = 'a'\nKEY = compute()\n",  # the first is replaced
        "def KEY():\n    return 'a'\nif x:\n    KEY = 'b'\n",
        "for KEY in keys():\n    pass\n",
        "if debug:\n    KEY = compute()\nelse:\n    KEY = other()\n",
    ],
)
def test_what_is_worked_out(project, code):
    """Values that replace or extend each other are not taken for what the app may have."""
    assert all(kind == "unknown" for kind, _ in values(project, code, "KEY"))


def test_certainly_replaced(project):
    """A value that a later line replaces in any case is not among them."""
    code = (
        "import sys\nif sys.argv:\n    KEY = 'a'\nKEY = 'b'\nif len(sys.argv) > 1:\n    KEY = 'c'\n"
    )

    assert [value for _, value in values(project, code, "KEY")] == ["b", "c"]

"""Files with test cases count as tests wherever they lie, and files with views never do."""

from __future__ import annotations

import pytest

from checks.facts.source import Source
from checks.facts.test_cases import holds_tests
from checks.facts.walk import extract
from checks.options import Options
from checks.run import audit

CASE = "class BaseTestCase(TestCase):\n    def setUp(self):\n        save(User(password='x'))\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CASE, True),
        ("import unittest\nclass A(unittest.TestCase): pass\n", True),
        ("class A(flask_testing.LiveServerTestCase, Base): pass\n", True),
        (CASE + "app = Flask(__name__)\n", False),
        (CASE + "@bp.route('/')\ndef index(): pass\n", False),
        ("class TestCase(db.Model): pass\n", False),
        ("case = TestCase()\n", False),
    ],
)
def test_cases_tell(text, found):
    """A class that derives from a test case makes a file one of tests, unless an app is in it."""
    assert holds_tests(extract(Source("shop/util.py", text))) is found


@pytest.mark.parametrize("base", ["TestCase", "Base"])
def test_accounts_of_test_cases_are_no_defaults(tmp_path, base):
    """The users that a test makes are no accounts of every installation."""
    (tmp_path / "app.py").write_text(
        "from flask import Flask\nfrom models import User\napp = Flask(__name__)\n"
    )
    (tmp_path / "models.py").write_text(
        "from flask_login import UserMixin\nclass User(UserMixin, db.Model):\n"
        "    password = db.Column(db.String(255))\n"
    )
    (tmp_path / "util.py").write_text(
        f"from models import User\nclass Case({base}):\n    def setUpClass(self):\n"
        "        db.session.add(User(password='just_a_user'))\n"
    )

    found = audit([str(tmp_path)], Options()).findings

    told = [one for one in found if one.rule == "credentials-hardcoded"]
    assert bool(told) is (base == "Base")

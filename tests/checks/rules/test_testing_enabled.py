"""Where `testing-enabled` fires, and where it must not."""

from __future__ import annotations

import pytest

RULE = "testing-enabled"
HEAD = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    "text",
    [
        "app.config['TESTING'] = True\n                        ^^^^\n",
        "app.testing = True\n              ^^^^\n",
        "app.config.update(TESTING=True)\n                          ^^^^\n",
        "app.config.from_mapping(TESTING=True)\n                                ^^^^\n",
        "class Config:\n    TESTING = True\n              ^^^^\napp.config.from_object(Config)\n",
        "class Base:\n    TESTING = True\n              ^^^^\nclass Production(Base):\n    pass\n"
        "app.config.from_object(Production)\n",
    ],
)
def test_testing(audit, text):
    """TESTING that may reach the running app is reported where it is written."""
    audit(RULE, HEAD + text)


def test_deployed(audit):
    """The variable that `from_prefixed_env` reads counts in a deployment file."""
    audit(
        RULE,
        {
            "app.py": HEAD,
            "Dockerfile": "FROM python:3\nENV FLASK_TESTING=true\n^^^^^^^^^^^^^^^^^^^^^^\n",
        },
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app.config['TESTING'] = False\n",
        "app.config['TESTING'] = in_tests()\n",
        "class TestConfig:\n    TESTING = True\napp.config.from_object(TestConfig)\n",
        "class TestConfig:\n    TESTING = True\nclass OtherPages(TestConfig):\n    pass\n"
        "every = {'testing': TestConfig, 'pages': OtherPages}\n"
        "app.config.from_object(every[name])\n",
        "class Config:\n    TESTING = False\nclass Testing(Config):\n    TESTING = True\n"
        "configs = {'production': Config, 'testing': Testing}\n"
        "app.config.from_object(configs[name])\n",
        "settings = {'TESTING': True}\n",
    ],
)
def test_near_misses(audit, text):
    """Configuration for tests is not reported."""
    audit(RULE, HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "class Base(TestCase):\n    def create_app(self):\n        app.testing = True\n",
        "class Base(flask_testing.LiveServerTestCase):\n    def setUp(self):\n"
        "        app.config['TESTING'] = True\n",
        "@pytest.fixture\ndef client():\n    app.config.update(TESTING=True)\n",
    ],
)
def test_code_of_tests(audit, text):
    """Tests outside a folder of tests are told by what they derive from."""
    audit(RULE, HEAD + text)


def test_beside_a_test_case(audit):
    """A test case in the same file excuses nothing else."""
    text = "class Base(TestCase):\n    pass\napp.testing = True\n" + " " * 14 + "^^^^\n"
    audit(RULE, HEAD + text)


def test_tests(audit):
    """A test's own app may be in testing mode."""
    audit(RULE, {"app.py": HEAD, "tests/conftest.py": HEAD + "app.config['TESTING'] = True\n"})

"""Extensions that only some environments get."""

from __future__ import annotations

import pytest

HEAD = "from flask import Flask\nfrom flask_talisman import Talisman\ntalisman = Talisman()\n"
FACTORY = "def create_app():\n    app = Flask(__name__)\n    {}\n    return app\n"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("talisman.init_app(app)", 1),
        ("if not app.debug:\n        talisman.init_app(app)", 1),
        ("if app.config['ENV'] == 'production':\n        talisman.init_app(app)", 1),
        ("if app.debug:\n        print()\n    else:\n        talisman.init_app(app)", 1),
        ("if app.debug:\n        talisman.init_app(app)", 0),
        ("if app.config['TESTING']:\n        talisman.init_app(app)", 0),
        ("if app.config['ENV'] == 'development':\n        talisman.init_app(app)", 0),
        ("if os.environ['E'] == 'production':\n        pass\n    else:\n"
         "        talisman.init_app(app)", 0),
    ],
)  # fmt: skip
def test_only_for_development(project, line, count):
    """What is tied to the app for development or tests alone protects nobody."""
    found = project({"app.py": HEAD + FACTORY.format(line)})

    assert len(found.initialised(found.sites[0], "talisman")) == count


def test_it_is_missed_in_production(outcome):
    """An app that enforces HTTPS while it is developed does not enforce it."""
    files = {"app.py": HEAD + FACTORY.format("if app.debug:\n        talisman.init_app(app)")}
    rules = ("https-not-enforced", "protection-not-initialised")

    assert [f.rule for f in outcome(files, select=rules).findings] == ["https-not-enforced"]

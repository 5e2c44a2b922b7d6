"""Where `secret-key-guessable` fires, and where it must not."""

from __future__ import annotations

import secrets

import pytest

RULE = "secret-key-guessable"
HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def test_published_key(audit):
    """A key from the documentation is published, whatever its spelling."""
    found = audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.secret_key = "super secret string"
                         ^^^^^^^^^^^^^^^^^^^^^ The secret key is published
        """,
    )

    assert found[0].severity == "high"
    assert "super" not in repr(found)


def test_predictable_bytes(audit):
    """A long key that repeats itself is judged by its computed value."""
    audit(
        RULE,
        """
        from flask import Flask
        app = Flask(__name__)
        app.config["SECRET_KEY"] = b"abc" * 20
                                   ^^^^^^^^^^^ The secret key is a pattern
        """,
    )


def test_fallback_is_judged(audit):
    """The default of an environment read is judged where it stands."""
    found = audit(
        RULE,
        """
        import os
        from flask import Flask
        app = Flask(__name__)
        app.secret_key = os.environ.get("SECRET_KEY", "k3y-8kjh2")
                                                      ^^^^^^^^^^^ The secret key's fallback is
        """,
    )

    assert found[0].severity == "medium"


def test_development_class_is_low(audit):
    """A weak key of a development class is reported, but fails nothing."""
    found = audit(
        RULE,
        {
            "app.py": HEAD + "app.config.from_object('config.DevelopmentConfig')\n",
            "config.py": """
            class DevelopmentConfig:
                SECRET_KEY = 'dev'
                             ^^^^^
            """,
        },
    )

    assert found[0].severity == "low"


@pytest.mark.parametrize(
    "line",
    [
        # Named: pytest-xdist needs the same test ids in every worker.
        pytest.param(f"app.secret_key = {secrets.token_hex(32)!r}", id="strong text"),
        pytest.param(f"app.secret_key = {secrets.token_bytes(32)!r}", id="strong bytes"),
        "app.secret_key = os.environ['SECRET_KEY']",
        "app.secret_key = os.environ.get('SECRET_KEY')",
        "app.config.from_mapping(SECRET_KEY='dev')\napp.config.from_pyfile('c.py', silent=True)",
        "app.config['DATABASE'] = 'dev'",
        "if app.testing:\n    app.secret_key = 'dev'",
    ],
)
def test_near_misses(audit, line):
    """Strong keys, keys from elsewhere and test keys are not reported."""
    audit(RULE, HEAD + line + "\n")


def test_base_class_is_one_finding(audit):
    """A fallback that development and production both inherit is reported once, as the worst."""
    (finding,) = audit(
        RULE,
        """
        import os
        from flask import Flask
        class Config:
            SECRET_KEY = os.environ.get("SECRET_KEY") or "hard to guess string"
                                                         ^^^^^^^^^^^^^^^^^^^^^^ The secret key's
        class DevelopmentConfig(Config):
            DEBUG = True
        class ProductionConfig(Config):
            pass
        configs = {"development": DevelopmentConfig, "production": ProductionConfig}
        app = Flask(__name__)
        app.config.from_object(configs[name])
        """,
    )
    assert finding.severity == "medium"

"""What deployment files of all kinds say: variables, commands, stages and environments."""

from __future__ import annotations

import pytest

KEY = "5f352379324c22463451387a0aec5d2f"
APP = (
    "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
    "app.secret_key = os.environ['SECRET_KEY']\nif __name__ == '__main__':\n    app.run()\n"
)
RULES = ("secret-in-deployment", "debug-enabled", "development-server")
POD = (
    "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n"
    '        command: ["flask"]\n        args:\n        - run\n        - --debug\n'
    f"        env:\n        - name: SECRET_KEY\n          value: {KEY}\n"
)
FILES = {
    "Dockerfile": f"FROM python\nENV SECRET_KEY={KEY}\n"
    'ENTRYPOINT ["flask"]\nCMD ["run", "--debug"]\n',
    "docker-compose.yml": "services:\n  web:\n    command: >\n      sh -c \"flask db upgrade &&\n"
    f"      flask run --debug\"\n    environment:\n      - SECRET_KEY={KEY}\n",
    "compose.yaml": "services:\n  web:\n    entrypoint: [\"flask\"]\n    command:\n      - run\n"
    f"      - --debug\n    environment:\n      SECRET_KEY: {KEY}\n",
    "k8s/web.yaml": POD,
    "web.service": f'[Service]\nEnvironment="SECRET_KEY={KEY}" "A=1"\n'
    "ExecStart=/v/bin/flask run --debug\n",
    "supervisord.conf": "[program:a]\ncommand=flask run --debug\n"
    f'environment=A="1",SECRET_KEY="{KEY}"\n',
    "fly.toml": f"[env]\nSECRET_KEY = '{KEY}'\n[processes]\nweb = 'flask run --debug'\n",
    "app.yaml": f"entrypoint: flask run --debug\nenv_variables:\n  SECRET_KEY: '{KEY}'\n",
    "render.yaml": "services:\n- startCommand: flask run --debug\n  envVars:\n"
    f"  - key: SECRET_KEY\n    value: {KEY}\n",
    "docker-entrypoint.sh": f"#!/bin/sh\nexport SECRET_KEY={KEY}\nexec flask run --debug\n",
    "Procfile": f"web: SECRET_KEY={KEY} flask run --debug\n",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES)
def test_every_kind(outcome, path):
    """A key, debug mode and the development server are seen in each kind of file."""
    found = outcome({"app.py": APP, path: FILES[path]}, select=RULES).findings

    assert {f.rule for f in found if f.path == path} == set(RULES)
    assert KEY not in "".join(f.message for f in found)


@pytest.mark.parametrize("path", FILES)
def test_the_same_for_development(outcome, path):
    """In a folder for development all of it is right, but for a key in strict audits."""
    found = outcome({"app.py": APP, f"dev/{path}": FILES[path]}, select=RULES).findings

    assert found == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM python AS base\nFROM base AS development\nENV FLASK_DEBUG=1\n"
         "CMD flask run --debug\nFROM base AS final\nCMD gunicorn app:app\n"),
        ("docker-compose.override.yml", "services:\n  web:\n    command: flask run --debug\n"),
        ("Dockerfile.dev", "FROM python\nENV FLASK_DEBUG=1\nCMD flask run\n"),
        (".env.example", "FLASK_DEBUG=1\nSECRET_KEY=change\n"),
        ("web.service", "[Service]\nEnvironmentFile=/etc/web\nExecStart=/v/bin/gunicorn a:app\n"),
        ("entrypoint.sh", 'if [ "$E" = dev ]; then\n  exec flask run --debug\nfi\n'
         "exec gunicorn a:app\n"),
        ("fly.toml", "[env]\nPORT = '80'\n[processes]\nweb = 'gunicorn app:app'\n"),
        ("app.json", '{"env": {"SECRET_KEY": {"generator": "secret"}}}'),
        ("render.yaml", "services:\n- startCommand: gunicorn a:app\n  envVars:\n"
         "  - key: SECRET_KEY\n    generateValue: true\n"),
        ("k8s/web.yaml", "kind: Deployment\nspec:\n  containers:\n  - name: web\n    env:\n"
         "    - name: SECRET_KEY\n      valueFrom:\n        secretKeyRef:\n          name: s\n"
         "          key: secret-key\n"),
    ],
)  # fmt: skip
def test_near_misses(outcome, path, text):
    """Other stages, overrides, samples, conditions and references are right."""
    assert outcome({"app.py": APP, path: text}, select=RULES, strict=True).findings == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM python\nENV FORWARDED_ALLOW_IPS=*\nCMD gunicorn a:app\n"),
        ("Dockerfile", 'FROM python\nENV GUNICORN_CMD_ARGS="--forwarded-allow-ips=*"\n'),
        ("compose.yaml", "services:\n  web:\n    environment:\n      FORWARDED_ALLOW_IPS: '*'\n"),
    ],
)
def test_forwarded_headers_from_everybody(outcome, path, text):
    """Variables make gunicorn believe headers just as its options do."""
    found = outcome({"app.py": APP, path: text}, select=("proxy-trusted-blindly",), strict=True)

    assert [f.path for f in found.findings] == [path]


def test_variables_set_in_code(audit):
    """A key and debug mode that the code puts into the environment are as if written there."""
    audit(
        "secret-key-hardcoded",
        """
        import os
        os.environ["SECRET_KEY"] = "a literal"
                                   ^^^^^^^^^^^ The secret key is a literal
        os.environ["FLASK_DEBUG"] = "1"
        from flask import Flask
        app = Flask(__name__)
        """,
    )
    audit(
        "debug-enabled",
        """
        import os
        if __name__ == "__main__" and os.environ.get("E") == "development":
            os.environ["FLASK_DEBUG"] = "1"
        os.environ["FLASK_DEBUG"] = "1"
                                    ^^^ Debug mode is switched on by FLASK_DEBUG
        """,
    )

"""Where `secret-in-deployment` fires, and where it must not."""

from __future__ import annotations

import base64

import pytest

RULE = "secret-in-deployment"
KEY = "5f352379324c22463451387a0aec5d2f"
APP = "from flask import Flask\napp = Flask(__name__)\napp.config.from_prefixed_env('X')\n"


def under(line: str, part: str) -> str:
    """Return `line` and carets under the last place of `part`."""
    return f"{line}\n{' ' * line.rindex(part)}{'^' * len(part)}\n"


@pytest.mark.parametrize(
    ("name", "before", "line", "part"),
    [
        ("Dockerfile", "FROM python\n", f"ENV SECRET_KEY={KEY}", "*"),
        ("Dockerfile", "FROM python\n", f"ENV SECRET_KEY {KEY}", "*"),
        ("Dockerfile", "FROM python\n", "ARG DB_PASSWORD=hunter2", "*"),
        ("Dockerfile.web", "FROM python\n", f"ENV A=1 FLASK_SECRET_KEY='{KEY}'", "*"),
        ("Dockerfile", "FROM python\n", f'CMD ["gunicorn", "-e", "SECRET_KEY={KEY}", "a:b"]', "*"),
        ("docker-compose.yml", "services:\n  web:\n    environment:\n",
         f"      SECRET_KEY: {KEY}", KEY),
        ("docker-compose.yml", "services:\n  web:\n    environment:\n",
         f"      - SECRET_KEY={KEY}", KEY),
        ("compose.yaml", "services:\n  web:\n    environment:\n",
         f"      SECRET_KEY: '{KEY}'", f"'{KEY}'"),
        ("compose.yaml", "services:\n  web:\n    environment: &common\n",
         f"      SECRET_KEY: {KEY}", KEY),
        ("compose.yaml", "x-common: &common\n", f"  SECRET_KEY: {KEY}", KEY),
        ("compose.yaml", "services:\n  web:\n", f"    environment: {{SECRET_KEY: {KEY}}}",
         f"{{SECRET_KEY: {KEY}}}"),
        ("compose.yaml", "services:\n  web:\n", f'    environment: ["SECRET_KEY={KEY}"]',
         f'["SECRET_KEY={KEY}"]'),
        ("compose.yaml", "services:\n  web:\n    environment:\n",
         "      DATABASE_URL: postgres://shop:hunter2@db/shop",
         "postgres://shop:hunter2@db/shop"),
        ("compose.yaml", "services:\n  web:\n    environment:\n",
         "      SECRET_KEY: ${SECRET_KEY:-changeme}", "${SECRET_KEY:-changeme}"),
        ("compose.yaml", "services:\n  db:\n    environment:\n",
         "      POSTGRES_PASSWORD: changeme", "changeme"),
        ("deploy.yaml", "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: SECRET_KEY\n",
         f"      value: {KEY}", KEY),
        ("secret.yaml", "kind: Secret\nstringData:\n", f"  secret-key: {KEY}", KEY),
        ("config.yaml", "kind: ConfigMap\ndata:\n", f"  SECRET_KEY: {KEY}", KEY),
        ("all.yaml", "kind: Service\ndata:\n  password: a\n---\nkind: Secret\nstringData:\n",
         "  password: hunter2", "hunter2"),
        ("Procfile", "", f"web: SECRET_KEY={KEY} gunicorn app:app", "*"),
        (".env", "", f"SECRET_KEY={KEY}", KEY),
        (".env", "", f"export MAIL_PASSWORD='{KEY}'", f"'{KEY}'"),
        (".flaskenv", "", f"FLASK_SECRET_KEY={KEY}", KEY),
        ("prod.env", "", "DATABASE_URL=mysql://root:root@db/shop", "mysql://root:root@db/shop"),
        ("uwsgi.ini", "[uwsgi]\n", f"env = SECRET_KEY={KEY}", f"SECRET_KEY={KEY}"),
        (".gitlab-ci.yml", "variables:\n", f"  SECRET_KEY: {KEY}", KEY),
        (".github/workflows/deploy.yml", "jobs:\n  a:\n    env:\n", f"      API_TOKEN: {KEY}", KEY),
        ("gunicorn.conf.py", "", f'raw_env = ["SECRET_KEY={KEY}"]', f'["SECRET_KEY={KEY}"]'),
    ],
)  # fmt: skip
def test_formats(audit, name, before, line, part):
    """Every format that hands variables to an app is read."""
    audit(RULE, {"app.py": APP, name: before + under(line, line if part == "*" else part)})


def test_base64_hides_nothing(audit):
    """The data of a Kubernetes Secret is decoded before it is judged."""
    value = base64.b64encode(KEY.encode()).decode()
    head = "apiVersion: v1\nkind: Secret\ndata:\n"
    audit(RULE, {"app.py": APP, "secret.yaml": head + under(f"  secret-key: {value}", value)})
    blank = base64.b64encode(b"${SECRET_KEY}").decode()
    audit(RULE, {"app.py": APP, "secret.yaml": f"{head}  secret-key: {blank}\n"})


@pytest.mark.parametrize(
    "value",
    [
        "${SECRET_KEY}", "$SECRET_KEY", "${SECRET_KEY:?set it}", "${SECRET_KEY:-}", "",
        "{{ secret_key }}", "'{{ .Values.key }}'", "'@{SECRET_KEY}'", "'#{SECRET_KEY}#'",
        "<your key>", "*key", "!Ref Key",
        "ENC[AES256_GCM,data:abc]", "vault:secret/shop#key", "/run/secrets/key", "null", "true",
        "$(cat key)", "${{ secrets.KEY }}", "'****'",
    ],
)  # fmt: skip
def test_references(audit, value):
    """A value that something else fills in is no secret."""
    text = f"services:\n  web:\n    environment:\n      SECRET_KEY: {value}\n"
    audit(RULE, {"app.py": APP, "docker-compose.yml": text})
    audit(RULE, {"app.py": APP, "Dockerfile": f"FROM python\nENV SECRET_KEY={value}\n"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", f"SECRET_KEY={KEY}\n"),
        ("example.env", "SECRET_KEY=changeme\n"),
        (".env.template", "SECRET_KEY=changeme\n"),
        ("docker-compose.test.yml", "services:\n  a:\n    environment:\n      DB_PASSWORD: pw\n"),
        ("tests/.env", f"SECRET_KEY={KEY}\n"),
        (".ci/compose.yaml", f"services:\n  a:\n    environment:\n      SECRET_KEY: {KEY}\n"),
        ("docker/e2e/compose.yaml", "services:\n  a:\n    environment:\n      DB_PASSWORD: pw\n"),
        (".github/workflows/t.yml", "jobs:\n  a:\n    env:\n      POSTGRES_PASSWORD: postgres\n"),
        (".github/workflows/t.yml", "jobs:\n  a:\n    env:\n      SECRET_KEY: key-for-ci-only\n"),
        ("circle.yml", "machine:\n  environment:\n    DB_PASSWORD: tester\n"),
        ("Dockerfile", "FROM python\nARG SECRET_KEY\nENV PASSWORD_MIN_LENGTH=8\n"),
        ("Dockerfile", f"FROM python\nRUN SECRET_KEY={KEY} flask collect\n"),
        ("compose.yaml", "services:\n  a:\n    environment:\n      PASSWORD_FILE: secret.txt\n"),
        ("compose.yaml", "services:\n  a:\n    environment:\n      URL: postgres://db/shop\n"),
        ("compose.yaml", "services:\n  a:\n    environment:\n      U: postgres://a:${PW}@db/s\n"),
        ("compose.yaml", "services:\n  a:\n    environment:\n      U: mysql://user:password@host/s\n"),
        ("k.yaml", "kind: ConfigMap\ndata:\n  DB_URL: 'postgres://db_user:db_pass@db_host:5432/s'\n"),
        (".env", "DATABASE_URL=postgresql://username:password@hostname/database\n"),
        ("k.yaml", "kind: SealedSecret\nspec:\n  encryptedData:\n    SECRET_KEY: AgBy3i4OJS\n"),
        ("k.yaml", "kind: Deployment\nspec:\n  containers:\n  - env:\n    - name: SECRET_KEY\n"
         "      valueFrom:\n        secretKeyRef:\n          name: app\n          key: secret\n"),
    ],
)  # fmt: skip
def test_near_misses(audit, name, text):
    """Samples, tests, throwaway services of CI and what only sounds like a secret are left out."""
    audit(RULE, {"app.py": APP, name: text})


def test_ignored_file(audit):
    """A file that ``.gitignore`` lists is not shared."""
    audit(RULE, {"app.py": APP, ".gitignore": ".env\n", ".env": f"SECRET_KEY={KEY}\n"})


def test_development_is_strict(audit):
    """A compose file for development concerns careful shops only."""
    files = {
        "app.py": APP,
        "docker-compose.dev.yml": "services:\n  web:\n    environment:\n"
        + under(f"      SECRET_KEY: {KEY}", KEY),
    }
    (finding,) = audit(RULE, files)

    assert (finding.audience, finding.severity) == ("strict", "low")


def test_the_value_is_never_told(audit):
    """A message names the variable, not its value, and says what can be guessed."""
    (finding,) = audit(RULE, {"app.py": APP, ".env": under("SECRET_KEY=changeme", "changeme")})

    assert "SECRET_KEY" in finding.message
    assert "changeme" not in finding.message
    assert "can be guessed" in finding.message
    assert finding.severity == "high"


def test_one_password_of_a_file(audit):
    """A password that the database and its clients are given in one file is one finding."""
    compose = (
        "services:\n  db:\n    environment:\n      MYSQL_PASSWORD: hunter2\n"
        "                      ^^^^^^^ The literal of MYSQL_PASSWORD\n"
        "  app:\n    environment:\n      DB_PASSWORD: hunter2\n"
        "  worker:\n    environment:\n      DB_PASSWORD: hunter2\n"
        "      MAIL_PASSWORD: another-1\n                     ^^^^^^^^^ The literal of MAIL\n"
    )
    findings = audit(RULE, {"app.py": APP, "compose.yaml": compose})

    assert sorted(len(finding.related) for finding in findings) == [0, 2]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("GITHUB_CLIENT_SECRET", "test", False),
        ("STRIPE_API_KEY", "your-key-here", False),
        ("GITHUB_CLIENT_SECRET", "0f9a3c1e7b5d4a2f8c6e", True),
        ("DB_PASSWORD", "changeme", True),
        ("SECRET_KEY", "changeme", True),
    ],
)
def test_stand_ins(audit, name, value, found):
    """A stand-in for what another service issues opens nothing; for one's own, it is the key."""
    line = f"ENV {name}={value}\n"
    marks = "^" * (len(line) - 1) + "\n" if found else ""
    audit(RULE, {"app.py": APP, "Dockerfile": f"FROM python\n{line}{marks}"})


@pytest.mark.parametrize(
    ("stage", "name", "audience"),
    [
        ("FLASK_ENV: development", "DB_PASSWORD", "strict"),
        ("DEV: 1", "DB_PASSWORD", "strict"),
        ("NODE_ENV: dev", "MYSQL_PASSWORD", "strict"),
        ("FLASK_ENV: production", "DB_PASSWORD", "default"),
        ("DEV: 0", "DB_PASSWORD", "default"),
        ("FLASK_ENV: development", "SECRET_KEY", "default"),
    ],
)
def test_file_that_says_development(audit, stage, name, audience):
    """Beside an app in development a database's password opens nothing; a key is a key."""
    line = f"      {name}: hunter2-and-more"
    marks = " " * line.index("hunter2") + "^" * len("hunter2-and-more")
    compose = f"services:\n  app:\n    environment:\n      {stage}\n{line}\n{marks}\n"
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": compose})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("words", "name", "audience"),
    [
        ("# DEVELOPMENT USE ONLY", "SECRET_KEY", "strict"),
        ("# Do not use this in production!", "SECRET_KEY", "strict"),
        ("# for local development only", "DB_PASSWORD", "strict"),
        ("# Not for production", "DB_PASSWORD", "strict"),
        ("# This is an example. Please change the values below.", "SECRET_KEY", "strict"),
        ("# Example docker-compose file", "DB_PASSWORD", "strict"),
        ("# Sample configuration of a deployment", "SECRET_KEY", "strict"),
        ("# Copy this file to docker-compose.override.yml", "SECRET_KEY", "strict"),
        ("# For production", "DB_PASSWORD", "default"),
        ("# See the example in the manual", "SECRET_KEY", "default"),
        ("# for example a password", "DB_PASSWORD", "default"),
        ("x-note: this is an example", "SECRET_KEY", "default"),
        ("# development and production", "SECRET_KEY", "default"),
        ("x-note: do not use in production", "SECRET_KEY", "default"),
    ],
)
def test_comment_that_says_development(audit, words, name, audience):
    """A file that tells people not to use it elsewhere, or to copy it, deploys nothing."""
    line = f"      {name}: hunter2-and-more"
    marks = " " * line.index("hunter2") + "^" * len("hunter2-and-more")
    compose = f"{words}\nservices:\n  app:\n    environment:\n{line}\n{marks}\n"
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": compose})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("volume", "name", "audience"),
    [
        (".:/app", "POSTGRES_PASSWORD", "strict"),
        ("../:/code:z", "POSTGRES_PASSWORD", "strict"),
        ('"${PWD}:/srv"', "POSTGRES_PASSWORD", "strict"),
        ("./data:/data", "POSTGRES_PASSWORD", "default"),
        ("./config.py:/app/config.py", "POSTGRES_PASSWORD", "default"),
        (".:/app", "SECRET_KEY", "default"),
    ],
)
def test_project_that_is_mounted(audit, volume, name, audience):
    """An app that runs from the developer's folder has a database of the developer's."""
    line = f"      {name}: hunter2-and-more"
    marks = " " * line.index("hunter2") + "^" * len("hunter2-and-more")
    compose = (
        f"services:\n  app:\n    volumes:\n      - {volume}\n"
        f"  db:\n    environment:\n{line}\n{marks}\n"
    )
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": compose})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("image", "name", "audience"),
    [
        ("axllent/mailpit", "POSTGRES_PASSWORD", "strict"),
        ('"docker.io/mailhog/mailhog:latest"', "POSTGRES_PASSWORD", "strict"),
        ("boky/postfix", "POSTGRES_PASSWORD", "default"),
        ("axllent/mailpit", "SECRET_KEY", "default"),
    ],
)
def test_mail_that_is_caught(audit, image, name, audience):
    """Beside a server that shows all mail to whoever comes, a database is a developer's."""
    line = f"      {name}: hunter2-and-more"
    marks = " " * line.index("hunter2") + "^" * len("hunter2-and-more")
    compose = f"services:\n  mail:\n    image: {image}\n  db:\n    environment:\n{line}\n{marks}\n"
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": compose})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("service", "name", "value", "audience"),
    [
        ("web", "MINIO_PASSWORD", "shop-test-key", "strict"),
        ("web", "S3_STORAGE_SECRET_KEY", "shop-test-key", "strict"),
        ("web", "MINIO_PASSWORD", "contest-key", "default"),
        ("web", "ADMIN_PASSWORD", "test", "default"),
        ("web", "SECRET_KEY", "shop-test-key", "default"),
        ("tests", "SECRET_KEY", "not-so-secret", "strict"),
        ("tests-db", "MYSQL_PASSWORD", "hunter2", "strict"),
        ("contest", "MYSQL_PASSWORD", "hunter2", "default"),
    ],
)
def test_what_is_for_tests(audit, service, name, value, audience):
    """A service for tests, and a password that says it is for them, are left to careful shops."""
    line = under(f"      {name}: {value}", value)
    text = f"services:\n  {service}:\n    environment:\n{line}"
    (finding,) = audit(RULE, {"app.py": APP, "docker-compose.yml": text})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("e2e0123456789abcdef0123456789abcdef", False),
        ("e2e9f3a71c5d2b8046e1f7c3a9d5b2e8f0", True),
    ],
)
def test_value_that_counts_in_ci(audit, value, found):
    """A key that counts up to nine was made up for a service that CI starts."""
    line = f"      AWS_SECRET_ACCESS_KEY: {value}\n"
    marks = " " * line.index(value) + "^" * len(value) + "\n" if found else ""
    text = f"on: push\njobs:\n  e2e:\n    runs-on: x\n    env:\n{line}{marks}    steps: []\n"

    audit(RULE, {"app.py": APP, ".github/workflows/web.yml": text})


VARIANT = "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: h4rdly-{word}\n"


@pytest.mark.parametrize("names", ["abc", "abcd", "abcdefgh"])
def test_variants_of_one_deployment(audit, names):
    """What several files hold under one name is told once, with the others beside it."""
    mark = " " * 25 + "^" * 12 + "\n"
    files = {
        f"deploy/{name}.yml": VARIANT.format(word="guess") + ("" if number else mark)
        for number, name in enumerate(names)
    }
    elsewhere = {"deploy/y/a.yml": VARIANT.format(word="guess")}

    audit(RULE, {**files, **elsewhere, "deploy/z.yml": VARIANT.format(word="other") + mark})


@pytest.mark.parametrize(("name", "found"), [(".test.prod.env", False), ("prod.env", True)])
def test_environment_of_tests(audit, name, found):
    """A file that begins with a word for tests is theirs, whatever follows."""
    line = "MAIL_PASSWORD=h4rdly-guess"
    mark = " " * 14 + "^" * 12 + "\n" if found else ""
    audit(RULE, {"app.py": APP, name: f"{line}\n{mark}"})


BESIDE = """\
services:
  db:
    image: postgres
{more}    environment:
      POSTGRES_USER: open_shop
      POSTGRES_DB: stock
{line}
"""


@pytest.mark.parametrize(
    ("value", "audience"),
    [
        ("open_shop", "strict"),
        ("openshop", "strict"),
        ("shop123", "strict"),
        ("stock_password", "strict"),
        ("postgres", "strict"),
        ("NeedsToBeChanged", "strict"),
        ("root", "strict"),
        ("hunter2", "default"),
        ("k3aVeW8sYt", "default"),
        ("correcthorse", "default"),
    ],
)
def test_database_beside_the_app(audit, value, audience):
    """A password that says only names opens nothing outside of the file; another is a secret."""
    text = BESIDE.format(more="", line=under(f"      POSTGRES_PASSWORD: {value}", value).rstrip())
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": text})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("name", "more", "audience"),
    [
        ("compose.yaml", "    restart: always\n    ports:\n      - '5432:5432'\n", "default"),
        ("compose.yaml", "    restart: unless-stopped\n    ports: ['5432:5432']\n", "default"),
        (
            "compose.yaml",
            "    restart: always\n    ports:\n      - '127.0.0.1:5432:5432'\n",
            "strict",
        ),
        ("compose.yaml", "    restart: always\n", "strict"),
        ("compose.yaml", "    ports:\n      - '5432:5432'\n", "strict"),
        ("compose.prod.yaml", "", "default"),
    ],
)
def test_database_that_others_reach(audit, name, more, audience):
    """What is kept running with an open port, or called after production, is no desk's."""
    text = BESIDE.format(more=more, line=under("      POSTGRES_PASSWORD: shop", "shop").rstrip())
    (finding,) = audit(RULE, {"app.py": APP, name: text})

    assert finding.audience == audience


@pytest.mark.parametrize(
    ("line", "part", "audience"),
    [
        ("DATABASE_URL: postgres://shop:shop@db/shop", "postgres://shop:shop@db/shop", "strict"),
        ("DATABASE_URL: postgres://shop:shop@localhost:5432/shop",
         "postgres://shop:shop@localhost:5432/shop", "strict"),
        ("DATABASE_URL: postgres://shop:shop@db.shop.example/shop",
         "postgres://shop:shop@db.shop.example/shop", "default"),
        ("DATABASE_URL: postgres://shop:Tr0ub4dor@db/shop", "postgres://shop:Tr0ub4dor@db/shop",
         "default"),
        ("REDIS_PASSWORD: ${REDIS_PASSWORD:-hunter2}", "${REDIS_PASSWORD:-hunter2}", "strict"),
        ("ADMIN_PASSWORD: admin", "admin", "default"),
        ("SUPERUSER_PASSWORD: password", "password", "default"),
        ("SECRET_KEY: shop", "shop", "default"),
        ("SECRET_KEY: ${SECRET_KEY:-dev}", "${SECRET_KEY:-dev}", "default"),
        ("MAIL_PASSWORD: fecosxhkvojaxckt", "fecosxhkvojaxckt", "default"),
    ],
)  # fmt: skip
def test_what_a_password_opens(audit, line, part, audience):
    """Servers elsewhere, accounts of the app itself and its keys are what outsiders can use."""
    text = "services:\n  web:\n    environment:\n" + under(f"      {line}", part)
    (finding,) = audit(RULE, {"app.py": APP, "compose.yaml": text})

    assert finding.audience == audience


def test_mailbox_that_nobody_has(audit):
    """No provider gives anybody the password ``testpass``."""
    audit(RULE, {"app.py": APP, "Dockerfile": "FROM python\nENV MAIL_PASSWORD=testpass\n"})


def test_one_secret_in_two_files(audit):
    """What the image of the worker is given like that of the app is one secret; others are not."""
    line = f"ENV SECRET_KEY={KEY}\n"
    marks = "^" * (len(line) - 1) + "\n"
    files = {"app.py": APP, "Dockerfile": f"FROM python\n{line}{marks}"}
    (finding,) = audit(RULE, {**files, "Dockerfile.worker": f"FROM python\n{line}"})
    assert [place.path for place in finding.related] == ["Dockerfile.worker"]

    other = line.replace("5f", "6f")
    audit(RULE, {**files, "Dockerfile.worker": f"FROM python\n{other}{marks}"})

"""A deployment file holds a secret.

What it does
------------
Reports keys, tokens and passwords, also those inside database addresses, that are written in
files next to the source: `ENV` and `ARG` of a Dockerfile, `environment` of a compose file,
Kubernetes manifests (the base64 of a Secret hides nothing), a Procfile, CI files, `.env` and
`.flaskenv`, uWSGI and gunicorn configuration. `${NAME}` and other references are right; the
default in `${NAME:-value}` is not. What stands in one file in the place of secrets, such as
`changeme`, is told of once, and so is a secret that several files hold under one name. Files that
`.gitignore` lists, samples such as `.env.example` and files for tests are left out. In CI files
only values that look real are reported; files whose comments, or the README of whose folder, say
that they are for development or an example only with `--strict`. The report never prints the value.

A password of a database or broker beside the app that says only names and words, such as `shop` for
the user `shop`, is left to `--strict`, and so is every default of one: nobody but the other
containers gets there. It is told where the file is called after production, or where the service is
kept running (`restart: always`) with a port that others reach.

Why it is bad
-------------
Whoever can read the repository, its history, or a layer of the image has the secret. With the
secret key he forges a session for any user.

Bad
---
```yaml
# file: docker-compose.yml
services:
  web:
    image: shop
    environment:
      SECRET_KEY: 5f352379324c22463451387a0aec5d2f
```

Good
----
```yaml
# file: docker-compose.yml
services:
  web:
    image: shop
    environment:
      SECRET_KEY: ${SECRET_KEY:?set it in the environment}
```

How to fix
----------
Make a new value, hand it over when the container starts (the environment of the host, Docker or
Kubernetes secrets that are not in the repository, an ignored `.env`), and leave a reference in
the file. The old value is burnt: it stays in the history.

References
----------
- https://cwe.mitre.org/data/definitions/538.html
- https://docs.docker.com/build/building/secrets/
- OWASP ASVS 5.0, requirements 13.3.1 and 13.4.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.contexts import is_sample
from checks.facts.deployment import Deployment
from checks.finding import Audience, Confidence, Finding, Severity
from checks.found import found
from checks.keys.beside import is_for_nobody, names_in, opens_nothing
from checks.keys.deployed import Deployed, deployed
from checks.keys.words import is_placeholder, is_signing_name
from checks.lazy import lazy
from checks.local_only import (
    env_files_at_a_desk,
    runs_at_a_desk,
    says_development,
    says_sample,
)
from checks.project import Project
from checks.project.configuration import environment_of_file
from checks.rule import Meta
from flask_hardening_keys import weakness

RULE = Meta(
    severity="medium",
    confidence="high",
    cwe=538,
    asvs=("13.3.1", "13.4.1"),
    summary="secret in a deployment file",
    why="Whoever reads the repository or the image has the secret.",
    fix="Replace the value by a reference to the environment or a secret store, and renew it.",
)

_TRIALS = lazy(r"(^|/)\.?tests?\.|(^|[/._-])(\.?ci|e2e|cypress|fixtures?|integration)([/._-])")
_CI = lazy(
    r"(^|/)(\.github|\.gitlab|\.circleci|\.buildkite|\.azure-pipelines)/|"
    r"(^|/)(\.gitlab-ci|circle|\.travis|\.drone|\.woodpecker|azure-pipelines|appveyor|cloudbuild|"
    r"bitbucket-pipelines|\.appveyor|tox)[^/]*$"
)
_LOCAL = lazy(r"(^|/)(dev|demo)/")  # such as ``docker/demo/docker-compose.yml``
# Keys that another service issues.
_ISSUED = lazy(
    r"(CLIENT|CONSUMER|APP|OAUTH\w*)_SECRET$|API_?(KEY|TOKEN|SECRET)$|ACCESS_?(KEY|TOKEN)(_ID)?$",
    re.IGNORECASE,
)
# What a service for tests is called in a compose file, and what its passwords say of themselves.
_TESTS = lazy(r"^services\.(?:[^.]*[-_])?tests?(?:[-_][^.]*)?\.", re.IGNORECASE)
_OWN_KEY = lazy(
    r"^(FLASK_|APP_|WEB_)?(SECRET_?KEY|JWT_SECRET(_KEY)?|SESSION_SECRET)$", re.IGNORECASE
)
# A key that says what it is for: ``dev-secret-key``, ``ONLY_FOR_DEVELOPMENT``.
_SAYS_DEV = lazy(r"(?:^|[-_.])(?:dev|devel|development|local)(?:[-_.]|$)", re.IGNORECASE)
_TO_REPLACE = lazy(
    r"change[-_ ]?(?:me|it|this)|replace|your[-_ ]|insert|fill[-_ ]?in|placeholder", re.IGNORECASE
)
_FOR_TESTS = lazy(r"[-_.]tests?(?:[-_.]|$)|^tests?[-_.]", re.IGNORECASE)
_STAGES = frozenset({"FLASK_ENV", "APP_ENV", "ENV", "ENVIRONMENT", "NODE_ENV", "FLASK_CONFIG"})
_REAL = 16  # characters: what CI systems get for their own services is shorter


def check(project: Project) -> Iterator[Finding]:
    """Yield one finding for each secret that a deployment file holds."""
    beside = {d.path for d in project.deployments if _runs_for_development(d)}
    beside |= env_files_at_a_desk(project.settings_files)
    local = {d.path for d in project.deployments if says_development(d) or says_sample(d)}
    files = {file.path: file for file in project.settings_files}
    names = {d.path: names_in(d) for d in project.deployments}
    told: dict[tuple[str, str], list[Deployed]] = {}
    for secret in deployed(project):
        path = secret.spot.path.lower()
        environment = environment_of_file(path)
        if is_sample(path) or environment == "testing" or _is_throwaway(secret, path):
            continue
        issued = _ISSUED.search(secret.name) and is_placeholder(secret.value)
        if issued or is_for_nobody(secret, ()):
            continue  # who issues keys would not issue this one: there is none yet
        name = secret.name if is_signing_name(secret.name) else ""
        what = f"{name}={secret.value}"
        if _TO_REPLACE.search(secret.value) and environment != "development":
            what = "to be replaced"  # a template: who fills one in fills all of them in
        told.setdefault((secret.spot.path, what), []).append(secret)
    called = {module.name.partition(".")[0] for module in project.modules} if told else set()
    for same in told.values():
        same.sort(key=lambda one: not is_signing_name(one.name))
    # The same secret under the same name in another file is the same one.
    alike: dict[tuple[str, str, bool], list[Deployed]] = {}
    for (place, value), same in told.items():
        path = same[0].spot.path.lower()
        development = environment_of_file(path) == "development" or bool(_LOCAL.search(path))
        development = development or same[0].spot.path in local
        development = development or _is_of_tests(same[0], project)
        known = names.get(place, set()) | called
        development = development or all(opens_nothing(o, known, files.get(place)) for o in same)
        if not is_signing_name(same[0].name) or _SAYS_DEV.search(same[0].value):
            development = development or same[0].spot.path in beside
        alike.setdefault((same[0].name, value, development), []).extend(same)
    for (_, _, development), same in alike.items():
        yield _finding(same, development=development)


def _runs_for_development(deployment: Deployment) -> bool:
    """Return whether what the file starts is told that it is for development, or runs from there.

    The passwords of databases beside it then open nothing; the app's key is judged all the same.
    """
    return runs_at_a_desk(deployment) or any(
        (v.name in _STAGES and v.value.lower().startswith("dev"))
        or (v.name == "DEV" and v.value.lower() in ("1", "true", "yes", "on"))
        for v in deployment.variables
    )


def _is_of_tests(secret: Deployed, project: Project) -> bool:
    """Return whether a service for tests gets `secret`, or its value says that it is for them.

    A key that the app itself signs with is one, whatever it says.
    """
    if _FOR_TESTS.search(secret.value) and not _OWN_KEY.search(secret.name):
        return True
    path = secret.spot.path
    return any(
        entry.spot == secret.spot and _TESTS.match(entry.key) is not None
        for file in project.settings_files
        if file.path == path
        for entry in file.entries
    )


def _is_throwaway(secret: Deployed, path: str) -> bool:
    """Return whether it is for a service that lives as long as one run of tests."""
    if _CI.search(path) is None:
        return _TRIALS.search(path) is not None
    value = secret.value
    made_up = is_placeholder(value) or "0123456789" in value
    return len(value) < _REAL or made_up or not _mixed(value)


def _mixed(text: str) -> bool:
    """Return whether digits and letters alternate as in what a machine made."""
    return bool(re.search(r"\d", text) and re.search(r"[A-Za-z]", text)) and " " not in text


def _finding(same: list[Deployed], *, development: bool) -> Finding:
    """Return one finding for a secret, wherever in its file it stands."""
    secret, *others = same
    signs = is_signing_name(secret.name)
    what = "A password in the address of" if secret.in_address else "The literal of"
    where = f"is the default of {secret.via}" if secret.is_default else f"stands in {secret.via}"
    guessable = signs and weakness(secret.value) is not None
    doubt = " and can be guessed" if guessable or is_placeholder(secret.value) else ""
    severity: Severity | None = "high" if signs else None
    if development or (secret.is_default and not signs):
        severity = "low"
    audience: Audience | None = "strict" if development else None
    # Without .gitignore or the repository, nobody can tell whether .env is ever shared.
    confidence: Confidence | None = "medium" if secret.via.endswith("env") else None
    return found(
        RULE,
        f"{what} {secret.name} {where}{doubt}.",
        secret.spot,
        severity=severity,
        audience=audience,
        confidence=confidence,
        related=[
            (
                other.spot,
                f"{'the same' if other.value == secret.value else 'another'}, as {other.name}",
            )
            for other in others[:8]
        ],
    )

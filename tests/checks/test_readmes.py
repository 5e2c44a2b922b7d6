"""READMEs of folders tell which deployment files nobody deploys."""

from __future__ import annotations

import pytest

from checks.readmes import says_apart

APP = "from flask import Flask\napp = Flask(__name__)\n"
COMPOSE = (
    "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: pw4shop\n"
)
SAYS = [
    "**Do not use this for production!** Host the database elsewhere.",
    "This is an example of setting up the shop on a cluster. Production needs more.",
    "These files are not meant for production.",
    "For development and testing purposes only.",
    "Docker infrastructure is provided to ease setting up a dev environment.",
]
SAYS_NOT = [
    "How the shop is deployed in production.",
    "For setting up a dev environment use compose.dev.yml; in production use compose.yml.",
    "An example of a client lies in the folder clients.",
    "Change the password. Do not use the default in production.",
    "",
]


@pytest.mark.parametrize("text", SAYS)
def test_what_says_so(text):
    """Phrases by which a README says that its folder is no deployment."""
    assert says_apart(f"# Files\n\n{text}\n")


@pytest.mark.parametrize("text", SAYS_NOT)
def test_what_does_not(text):
    """Speaking of production, or of an example elsewhere, is not enough."""
    assert not says_apart(f"# Files\n\n{text}\n")


def secrets(outcome, files, **options):
    """Return where secrets in deployment files are reported, and for whom."""
    found = outcome({"app.py": APP, **files}, **options).findings
    return [(f.path, f.audience) for f in found if f.rule == "secret-in-deployment"]


@pytest.mark.parametrize("name", ["README.md", "readme.rst", "README"])
@pytest.mark.parametrize("place", ["k8s/compose.yml", "k8s/more/compose.yml"])
def test_the_folder_and_what_is_in_it(outcome, name, place):
    """Its deployment files are for strict audits."""
    files = {f"k8s/{name}": SAYS[0], place: COMPOSE}

    assert secrets(outcome, files) == []
    assert secrets(outcome, files, strict=True) == [(place, "strict")]


@pytest.mark.parametrize("readme", ["README.md", "docs/README.md", "k8/README.md"])
def test_other_folders(outcome, readme):
    """The project's own README, and those of other folders, say nothing of this one."""
    assert secrets(outcome, {readme: SAYS[0], "k8s/compose.yml": COMPOSE}) == [
        ("k8s/compose.yml", "default")
    ]


def test_python_beside_it(outcome):
    """The app itself is judged whatever a README says."""
    files = {"shop/README.md": SAYS[0], "shop/web.py": APP + "app.run(debug=True)\n"}
    found = outcome(files).findings

    assert any(f.rule == "debug-enabled" and f.audience == "default" for f in found)


def test_a_proxy_of_an_example(outcome):
    """A server that only an example has stands in front of nothing."""
    nginx = (
        "server {\n  listen 80;\n  server_name shop.example;\n"
        "  location / {\n    proxy_pass http://web;\n  }\n}\n"
    )
    files = {"app.py": APP, "try/nginx.conf": nginx}
    beside = {**files, "try/README.md": SAYS[4]}

    assert any(f.rule == "https-downgraded" for f in outcome(files).findings)
    assert not any(f.rule == "https-downgraded" for f in outcome(beside).findings)

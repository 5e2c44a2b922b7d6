"""Apps of installers and tools beside the app are for strict audits."""

from __future__ import annotations

import pytest

APP = "from flask import Flask\napp = Flask(__name__)\napp.secret_key = 'k1'\n"
TOOL = "import conf\nfrom flask import Flask\napp = Flask(__name__)\napp.config['DEBUG'] = True\n"


def told(outcome, files):
    """Return the audiences of what is found in files of tools, and whether the rest is found."""
    found = outcome(files, strict=True).findings
    tools = {f.audience for f in found if f.path != "app.py"}
    return tools, any(f.path == "app.py" and f.audience == "default" for f in found)


@pytest.mark.parametrize("folder", ["scripts/install", "install", "tools", "contrib/wizard"])
def test_tools(outcome, folder):
    """What a tool's own app does is for careful shops, with the files beside and below it."""
    server = f"{folder}/bootstrap/server.py"
    files = {
        "app.py": APP,
        "conf.py": "",
        f"{folder}/wizard.py": TOOL,
        server: "def run(app):\n    app.run(debug=True)\n",
    }

    assert told(outcome, files) == ({"strict"}, True)


def test_absences_of_the_app(outcome):
    """What the app lacks is told where the app is made, not at a script's own."""
    files = {
        "website/app.py": "from conf import x\n" + APP,
        "conf.py": "x = 1\n",
        "scripts/drop.py": TOOL,
    }

    found = [f for f in outcome(files).findings if f.rule == "https-not-enforced"]

    assert [f.path for f in found] == ["website/app.py"]


def test_scripts_without_an_app(outcome):
    """A script of the app's own is judged like the app."""
    files = {"app.py": APP, "scripts/run.py": "from app import app\napp.run(debug=True)\n"}

    assert told(outcome, files) == ({"default"}, True)


def test_a_project_of_tools(outcome):
    """Where all apps are tools, they are what is audited."""
    found = outcome({"tools/wizard.py": TOOL, "conf.py": ""}, strict=True).findings

    assert "default" in {f.audience for f in found}


def test_other_folders(outcome):
    """A second app elsewhere is an app."""
    files = {"app.py": APP, "conf.py": "", "service/server.py": TOOL}

    assert "default" in told(outcome, files)[0]


@pytest.mark.parametrize(
    "says",
    [
        '"""\nThis is an example on how to log in with us from Requests.\n"""\n',
        '"""Example client for the API."""\n',
        "#!/usr/bin/env python\n# coding: utf-8\n'''A minimal example of a login with us.'''\n",
        '"""Demo application that shows the widget."""\n',
    ],
)
def test_an_example(outcome, says):
    """An app whose file says that it is an example is for careful shops, where it is not alone."""
    files = {"app.py": APP, "tester.py": says + TOOL, "conf.py": ""}

    assert told(outcome, files) == ({"strict"}, True)


@pytest.mark.parametrize(
    "says",
    [
        '"""Serve the shop, for example to customers."""\n',
        '"""Examples are kept here."""\n',
        '"""The demo mode is switched on by DEMO."""\n',
        "# This is an example of what not to do.\n",
    ],
)
def test_no_example(outcome, says):
    """A text that only speaks of examples says nothing of the file."""
    files = {"app.py": APP, "tester.py": says + TOOL, "conf.py": ""}

    assert "default" in told(outcome, files)[0]


def test_an_example_alone(outcome):
    """A project that is an example is what is audited."""
    files = {"tester.py": '"""Example of a login."""\n' + TOOL, "conf.py": ""}

    assert "default" in {f.audience for f in outcome(files, strict=True).findings}


SAYS = '"""Example of a login."""\n'


@pytest.mark.parametrize("place", ["shop/app.py", "shop/web/app.py", "app.py"])
def test_an_example_near_the_app(outcome, place):
    """The app may be beside it, in a folder of its own below, or above."""
    files = {place: APP, "shop/tester.py": SAYS + TOOL, "conf.py": "", "shop/conf.py": ""}
    found = outcome(files, strict=True).findings

    assert {f.audience for f in found if f.path == "shop/tester.py"} == {"strict"}


def test_an_example_in_a_folder_beside(outcome):
    """Two apps in folders of their own are two projects, and one may call itself an example."""
    files = {"one/app.py": APP, "two/app.py": SAYS + TOOL, "conf.py": ""}
    found = outcome(files, strict=True).findings

    assert "default" in {f.audience for f in found if f.path == "two/app.py"}


def test_an_example_in_a_collection(outcome):
    """Where every file is an app, none is the example of another."""
    files = {f"app{number}.py": APP for number in range(6)}
    found = outcome({**files, "last.py": SAYS + TOOL, "conf.py": ""}, strict=True).findings

    assert "default" in {f.audience for f in found if f.path == "last.py"}

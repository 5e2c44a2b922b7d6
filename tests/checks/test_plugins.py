"""Programs that find our rules, and distributions whose rules we find, in an environment.

Each test runs in a virtual environment of its own, where distributions are installed as usual.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from checks.bandit_plugins import offered
from checks.rules import discover

TOP = Path(__file__).resolve().parents[2]
GROUPS = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["entry-points"]
SHADOW = "raise SystemExit('the project was run')\n"

RULE = '''
"""The app is called shop.

What it does
------------
Looks for it.
"""

from checks.found import found
from checks.rule import Meta

RULE = Meta(
    severity="medium", confidence="high", cwe=710, asvs=(), summary="app called shop",
    why="Everybody has one.", fix="Find another name.",
)


def check(project):
    for module in project.modules:
        for call, scope in module.calls("Flask"):
            if getattr(call.args[0], "value", None) == "shop":
                yield found(RULE, "The app is called shop.", module.source.spot(call))
'''


@pytest.fixture
def environment(tmp_path):
    """A virtual environment with this package, as an installation writes it, and what it needs."""
    place = tmp_path / "venv"
    make = [sys.executable, "-m", "venv", "--without-pip", str(place)]
    subprocess.run(make, check=True, capture_output=True)
    (site,) = place.glob("lib/python*/site-packages")
    needed = [path for path in sys.path if path.endswith("site-packages")]
    (site / "base.pth").write_text("\n".join([str(TOP), *needed]) + "\n")
    told = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in GROUPS.items()
    )
    install(place, "flask_hardening", {}, told)
    return place


def install(environment, name, files, entry_points):
    """Install a distribution, made of `files`, with pip."""
    meta = f"{name}-1.0.dist-info"
    contents = {
        **files,
        f"{meta}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{meta}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{meta}/entry_points.txt": entry_points,
    }
    rows = [f"{file},sha256={_digest(text)},{len(text)}" for file, text in contents.items()]
    contents[f"{meta}/RECORD"] = "\n".join([*rows, f"{meta}/RECORD,,"]) + "\n"
    wheel = environment / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in contents.items():
            archive.writestr(file, text)
    python = str(environment / "bin/python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index"]
    subprocess.run(
        [*command, "--no-deps", "--quiet", "--ignore-installed", str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip


def _digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def run(environment, root, *command):
    """Run a module of the environment in `root`, where the project's own modules come first."""
    return subprocess.run(
        [str(environment / "bin/python"), *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": ".", "XDG_CACHE_HOME": str(environment / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_offered_rules_are_the_entry_points():
    """pyproject.toml names every rule that says it is offered, and no other, once each."""
    named = {value: name for name, value in GROUPS["bandit.plugins"].items()}
    rules = {
        f"flask_hardening:{number}": f"flask_hardening_{rule.id.replace('-', '_')}"
        for number, rule in offered().items()
    }

    assert named == rules
    assert len(offered()) == len([rule for rule in discover() if rule.meta.bandit])
    assert all(re.fullmatch("B8[0-9]{2}", number) for number in offered())


def bandit(environment, root, *arguments):
    """Return what plain bandit says with our tests only: id, line, column."""
    done = run(
        environment, root, "-m", "bandit", "-q", "-r", "-f", "json",
        "-t", ",".join(offered()), *arguments, ".",
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert document["errors"] == []
    return [(r["test_id"], r["line_number"], r["col_offset"]) for r in document["results"]]


APP = """\
from flask import Flask, redirect, request
from flask_login import LoginManager, login_required, login_user, current_user

app = Flask(__name__)
app.secret_key = "dev"
ä = "ü"; app.config["SECRET_KEY"] = "dev"


@login_required
@app.route("/account")
def account():
    return "yours"


@app.route("/login", methods=["POST"])
def login():
    user = User.query.filter_by(name=request.form["name"]).first()
    if user.password == request.form["password"]:
        login_user(user, remember=True)
    return redirect(request.args.get("next"))


if True:
    app.run(debug=True)  # nosec B808
    app.run(
        debug=True,
    )
"""


def test_plain_bandit_runs_our_rules(environment, write):
    """Findings stand where our own audit has them; nosec takes our ids."""
    root = write({"app.py": APP})
    by_rule = {rule.id: number for number, rule in offered().items()}
    done = run(environment, root, "-m", "flask_hardening", "audit", "--format", "json")
    ours = {
        (by_rule[f["rule"]], f["line"], f["column"] - 1)
        for f in json.loads(done.stdout)["findings"]
        if f["rule"] in by_rule
    }
    theirs = bandit(environment, root)

    assert len(theirs) == len(set(theirs))
    assert {*theirs} == {found for found in ours if found != ("B808", 24, 18)}
    assert {number for number, _, _ in theirs} >= {"B801", "B804", "B808", "B810", "B813"}
    assert ("B808", 24) not in {(number, line) for number, line, _ in theirs}


def test_plain_bandit_where_the_project_has_modules_of_our_names(environment, write):
    """The project's checks.py and hardening.py are never imported, PYTHONPATH=. or not."""
    files = {"app.py": APP, "checks.py": SHADOW, "hardening.py": SHADOW}
    found = bandit(environment, write(files))

    assert ("B801", 5, 17) in found


def test_plain_bandit_with_odd_files(environment, write):
    """Files without any statement, with marks and of other encodings do no harm."""
    root = write({"empty.py": "", "mark.py": "\ufeff" + APP, "comment.py": "# flask only"})
    (root / "latin.py").write_bytes(b"# coding: latin-1\nname = 'flask \xe4'\n")

    assert ("B801", 5, 17) in bandit(environment, root)


def test_rule_of_another_distribution(environment, write):
    """It is found, listed, explained, selected and suppressed like ours."""
    points = "[flask_hardening.rules]\napp-called-shop = shop_rules.called\n"
    files = {"shop_rules/__init__.py": "", "shop_rules/called.py": RULE.lstrip()}
    install(environment, "shop_rules", files, points)
    root = write(
        {
            "app.py": "from flask import Flask\napp = Flask('shop')\n"
            "b = Flask('shop')  # hardening: ignore[app-called-shop] by request\n",
            "checks.py": SHADOW,
        }
    )
    command = ("-m", "flask_hardening")
    listed = run(environment, root, *command, "rules").stdout
    page = run(environment, root, *command, "explain", "app-called-shop").stdout
    asked = ("audit", "--select", "app-called-shop", "--format", "json", "--format", "sarif:s")
    done = run(environment, root, *command, *asked)
    findings = json.loads(done.stdout)["findings"]

    assert "app-called-shop" in listed
    assert "Looks for it." in page
    assert done.returncode == 1
    assert [(f["rule"], f["line"], f["column"], f["suppressed"]) for f in findings] == [
        ("app-called-shop", 2, 7, None),
        ("app-called-shop", 3, 5, {"reason": "by request"}),
    ]
    assert "app-called-shop" in (root / "s").read_text()


def test_changed_rule_of_another_distribution_judges_anew(environment, write):
    """An outcome that is kept between runs is not that of another version of the rule."""
    points = "[flask_hardening.rules]\napp-called-shop = shop_rules.called\n"
    files = {"shop_rules/__init__.py": "", "shop_rules/called.py": RULE.lstrip()}
    install(environment, "shop_rules", files, points)
    root = write({"app.py": "from flask import Flask\napp = Flask('shop')\n"})
    command = ("-m", "flask_hardening", "audit", "--select", "app-called-shop")
    codes = [run(environment, root, *command).returncode for _ in "12"]
    (file,) = environment.glob("lib/python*/site-packages/shop_rules/called.py")
    file.write_text(file.read_text().replace('== "shop"', '== "store"'))

    assert [*codes, run(environment, root, *command).returncode] == [1, 1, 0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import missing_module\n", "app-called-shop (shop_rules.called) cannot be loaded"),
        ('"""A page."""\n', "shop_rules.called has no RULE"),
    ],
)
def test_broken_rule_of_another_distribution_is_named(environment, write, text, words):
    """The command exits 2 and says which rule of which module it is."""
    points = "[flask_hardening.rules]\napp-called-shop = shop_rules.called\n"
    files = {"shop_rules/__init__.py": "", "shop_rules/called.py": text}
    install(environment, "shop_rules", files, points)
    done = run(environment, write({"app.py": ""}), "-m", "flask_hardening", "audit")

    assert done.returncode == 2
    assert words in done.stderr

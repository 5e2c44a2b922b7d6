"""What `audit --fix` and `audit --diff` write, print, say and exit with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import pytest

from checks import baseline
from checks.cli import main
from checks.fixes import mends, rules
from checks.fixes.edits import Edit
from checks.options import Options
from checks.run import audit

HERE = Path(__file__).resolve().parents[3]
HEAD = "from flask import Flask\n\napp = Flask(__name__)\n"
BAD = HEAD + "app.run(debug=True)\n"
GOOD = HEAD + "app.run()\n"
ONLY = ["--select", "debug-enabled", "--no-cache"]


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """Return a function that writes files as bytes and makes their folder the current one."""

    def inside(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.chdir(root)
        return root

    return inside


def git(*arguments: str, given: str | None = None) -> str:
    """Run git in the current folder and return what it prints."""
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        check=True, capture_output=True, text=True, input=given,
    )  # fmt: skip
    return done.stdout


def test_every_mend_belongs_to_a_rule_that_says_so():
    """A rule says in a sentence what is mended, and has the module that does it."""
    names = {info.name.replace("_", "-") for info in iter_modules(rules.__path__)}
    mended = mends.mending()

    assert names == set(mended)
    assert all(callable(mends.mend_of(name)) for name in names)
    assert all(rule.meta.mended.endswith(".") for rule in mended.values())


def test_fix_writes_and_the_report_is_about_the_rest(inside, capsys):
    """Files are mended, what is left is reported, and it is said what was mended."""
    root = inside({"app.py": BAD, "b.py": HEAD + "import os\napp.debug = bool(os.urandom(1))\n"})

    assert 0 == main(["audit", "--fix", *ONLY])
    said = capsys.readouterr()
    assert GOOD == (root / "app.py").read_text()
    assert "No findings" in said.out
    assert "mended app.py:4: debug-enabled" in said.err
    assert "mended 1 finding in 1 file" in said.err


def test_what_is_left_decides_the_exit_code(inside, capsys):
    """A finding that no mend is certain enough for still fails the audit, and is named."""
    inside({"app.py": BAD + "ON = True\napp.run(debug=ON)\n"})

    assert 1 == main(["audit", "--fix", *ONLY])
    assert "left app.py:6: debug-enabled: the value is made elsewhere" in capsys.readouterr().err


def test_diff_writes_nothing(inside, capsys):
    """The patch is all that is printed, and the exit code is that of the files as they are."""
    root = inside({"app.py": BAD})

    assert 1 == main(["audit", "--diff", *ONLY])
    said = capsys.readouterr()
    assert BAD == (root / "app.py").read_text()
    assert said.out == (
        "--- a/app.py\n+++ b/app.py\n@@ -1,4 +1,4 @@\n from flask import Flask\n \n"
        " app = Flask(__name__)\n-app.run(debug=True)\n+app.run()\n"
    )
    assert "would mend 1 finding in 1 file" in said.err


def test_diff_beside_reports(inside, capsys):
    """Reports go to files beside a patch; one for standard output is refused."""
    root = inside({"app.py": BAD})

    assert 2 == main(["audit", "--diff", "--format", "json", *ONLY])
    assert "name a file: json:FILE" in capsys.readouterr().err
    assert 1 == main(["audit", "--diff", "--format", "json:out.json", *ONLY])
    assert "debug-enabled" in (root / "out.json").read_text()


def test_configured_reports_give_way_to_a_patch(inside, capsys):
    """A format of the configuration for standard output is left out beside a patch."""
    inside({"app.py": BAD, "pyproject.toml": '[tool.flask-hardening]\nformat = ["json"]\n'})

    main(["audit", "--diff", *ONLY])
    assert capsys.readouterr().out.startswith("--- a/app.py")


def test_both_exclude_each_other(inside, capsys):
    """Nobody can ask for both."""
    inside({"app.py": BAD})

    assert 2 == main(["audit", "--diff", "--fix"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_quiet_says_nothing(inside, capsys):
    """With --quiet standard error stays empty."""
    inside({"app.py": BAD})

    main(["audit", "--fix", "--quiet", *ONLY])
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf# \xc3\xa9\r\n" + BAD.replace("\n", "\r\n").encode() + b"x = '\xc3\xa9'",
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + BAD.encode() + b"\x0c\nx = '\xe9'  \n",
        b"x = 1\r\n" + BAD.encode() + b"\tif_ = 2\n".lstrip() + b"y = '\xe2\x80\xa8'\r\n\r\n",
    ],
    ids=["mark", "latin-1", "mixed line ends"],
)
def test_the_rest_is_kept_byte_for_byte(inside, raw, capsysbinary, tmp_path):
    """Encoding, mark, line ends and blanks stay; the patch makes the same bytes."""
    root = inside({"app.py": raw})
    wanted = raw.replace(b"debug=True", b"")

    main(["audit", "--diff", *ONLY])
    patch = tmp_path / "a.patch"
    patch.write_bytes(capsysbinary.readouterr().out)
    git("apply", "--check", "--whitespace=nowarn", str(patch))
    main(["audit", "--fix", *ONLY])

    assert wanted == (root / "app.py").read_bytes()
    (root / "app.py").write_bytes(raw)
    git("apply", "--whitespace=nowarn", str(patch))
    assert wanted == (root / "app.py").read_bytes()


def test_what_would_be_written_otherwise_is_left(inside, capsys):
    """A file of old line ends, which LibCST does not keep, is not touched."""
    raw = BAD.replace("\n", "\r").encode()
    root = inside({"app.py": raw})

    assert 1 == main(["audit", "--fix", *ONLY])
    assert raw == (root / "app.py").read_bytes()
    assert "LibCST would write the file otherwise" in capsys.readouterr().err


def test_endless_code_is_left(inside, capsys):
    """LibCST is spared what it would need minutes for."""
    raw = BAD + "x = " + " + ".join(["1"] * 900) + "\n"
    root = inside({"app.py": raw})

    assert 1 == main(["audit", "--fix", *ONLY])
    assert raw == (root / "app.py").read_text()
    assert "left app.py:4: debug-enabled: its code is nested too deeply" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["with blank.py", "täst.py", 'quo"te.py'])
def test_odd_names_are_patched(inside, name, capsysbinary, tmp_path):
    """`git apply` finds files whose names are unusual."""
    root = inside({f"a folder/{name}": BAD})

    main(["audit", "--diff", *ONLY])
    (tmp_path / "a.patch").write_bytes(capsysbinary.readouterr().out)
    git("apply", str(tmp_path / "a.patch"))

    assert GOOD == (root / "a folder" / name).read_text()


def test_examples_and_tests_are_left(inside, capsys):
    """Only the app is mended; another file is if it is named itself."""
    files = {"app.py": GOOD, "examples/one.py": BAD}
    root = inside(files)

    main(["audit", "--fix", *ONLY])
    assert BAD == (root / "examples/one.py").read_text()
    assert "mended nothing" in capsys.readouterr().err
    main(["audit", "examples/one.py", "--fix", *ONLY])
    assert GOOD == (root / "examples/one.py").read_text()


def test_only_what_was_asked_for_is_touched(inside):
    """With a file as argument, and with --since, other files are left."""
    root = inside({"app.py": BAD, "b.py": BAD, "c.py": BAD, "pyproject.toml": ""})
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    (root / "b.py").write_text(BAD + "\n")

    main(["audit", "app.py", "--fix", *ONLY])
    assert [GOOD, BAD + "\n", BAD] == [(root / f"{n}.py").read_text() for n in ("app", "b", "c")]
    main(["audit", "--since", "HEAD", "--fix", *ONLY])
    assert [GOOD, GOOD + "\n", BAD] == [(root / f"{n}.py").read_text() for n in ("app", "b", "c")]


def test_hidden_findings_are_left(inside, capsys):
    """What a suppression or a baseline hides is not mended."""
    hidden = BAD.replace(
        "app.run(", "app.run('::', debug=True)  # hardening: ignore[debug-enabled] x\napp.run("
    )
    root = inside({"app.py": hidden})
    main(["baseline", "."])

    main(["audit", "--fix", "--baseline", ".flask-hardening-baseline.json", *ONLY])
    assert hidden == (root / "app.py").read_text()
    main(["audit", "--fix", *ONLY])
    assert hidden.replace("run(debug=True)", "run()") == (root / "app.py").read_text()


def test_a_line_that_a_baseline_knows_is_left(inside, capsys):
    """A mend would take another finding out of the baseline, which knows lines by their text."""
    text = "web: flask run --debug\n"
    root = inside({"app.py": HEAD, "Procfile": text})
    known = baseline.written(audit(["."], Options(select=("development-server",))))
    (root / "known.json").write_text(known)
    only = ["--select", "debug-enabled,development-server", "--no-cache"]

    main(["audit", "--fix", "--baseline", "known.json", *only])
    assert text == (root / "Procfile").read_text()
    assert "development-server would be found by it" in capsys.readouterr().err
    main(["audit", "--fix", *only])
    assert "web: flask run\n" == (root / "Procfile").read_text()


def test_links_and_modes(inside, tmp_path, capsys):
    """A link is followed to a file inside, not to one outside; a file keeps its mode."""
    outside = tmp_path / "outside.py"
    outside.write_text(BAD)
    root = inside({"app.py": BAD})
    os.chmod(root / "app.py", 0o750)
    (root / "linked.py").symlink_to("app.py")
    (root / "out.py").symlink_to(outside)

    main(["audit", "--fix", *ONLY])
    said = capsys.readouterr().err
    assert (GOOD, 0o750) == (
        (root / "app.py").read_text(),
        (root / "app.py").stat().st_mode & 0o777,
    )
    assert (root / "linked.py").is_symlink()
    assert BAD == outside.read_text()
    assert "not written out.py: it links to a file outside of the audited folder" in said


def test_a_read_only_file_is_left(inside, capsys):
    """A file that may not be written stays as it is, and is named."""
    root = inside({"app.py": BAD})
    os.chmod(root / "app.py", 0o444)

    assert 1 == main(["audit", "--fix", *ONLY])
    assert BAD == (root / "app.py").read_text()
    assert "not written app.py: it is read-only" in capsys.readouterr().err


def test_a_file_that_has_changed_is_left(inside, capsys, monkeypatch):
    """What somebody wrote in the meantime is not lost."""
    root = inside({"app.py": BAD})
    known = mends.checked

    def slow(file, text):
        (root / "app.py").write_text("x = 1\n" + BAD)
        return known(file, text)

    monkeypatch.setattr("checks.fixes.rounds.checked", slow)

    assert 1 == main(["audit", "--fix", *ONLY])
    assert "x = 1\n" + BAD == (root / "app.py").read_text()
    assert "not written app.py: it has changed since it was read" in capsys.readouterr().err
    assert ["app.py"] == os.listdir(root)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ("app.run(", "the file could not be parsed after the mend"),
        ("app.run(debug=True, port=1)", "it would still be found"),
        ("app.run(); app.debug = True", "debug-enabled would be found by it"),
    ],
)
def test_a_mend_that_does_not_hold_is_taken_back(inside, capsys, monkeypatch, edit, reason):
    """Nothing is written that does not parse, or that the audit does not confirm."""
    root = inside({"app.py": BAD})
    start = BAD.index("app.run")
    monkeypatch.setattr(
        "checks.fixes.rules.debug_enabled.mend",
        lambda *_: [Edit(start, len(BAD) - 1, edit)],
    )
    mends.mend_of.cache_clear()

    assert 1 == main(["audit", "--fix", *ONLY])
    mends.mend_of.cache_clear()
    assert BAD == (root / "app.py").read_text()
    assert f"left app.py:4: debug-enabled: {reason}" in capsys.readouterr().err


def test_mends_that_disturb_each_other(inside):
    """The second one is made on another round, in the same run."""
    text = (
        "from flask import Flask, request\nimport os\napp = Flask(__name__)\n"
        "API_TOKEN = os.environ['T']\n\n\n@app.post('/')\ndef view():\n"
        "    a = request.form['token'] == API_TOKEN\n    return str(a)\n\n\n"
        "def make_token():\n    return ''.join(random.choice('ab') for _ in range(99))\n"
    )
    root = inside({"app.py": text.replace("import os", "import os, random")})

    main(["audit", "--fix", "--no-cache"])
    new = (root / "app.py").read_text()
    assert new.startswith(
        "from flask import Flask, request\nimport hmac\nimport os, random\nimport secrets\n"
    )
    assert "hmac.compare_digest(request" in new
    assert "secrets.choice('ab')" in new


def test_a_run_that_mends_nothing_loads_nothing(tmp_path):
    """Without --fix no mend and no LibCST is imported; where it is missing, the extra is named."""
    (tmp_path / "app.py").write_text(BAD)
    code = (
        "import sys\nsys.modules['libcst'] = None\nfrom checks.cli import main\n"
        "assert main(['audit', '--no-cache', '--quiet']) == 1\n"
        "assert not [name for name in sys.modules if name.startswith('checks.fixes')]\n"
        "assert main(['audit', '--fix', '--no-cache']) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(HERE)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert 'pip install "flask-hardening[audit]"' in done.stderr
    assert BAD == (tmp_path / "app.py").read_text()


@pytest.mark.parametrize("app", ["bcrypt_article", "guide", "readme_app", "wtf_note"])
def test_the_seed_apps(app, inside, capsysbinary, tmp_path):
    """On the example apps the patch makes what --fix makes, and a second run changes nothing."""
    bare = HERE / "examples" / app / "bare"
    files = {
        str(path.relative_to(bare)): path.read_bytes()
        for path in bare.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    root = inside(files)

    def now() -> dict[str, bytes]:
        return {name: (root / name).read_bytes() for name in files}

    main(["audit", "--diff", "--no-cache"])
    patch = capsysbinary.readouterr().out
    assert files == now()
    main(["audit", "--fix", "--no-cache"])
    fixed = now()
    main(["audit", "--fix", "--no-cache"])
    assert fixed == now()
    if patch:
        for name, raw in files.items():
            (root / name).write_bytes(raw)
        (tmp_path / "a.patch").write_bytes(patch)
        git("apply", "--whitespace=nowarn", str(tmp_path / "a.patch"))
    assert fixed == now()


def test_an_audit_says_that_there_is_something_to_mend(inside, capsys):
    """Whoever does not know of `--fix` learns of it, on standard error, if it may help."""
    inside({"app.py": BAD})

    assert 1 == main(["audit", *ONLY])
    said = capsys.readouterr()
    assert "a finding is of a kind that --fix mends where it is safe" in said.err
    assert "--fix" not in said.out

    assert 1 == main(["audit", "--quiet", *ONLY])
    assert not capsys.readouterr().err


def test_an_audit_offers_no_mend_that_there_is_not(inside, capsys):
    """Neither where nothing was found nor where only what is suppressed could be mended."""
    ignored = "app.run(debug=True)  # hardening: ignore[debug-enabled] on my desk\n"
    inside({"app.py": HEAD + ignored, "b.py": GOOD})

    assert 0 == main(["audit", *ONLY])
    assert "--fix" not in capsys.readouterr().err

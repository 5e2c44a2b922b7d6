"""What git tracks is audited, though a ``.gitignore`` lists it."""

from __future__ import annotations

import subprocess

import pytest

from checks.collect import collect


def names(root):
    return {candidate.path for candidate in collect([str(root)]).files}


def git(*words, cwd):
    subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, timeout=30)


FILES = {
    ".gitignore": "config.py\n*.env\nlocal/\n", "app.py": "", "shop/__init__.py": "",
    "shop/config.py": "", "deep/shop/config.py": "", "prod.env": "", "test.env": "",
    "local/a.py": "",
}  # fmt: skip


def test_what_was_added_by_force(write):
    """The index decides, not the list: for Python and for what holds settings."""
    root = write(FILES)
    git("init", "-q", cwd=root)
    git("add", "app.py", cwd=root)
    git("add", "-f", "deep/shop/config.py", "prod.env", cwd=root)

    assert names(root) == {"app.py", "deep/shop/config.py", "prod.env", "shop/__init__.py"}


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_every_form_of_the_index(write, version, kind):
    """Version 4 names of a path only what differs from the one before; 3 has further flags."""
    root = write(FILES | {f"local/{'a' * n}/settings.py": "" for n in (1, 2, 200)})
    git("init", "-q", f"--object-format={kind}", cwd=root)
    git("add", "-f", "app.py", "deep/shop/config.py", "local/aa/settings.py", cwd=root)
    git("add", "-f", f"local/{'a' * 200}/settings.py", "prod.env", cwd=root)
    git("update-index", "--index-version", version, cwd=root)
    if version != "2":
        git("update-index", "--skip-worktree", "prod.env", cwd=root)

    assert names(root) == {
        "app.py", "deep/shop/config.py", "local/aa/settings.py",
        f"local/{'a' * 200}/settings.py", "prod.env", "shop/__init__.py",
    }  # fmt: skip


@pytest.mark.parametrize("cut", [20, 80, 130])
def test_a_damaged_index_tracks_nothing(write, cut):
    """What cannot be read says nothing, and is no reason to stop."""
    root = write(FILES)
    git("init", "-q", cwd=root)
    git("add", "-f", "app.py", "deep/shop/config.py", "prod.env", cwd=root)
    git("update-index", "--index-version", "4", cwd=root)
    index = root / ".git" / "index"
    index.write_bytes(index.read_bytes()[:cut])

    assert names(root) == {"app.py", "shop/__init__.py"}


def test_below_the_repository(write):
    """A folder of a repository is judged by the repository's index."""
    root = write({f"src/{path}": "" for path in ("a.py", "config.py")} | {".gitignore": "src/*"})
    git("init", "-q", cwd=root)
    git("add", "-f", "src/config.py", cwd=root)

    assert names(root / "src") == {"config.py"}


def test_work_tree_beside_others(write, tmp_path_factory):
    """A work tree of its own has its index where its ``.git`` file says."""
    root = write(
        {".gitignore": "config.py\n", "app.py": "", "config.py": "", "other/config.py": ""}
    )
    git("init", "-q", cwd=root)
    git("add", "-f", ".gitignore", "config.py", cwd=root)
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x", cwd=root)
    second = tmp_path_factory.mktemp("second") / "tree"
    git("worktree", "add", "-q", str(second), cwd=root)
    (second / "sub").mkdir()
    (second / "sub" / "config.py").write_text("")

    assert names(second) == {"config.py"}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, True),
        ({"shop/config.example.py": ""}, False),
        ({"shop/config.py.sample": ""}, False),
        ({"shop/default_config.py": ""}, False),
    ],
)
def test_archive(write, more, found):
    """Without a repository the module of a package counts, unless there is a sample to copy."""
    kept = {"app.py", "shop/__init__.py", *more}

    assert names(write({**FILES, **more})) == (kept | {"shop/config.py"} if found else kept)


NESTED = {
    ".gitignore": "lib/\nbuild/\n", "shop/__init__.py": "", "shop/lib/__init__.py": "",
    "shop/lib/token.py": "", "shop/lib/deep/__init__.py": "", "shop/lib/deep/a.py": "",
    "lib/b.py": "", "shop/build/c.py": "",
}  # fmt: skip


def test_folder_with_what_was_added_by_force(write):
    """Of a folder that is listed, what is tracked is audited, and nothing else."""
    root = write(NESTED)
    git("init", "-q", cwd=root)
    git("add", "shop/__init__.py", cwd=root)
    git("add", "-f", "shop/lib/token.py", "shop/lib/deep/a.py", cwd=root)

    assert names(root) == {"shop/__init__.py", "shop/lib/token.py", "shop/lib/deep/a.py"}


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_what_git_was_told_to_leave_alone(write, flag):
    """Changes of a tracked configuration that stay on one's own machine leave it tracked."""
    root = write(NESTED | {"shop/lib.py": ""})
    git("init", "-q", cwd=root)
    git("add", "-f", "shop/lib/token.py", "lib/b.py", cwd=root)
    git("update-index", flag, "shop/lib/token.py", cwd=root)

    assert names(root) == {"shop/__init__.py", "shop/lib.py", "shop/lib/token.py", "lib/b.py"}


def test_package_in_a_package_of_an_archive(write):
    """Without a repository a package inside a package belongs to it, whatever is listed."""
    root = write(NESTED)

    assert names(root) == {path for path in NESTED if path.startswith(("shop/__", "shop/lib"))}


def test_repository_without_an_index(write):
    """Where nothing was added yet, nothing is tracked."""
    root = write(FILES)
    git("init", "-q", cwd=root)

    assert names(root) == {"app.py", "shop/__init__.py"}

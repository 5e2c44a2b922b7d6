"""Which files are audited."""

from __future__ import annotations

import os

import pytest

from checks.collect import MAX_BYTES, collect, read, root_of
from checks.contexts import context_of
from checks.errors import UsageError
from checks.facts.source import decode_python
from checks.kinds import kind_of


def names(root, **options):
    return [candidate.path for candidate in collect([str(root)], **options).files]


def test_left_out(write):
    """Version control, caches, environments, installed and built files are left out."""
    root = write(
        {
            "app.py": "", ".git/hooks/a.py": "", "node_modules/a/b.py": "", "env/pyvenv.cfg": "",
            "env/lib/a.py": "", "build/lib/a.py": "", "dist/a.py": "", "__pycache__/a.py": "",
            "vendor/a.py": "", "x.egg-info/a.py": "", "notes.txt": "", "image.png": "",
        }
    )  # fmt: skip

    assert names(root) == ["app.py"]


def test_package_called_build_is_audited(write):
    """A package of the project is audited even if it is called build."""
    assert names(write({"build/__init__.py": "", "build/a.py": ""})) == [
        "build/__init__.py", "build/a.py",
    ]  # fmt: skip


def test_named_paths_are_audited(write):
    """What is named itself is audited, wherever it lies; twice named is once audited."""
    root = write({"venv/pyvenv.cfg": "", "venv/app.py": "", ".gitignore": "venv\n"})
    found = collect([str(root / "venv"), str(root / "venv" / "app.py")])

    assert [candidate.path for candidate in found.files] == ["app.py"]


def test_exclude(write):
    """Globs leave out files and folders below the root."""
    root = write({"a.py": "", "migrations/b.py": "", "sub/gen_x.py": ""})

    assert names(root, exclude=("migrations/", "gen_*.py")) == ["a.py"]


def test_missing_path(tmp_path):
    """A path that does not exist is wrong use, and named."""
    with pytest.raises(UsageError, match=r"gone\.py"):
        root_of([str(tmp_path / "gone.py"), str(tmp_path)])


def test_links(write, tmp_path):
    """Links in a circle or to nothing are gaps; a link to a folder outside is a note."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.py").write_text("")
    root = write({"a.py": "", "sub/c.py": ""})
    (root / "sub" / "up").symlink_to(root)
    (root / "self.py").symlink_to(root / "self.py")
    (root / "broken.py").symlink_to(root / "nothing.py")
    (root / "out").symlink_to(outside)
    (root / "again.py").symlink_to(root / "a.py")

    found = collect([str(root)])

    assert [candidate.path for candidate in found.files] == ["a.py", "sub/c.py"]
    assert [gap.path for gap in found.not_audited] == ["broken.py", "self.py", "sub/up"]
    assert found.notes == ["out links to a folder outside and was not followed"]


def test_unreadable_kinds(write):
    """Pipes are never opened for reading; too large files are gaps, large data files are not."""
    root = write({"big.py": "#" * (MAX_BYTES + 1), "big.json": " " * (MAX_BYTES + 1)})
    os.mkfifo(root / "pipe.py")

    found = {candidate.path: read(candidate) for candidate in collect([str(root)]).files}

    assert found["pipe.py"] == "it is no regular file"
    assert found["big.py"] == f"it is larger than {MAX_BYTES} bytes"
    assert found["big.json"] is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xef\xbb\xbfx = '\xc3\xa4'\r\n", "x = 'ä'\n"),
        (b"# coding: latin-1\rx = '\xe4'\n", "# coding: latin-1\nx = 'ä'\n"),
        (b"#!/bin/sh\n# coding: cp1252\n'\x80'", "#!/bin/sh\n# coding: cp1252\n'€'"),
        ("a\x0cb\u2028c".encode(), "a\x0cb\u2028c"),
    ],
)  # fmt: skip
def test_decoding(raw, text):
    """Marks and coding lines are honoured; only real line ends are changed."""
    assert decode_python(raw) == text


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("app.py", "app"), ("tests/a.py", "tests"), ("shop/tests/a.py", "tests"),
        ("pytest_shop.py", "tests"),
        ("test_a.py", "tests"), ("conftest.py", "tests"), ("examples/a.py", "example"),
        ("devel/roles/app/templates/app.cfg", "example"), ("vagrant/provision.py", "example"),
        ("shop/devel/views.py", "app"), ("stubs/sso/__init__.py", "tests"),
        ("mocks/server.py", "tests"), ("shop/stub.py", "app"),
        ("docs/conf.py", "example"), ("latest/a.py", "app"), ("contest.py", "app"),
        ("examples/tests/a.py", "tests"), ("example_apps/a.py", "example"),
        ("lib/flask-examples/a.py", "example"), ("example-app/a.py", "example"),
        ("demo_apps/a.py", "example"), ("demo_shop/a.py", "app"), ("sampler/a.py", "app"),
        ("counterexample/a.py", "app"), ("scripts/mail_example.py", "example"),
        (".github/nginx/site.conf", "tests"), ("nginx-proxy-test.conf", "tests"),
        ("deploy/test.nginx.conf", "tests"), ("deploy/latest.conf", "app"), ("ci/x.py", "app"),
        (".github/workflows/deploy.yml", "app"), ("nginx/contest.conf", "app"),
        ("client/example_use.py", "example"), ("examplar.py", "app"), ("bad_example.py", "app"),
        ("etc/config.example.toml", "app"), ("documentation/a.py", "example"),
        ("shop/settings/test.py", "tests"), ("config/testing.py", "tests"),
        ("shop/backends/sample/user.py", "example"), ("shop/sample/a.py", "app"),
        ("sample/shop/a.py", "app"),
        ("shop/testutils/pytest.py", "tests"), ("shop/test_suite/a.py", "tests"),
        ("shop/rtd_config.py", "example"), (".readthedocs.yaml", "example"),
        ("shop/startdate.py", "app"), ("db/create_ci_db.py", "tests"), ("e2e/utils.py", "tests"),
        ("db/ci_tables.py", "tests"), ("shop/social_views.py", "app"), ("shop/cities.py", "app"),
        ("shop/test.py", "app"), ("settings/latest.py", "app"), ("settings/dev.py", "app"),
    ],
)  # fmt: skip
def test_context(path, context):
    """Tests and examples are told by their folders and names."""
    assert context_of(path) == context


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("deploy/nginx/shop", "nginx"), ("nginx/default", "nginx"), ("nginx/site.conf", "nginx"),
        ("nginx/Dockerfile", "docker"), ("nginx/README", "readme"), ("README.md", None),
        ("nginx/entrypoint", None),
        ("nginx/mime.types", None), ("nginx/certs/key", None), ("shop/default", None),
    ],
)  # fmt: skip
def test_kind(path, kind):
    """What lies in a folder called nginx and has no ending is a site of it."""
    folder, _, name = path.rpartition("/")

    assert kind_of(name, folder) == kind


def test_large_json_is_no_configuration(write):
    """Translations and other data are not read, unless somebody names them."""
    root = write({"messages.json": " " * 200_001, "config.json": " " * 200_000})

    found = {c.path: read(c) for c in collect([str(root)]).files}
    named = [read(c) for c in collect([str(root / "messages.json")]).files]

    assert found["messages.json"] is None
    assert len(found["config.json"]) == 200_000
    assert [len(raw) for raw in named] == [200_001]

"""``flask hardening hashes`` and ``upgrade-hashes`` with a database URL alone."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rehash_tables import everybody_gets_in, fill, stored, users
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, event

from hardening.cli import group
from hardening.rehash import progress, reflect

SECRET = "a-password-in-a-url"


def ask(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(group, list(words), env=environment)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def named(engine: Engine) -> tuple[str, ...]:
    return ("--database-url", url_of(engine), "--table", "users", "--column", "pw")


def test_count_and_upgrade(engine: Engine) -> None:
    """Nothing but the address and two names is needed, and the new layer costs the full price."""
    users(engine, 4)

    counted = ask("hashes", *named(engine), "--format", "json")
    done = ask("upgrade-hashes", *named(engine))

    data = json.loads(counted.stdout)
    assert (0, 4, 4) == (counted.exit_code, data["rows"], data["due"])
    assert [{"format": "pbkdf2 sha256, 1 rounds", "rows": 4, "state": "due"}] == data["formats"]
    assert 0 == done.exit_code
    assert done.stdout.endswith("4 done\n")
    assert "has to log in again" in " ".join(done.stderr.split())
    held = stored(engine)
    assert everybody_gets_in(held)
    assert all("$argon2id$v=19$m=19456,t=2,p=1$" in each for each in held)


def test_dry_run(engine: Engine) -> None:
    """A dry run counts, says what stands in the way, and changes nothing."""
    users(engine, 2, length=90)
    before = stored(engine)

    found = ask("upgrade-hashes", *named(engine), "--dry-run")

    assert "2  in all, 2 to be done" in found.stdout
    assert before == stored(engine)
    if engine.dialect.name == "postgresql":
        assert 1 == found.exit_code
        assert "ALTER TABLE users ALTER COLUMN pw TYPE VARCHAR(255)" in found.stderr
    else:
        assert 0 == found.exit_code


def test_url_in_the_environment(tmp_path: Path, engine: Engine) -> None:
    """An address with a password in it need not stand in the list of processes."""
    users(engine, 1)
    rest = ("--table", "users", "--column", "pw")

    found = ask("hashes", *rest, HARDENING_DATABASE_URL=url_of(engine))

    assert 0 == found.exit_code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--database-url", "sqlite:///no.sqlite"), "--database-url needs --table"),
        (("--database-url", "sqlite:///no.sqlite", "--table", "t"), "needs --column"),
        (("--database-url", "sqlite:///no.sqlite", "--table", "t", "--column", "c"), "no database"),
        (("--database-url", "sqlite://", "--table", "t", "--column", "c"), "no database file"),
        (("--database-url", f"x{SECRET}", "--table", "t", "--column", "c"), "cannot be read"),
        (("--database-url", f"oracle://u:{SECRET}@h/d", "--table", "t", "--column", "c"),
         "oracle is not supported; choose from: postgresql, sqlite"),
        (("--limit", "0"), "0 is not in the range"),
        (("--max-rate", "0"), "is not in the range"),
    ],
)  # fmt: skip
def test_wrong_use(words: tuple[str, ...], said: str) -> None:
    """Wrong use exits 2, says what is wrong, and repeats no password of an address."""
    found = ask("upgrade-hashes", *words)

    assert 2 == found.exit_code
    assert said in found.stderr
    assert SECRET not in found.output
    assert not Path("no.sqlite").exists()


def test_nobody_answers() -> None:
    """A server that does not answer exits 1, without the address's password."""
    url = f"postgresql+psycopg://somebody:{SECRET}@127.0.0.1:1/users?connect_timeout=2"

    found = ask("hashes", "--database-url", url, "--table", "users", "--column", "pw")

    assert 1 == found.exit_code
    assert "the database cannot be asked: OperationalError" in found.stderr
    assert SECRET not in found.output


@pytest.mark.skipif(os.name == "nt", reason="modes of files are a matter of POSIX")
def test_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be written exits 1, and is as it was."""
    from rehash_tables import sqlite

    engine = sqlite(tmp_path)
    users(engine, 3)
    engine.dispose()
    usual = reflect.open_engine

    def read_only(url: str) -> Engine:
        found = usual(url)
        event.listen(found, "connect", lambda raw, _: raw.execute("PRAGMA query_only = 1"))
        return found

    # Not by the file's mode: whoever runs the tests may be root.
    monkeypatch.setattr(reflect, "open_engine", read_only)
    found = ask("upgrade-hashes", *named(engine))

    assert 1 == found.exit_code
    assert "attempt to write a readonly database; 0 rows are done" in found.stderr
    assert everybody_gets_in(stored(engine))


def test_nothing_to_do(engine: Engine) -> None:
    """A second run finds nothing, asks for nothing, and exits 0."""
    table = Table(
        "users", MetaData(), Column("id", Integer, primary_key=True), Column("pw", String(60))
    )
    table.create(engine)
    fill(engine, table, ["!", None, ""])

    found = ask("upgrade-hashes", *named(engine))

    assert (0, "") == (found.exit_code, found.stderr)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_only_on_a_terminal() -> None:
    """A pipe gets no progress; a terminal gets a bar, or lines with rate and time left."""
    pipe, terminal = io.StringIO(), Terminal()
    with progress.shown("wrapping", 100, pipe) as seen:
        seen(50)
    with progress.shown("wrapping", 100, terminal) as seen:
        seen(50)

    assert "" == pipe.getvalue()
    assert "wrapping" in terminal.getvalue()


def test_progress_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rich there is a line every two seconds."""
    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    out, clock = Terminal(), [0.0]
    lines = progress.Lines("wrapping", 7000, out, lambda: clock[0])
    for clock[0], rows in ((1.0, 5), (2.5, 100), (3.0, 110), (5.0, 250)):
        lines(rows)
    with progress.shown("wrapping", 10, out) as seen:
        assert isinstance(seen, progress.Lines)

    assert (
        "wrapping: 100 of 7000 rows, 40.0 a second, 0:02:52 left\n"
        "wrapping: 250 of 7000 rows, 50.0 a second, 0:02:15 left\n"
    ) == out.getvalue()


def test_importing_costs_nothing() -> None:
    """The command line loads neither SQLAlchemy nor rich before they are needed."""
    import subprocess

    code = "import hardening.cli, sys; print({'sqlalchemy', 'rich'} & set(sys.modules))"
    root = Path(__file__).resolve().parents[3]
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(root)}
    said = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)

    assert "set()\n" == said

"""A real PostgreSQL for tests: a throw-away cluster on a free loopback port.

It ends with the test, or with the process that runs it. PostgreSQL refuses to run as root, so
that there it runs as the user that Debian's package makes for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import PATIENCE_S, free_port, wait_for

USER = "postgres"
# Nothing here has to survive a crash of the machine, and a test must not wait for its disk.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60")
# Stops the server when the standard input of the shell ends, however that came about.
_LEASH = """
exec 3<&0
"$@" </dev/null & server=$!
(read _ <&3; kill -QUIT $server) 2>/dev/null &
wait $server
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One running cluster. Everybody on this machine may connect, as its superuser."""

    port: int
    programs: Path
    folder: Path

    def url(self, database: str = USER, driver: str = "postgresql+psycopg") -> str:
        """Return SQLAlchemy's address of one of its databases."""
        return f"{driver}://{USER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database, in place of one of that name, and return its address."""
        for statement in (
            f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)',
            f'CREATE DATABASE "{database}"',
        ):
            subprocess.run(
                [self.programs / "psql", "-q", "-h", "127.0.0.1", "-p", str(self.port),
                 "-U", USER, "-d", USER, "-v", "ON_ERROR_STOP=1", "-c", statement],
                check=True,
                capture_output=True,
            )  # fmt: skip
        return self.url(database)


def programs() -> Path:
    """Return the folder with the newest installed PostgreSQL's programs.

    Raises:
        RuntimeError: there is none.
    """
    # Debian keeps them off everybody's path, one folder for each version.
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path is None:
        raise RuntimeError("PostgreSQL is needed; `make test` installs it")
    return Path(on_path).resolve().parent


@contextmanager
def cluster() -> Iterator[Postgres]:
    """Run a PostgreSQL until the block ends."""
    where = programs()
    # Not in pytest's folder: only its owner may look into that, and the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    mask = os.umask(0o022)  # the data's own mode is initdb's matter
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        data = folder / "data"
        subprocess.run(
            [*_somebody(), str(where / "initdb"), "-D", str(data), "-U", USER, "-A", "trust",
             "-E", "UTF8", "--no-sync", "--locale=C"],
            check=True,
            capture_output=True,
            cwd=folder,
        )  # fmt: skip
        port = free_port()
        with _server(where, data, port, folder):
            yield Postgres(port, where, folder)
    finally:
        os.umask(mask)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(where: Path, data: Path, port: int, folder: Path) -> Iterator[None]:
    log = folder / "postgres.log"
    command = [str(where / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
    command += ["-k", str(folder), *FAST]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*_somebody(), "sh", "-c", _LEASH, "leash", *command],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, process, log)
        _until_ready(where, port)
        yield
    finally:
        os.killpg(process.pid, signal.SIGQUIT)  # an immediate stop: its data goes away anyhow
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.stdin is not None
        process.stdin.close()


def _until_ready(where: Path, port: int) -> None:
    """Return once the server answers questions: it listens a little earlier."""
    asked = [str(where / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + PATIENCE_S
    while subprocess.run(asked, check=False).returncode != 0 and time.monotonic() < until:
        time.sleep(0.05)


def _somebody() -> list[str]:
    """Return what has to stand before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]


def _version(initdb: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in initdb.parts[-3].split(".") if part.isdigit())

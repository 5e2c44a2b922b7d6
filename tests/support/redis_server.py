"""A Redis server of a test's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import free_port, running


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[int]:
    """Run a Redis that keeps nothing on disk, until the block ends; yields its port.

    Raises:
        RuntimeError: there is no ``redis-server`` on the path.
    """
    binary = shutil.which("redis-server")
    if binary is None:
        raise RuntimeError("redis-server is needed; `make test` installs it")
    port = free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
    with running(command, port, folder, name=f"redis-{port}"):
        yield port

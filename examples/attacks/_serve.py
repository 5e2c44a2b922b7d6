"""Gunicorn with several workers, behind a proxy that nobody declared.

The module is also what gunicorn loads: ``attacks._serve:load()`` builds the app of the row
that the environment names.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

from flask import Flask

from ._browser import Call, Reply, Site
from ._target import Target

_STARTED = "workers.started"


@contextmanager
def serve(target: Target, module: str, *, workers: int) -> Iterator[tuple[Site, Path]]:
    """Run ``build(target)`` of a row under gunicorn.

    Args:
        target: which side; the server gets a folder of its own below the target's.
        module: import name of the row.
        workers: number of processes.

    Yields:
        the site, and the folder in which the app keeps its tallies.

    Raises:
        RuntimeError: gunicorn ended, or did not start within 30 s.
    """
    folder = target.folder / "served"
    folder.mkdir()
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    row = {"side": target.side, "wrap": target.wrap, "store": target.store}
    row |= {"observe": target.observe}
    environ = os.environ | {
        "ATTACK_TARGET": json.dumps(row | {"folder": str(folder), "module": module}),
        # One key for all workers, as a deployment has.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, "-m", "gunicorn", "--workers", str(workers)]
    command += ["--bind", f"fd://{listener.fileno()}", "--log-level", "warning"]
    command += ["--worker-tmp-dir", str(folder), f"{__name__}:load()"]
    with (folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environ, pass_fds=[listener.fileno()], stdout=log, stderr=log, cwd=folder
        )
        try:
            _wait(process, folder, workers)
            yield _wire(listener.getsockname()[1]), folder
        finally:
            process.terminate()
            process.wait(20)
            listener.close()


def _wait(process: subprocess.Popen[bytes], folder: Path, workers: int) -> None:
    started = folder / _STARTED
    for _ in range(600):
        if started.exists() and started.stat().st_size >= workers:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    log = (folder / "gunicorn.log").read_text(errors="replace")
    raise RuntimeError(f"gunicorn did not start:\n{log[-2000:]}")


def load() -> Flask:
    """Build the app in a worker."""
    row = json.loads(os.environ["ATTACK_TARGET"])
    folder = Path(row["folder"])
    build = import_module(row["module"]).build
    target = Target(
        row["side"], folder, wrap=row["wrap"], store=row["store"], observe=row["observe"]
    )
    app: Flask = build(target)
    app.secret_key = os.environ["SECRET_KEY"]
    with (folder / _STARTED).open("ab") as file:
        file.write(b".")
    return app


def _wire(port: int) -> Site:
    """Return a site that plays the proxy: it ends TLS and adds the forwarded headers."""

    def ask(call: Call) -> Reply:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = dict(call.headers) | {
            "Host": call.host,
            "X-Forwarded-Proto": call.scheme,
            "X-Forwarded-For": call.address,
            "Connection": "close",
        }
        target = f"{call.path}?{call.query}" if call.query else call.path
        connection.request(call.method, target, body=call.body or None, headers=headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        return Reply(response.status, tuple(response.getheaders()), text)

    return ask

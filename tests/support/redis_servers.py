"""A real Redis server for tests, on a free loopback port, also over TLS.

They keep nothing on disk but a log, and end with the test, or with the process that runs it:
each hangs on a pipe from there.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from servers import free_port, wait_for

PATIENCE_S = 60  # as in `servers`; a test never waits this long
VALKEY = (
    "valkey-server"  # Debian 12 has none of its own, so that tests do without where it is absent
)
IN_MEMORY = ("--save", "", "--appendonly", "no")
# Ends the server when the standard input of the shell ends, however that came about.
_LEASH = """
exec 3<&0
"$@" </dev/null & server=$!
(read _ <&3; kill -9 $server) 2>/dev/null &
wait $server
"""


@dataclass
class Server:
    """One server, which a test may stop and start again on the same port."""

    port: int
    folder: Path
    options: Sequence[str] = ()
    config: Path | None = None
    tls: Path | None = None
    program: str = "redis-server"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return once it accepts connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{self.port}.log"
        command = ["sh", "-c", _LEASH, "leash", self.program]
        command += [] if self.config is None else [str(self.config)]
        command += ["--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--port", str(self.port)] if self.tls is None else self._tls_options(self.tls)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, *self.options],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(self.port, self.process, log)
        except RuntimeError:
            self.stop()
            raise

    def stop(self) -> None:
        """Kill it; what it held in memory is gone."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it accept connections and never answer, until the block ends."""
        number = self.client().info("server")["process_id"]
        os.kill(number, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(number, signal.SIGCONT)

    def client(self, **options: Any) -> Any:
        """Return a plain client to look into it."""
        if self.tls is not None:
            options |= {"ssl": True, "ssl_ca_certs": str(self.tls / "cert.pem")}
        return redis.Redis("127.0.0.1", self.port, protocol=2, **options)

    def _tls_options(self, folder: Path) -> list[str]:
        own, key = str(folder / "cert.pem"), str(folder / "key.pem")
        options = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
        options += ["--tls-cert-file", own, "--tls-key-file", key, "--tls-ca-cert-file", own]
        return options


@contextmanager
def server(
    folder: Path,
    *options: str,
    config: Path | None = None,
    tls: Path | None = None,
    bus: bool = False,
    program: str = "redis-server",
) -> Iterator[Server]:
    """Run one server; `options` are those of ``redis-server``.

    Raises:
        RuntimeError: it does not come up, or `program` is not on the path.
    """
    if shutil.which(program) is None:
        raise RuntimeError(f"{program} is needed; `make test` installs it")
    for attempt in range(3):  # another process may take the port before the server does
        made = Server(_port(bus), folder, options, config, tls, program)
        try:
            made.start()
            break
        except RuntimeError:
            if attempt == 2:
                raise
    try:
        yield made
    finally:
        made.stop()


def _port(bus: bool) -> int:
    """Return a free port; with `bus` one whose fellow 10,000 above is free too."""
    while True:
        port = free_port()
        if not bus:
            return port
        with socket.socket() as probe:
            if port + 10_000 < 65_536 and probe.connect_ex(("127.0.0.1", port + 10_000)) != 0:
                return port


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1 in `folder`; returns it."""
    openssl = shutil.which("openssl")
    assert openssl is not None
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds, as servers need a moment to agree.

    Raises:
        RuntimeError: it does not come to hold.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise RuntimeError("the servers did not agree in time")

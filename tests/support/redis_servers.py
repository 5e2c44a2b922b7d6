"""Real Redis servers for tests, on free loopback ports: one, TLS, Sentinels, a cluster.

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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from servers import free_port, wait_for

PATIENCE_S = 60  # as in `servers`; a test never waits this long
IN_MEMORY = ("--save", "", "--appendonly", "no")
# Ends the server when the standard input of the shell ends, however that came about.
_LEASH = """
exec 3<&0
redis-server "$@" </dev/null & server=$!
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
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return once it accepts connections."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{self.port}.log"
        command = ["sh", "-c", _LEASH, "leash"]
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
) -> Iterator[Server]:
    """Run one server; `options` are those of ``redis-server``."""
    for attempt in range(3):  # another process may take the port before the server does
        made = Server(_port(bus), folder, options, config, tls)
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


@dataclass
class Sentinels:
    """A master, a replica, and three Sentinels that watch them."""

    master: Server
    replica: Server
    watchers: list[Server]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(one.name for one in self.watchers)}/shop"

    def ready(self) -> bool:
        """Return whether every Sentinel knows the replica and the other Sentinels."""
        if self.replica.client().info("replication")["master_link_status"] != "up":
            return False
        states = [one.client().sentinel_master("shop") for one in self.watchers]
        return all((one["num-slaves"], one["num-other-sentinels"]) == (1, 2) for one in states)


@contextmanager
def sentinels(folder: Path) -> Iterator[Sentinels]:
    """Run what `Sentinels` holds; it fails over within a few seconds."""
    with ExitStack() as stack:
        quick = [*IN_MEMORY, "--repl-diskless-sync-delay", "0"]
        master = stack.enter_context(server(folder / "master", *quick))
        quick += ["--replicaof", "127.0.0.1", str(master.port)]
        replica = stack.enter_context(server(folder / "replica", *quick))
        watchers = []
        for number in range(3):
            own = folder / f"sentinel{number}"
            own.mkdir(parents=True)
            config = own / "sentinel.conf"
            config.write_text(
                f"sentinel monitor shop 127.0.0.1 {master.port} 2\n"
                "sentinel down-after-milliseconds shop 500\n"
                "sentinel failover-timeout shop 2000\n"
            )
            watchers.append(stack.enter_context(server(own, "--sentinel", config=config)))
        found = Sentinels(master, replica, watchers)
        until(found.ready)
        yield found


@contextmanager
def cluster(folder: Path, nodes: int = 3, tls: Path | None = None) -> Iterator[list[Server]]:
    """Run a cluster of masters that share all slots."""
    options = [*IN_MEMORY, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
    if tls is not None:
        options += ["--tls-cluster", "yes"]
    with ExitStack() as stack:
        found = [
            stack.enter_context(server(folder / f"node{number}", *options, tls=tls, bus=True))
            for number in range(nodes)
        ]
        for number, one in enumerate(found):
            share = range(16384 * number // nodes, 16384 * (number + 1) // nodes)
            one.client().execute_command("CLUSTER", "ADDSLOTS", *share)
            one.client().execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for other in found[1:]:
            found[0].client().execute_command("CLUSTER", "MEET", "127.0.0.1", other.port)
        until(lambda: all(_joined(one, nodes) for one in found))
        yield found


def _joined(one: Server, nodes: int) -> bool:
    with one.client() as client:
        info = client.execute_command("CLUSTER INFO")
    return info["cluster_state"] == "ok" and int(info["cluster_size"]) == nodes


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

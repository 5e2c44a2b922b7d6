"""A master, its replica and the Sentinels that watch them, as real servers for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis_servers import IN_MEMORY, Server, server, until


@dataclass
class Sentinels:
    """A master, a replica, and Sentinels that watch them."""

    master: Server
    replica: Server
    watchers: list[Server]

    @property
    def url(self) -> str:
        scheme = "redis+sentinel" if self.master.tls is None else "rediss+sentinel"
        return f"{scheme}://{','.join(one.name for one in self.watchers)}/shop"

    def ready(self) -> bool:
        """Return whether every Sentinel knows the replica and the other Sentinels."""
        if self.replica.client().info("replication")["master_link_status"] != "up":
            return False
        states = [one.client().sentinel_master("shop") for one in self.watchers]
        others = len(self.watchers) - 1
        return all((one["num-slaves"], one["num-other-sentinels"]) == (1, others) for one in states)


@contextmanager
def sentinels(folder: Path, watchers: int = 3, tls: Path | None = None) -> Iterator[Sentinels]:
    """Run what `Sentinels` holds; it fails over within a few seconds.

    Args:
        folder: where their logs go.
        watchers: how many Sentinels.
        tls: a folder that `redis_servers.certificate` made; then nothing is sent in the clear.
    """
    options = [*IN_MEMORY, "--repl-diskless-sync-delay", "0"]
    over_tls = [] if tls is None else ["--tls-replication", "yes"]
    with ExitStack() as stack:
        master = stack.enter_context(server(folder / "master", *options, *over_tls, tls=tls))
        options += ["--replicaof", "127.0.0.1", str(master.port), *over_tls]
        replica = stack.enter_context(server(folder / "replica", *options, tls=tls))
        found = Sentinels(master, replica, [])
        for number in range(watchers):
            own = folder / f"sentinel{number}"
            own.mkdir(parents=True)
            config = own / "sentinel.conf"
            config.write_text(
                f"sentinel monitor shop 127.0.0.1 {master.port} {watchers // 2 + 1}\n"
                "sentinel down-after-milliseconds shop 500\n"
                "sentinel failover-timeout shop 2000\n"
            )
            watcher = server(own, "--sentinel", *over_tls, config=config, tls=tls)
            found.watchers.append(stack.enter_context(watcher))
        until(found.ready)
        yield found

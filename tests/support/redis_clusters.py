"""A Redis Cluster on loopback, as real servers for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis.crc import key_slot
from redis_servers import IN_MEMORY, Server, server, until

SLOTS = 16384


@contextmanager
def cluster(
    folder: Path, nodes: int = 3, tls: Path | None = None, *, replicas: bool = False
) -> Iterator[list[Server]]:
    """Run a cluster of masters that share all slots.

    Args:
        folder: where the logs go.
        nodes: how many masters.
        tls: a folder that `redis_servers.certificate` made; then nothing is sent in the clear.
        replicas: whether each master has a replica, which takes its place when it is gone;
            they follow the masters, in the same order.
    """
    options = [*IN_MEMORY, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
    options += ["--repl-diskless-sync-delay", "0"]
    if tls is not None:
        options += ["--tls-cluster", "yes"]
    with ExitStack() as stack:
        found = [
            stack.enter_context(server(folder / f"node{number}", *options, tls=tls, bus=True))
            for number in range(nodes * (1 + replicas))
        ]
        masters, others = found[:nodes], found[nodes:]
        for number, one in enumerate(masters):
            share = range(SLOTS * number // nodes, SLOTS * (number + 1) // nodes)
            one.client().execute_command("CLUSTER", "ADDSLOTS", *share)
            one.client().execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for other in found[1:]:
            found[0].client().execute_command("CLUSTER", "MEET", "127.0.0.1", other.port)
        until(lambda: all(_joined(one, len(found), nodes) for one in found))
        for master, other in zip(masters, others, strict=False):
            name = master.client().execute_command("CLUSTER", "MYID")
            other.client().execute_command("CLUSTER", "REPLICATE", name)
        until(lambda: all(_follows(one) for one in others))
        yield found


def holder(name: str, nodes: int = 3) -> int:
    """Return which of the masters holds the keys with the hash tag in `name`."""
    return key_slot(name.encode()) * nodes // SLOTS


def _joined(one: Server, known: int, masters: int) -> bool:
    with one.client() as client:
        info = client.execute_command("CLUSTER INFO")
    size = int(info["cluster_known_nodes"]), int(info["cluster_size"])
    return info["cluster_state"] == "ok" and size == (known, masters)


def _follows(one: Server) -> bool:
    info = one.client().info("replication")
    return info["role"] == "slave" and info["master_link_status"] == "up"

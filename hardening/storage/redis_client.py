"""Makes a redis-py client that answers soon or fails soon.

Importing this module imports redis-py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

if TYPE_CHECKING:
    from hardening.storage.redis_url import Place

CONNECT_TIMEOUT_S = 0.25  # a server in the same data centre answers within 0.01 s: our own
ANSWER_TIMEOUT_S = 0.5  # a call here takes well under 0.01 s; what is slower counts as down
IDLE_CHECK_S = 30  # a connection unused for longer is asked first: firewalls drop idle ones


def connect(place: Place) -> Any:
    """Return a client for `place`, of this process only.

    One server and Sentinels are reached at the first command, a cluster at once. Nothing is
    tried again behind the caller's back; after a failure a cluster's map is read anew.
    """
    options: dict[str, Any] = {
        "username": place.username,
        "password": place.password,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_timeout": ANSWER_TIMEOUT_S,
        "health_check_interval": IDLE_CHECK_S,
        "protocol": 2,  # one form of answers from all servers since Redis 5
        "retry": Retry(NoBackoff(), 0),
        **_tls(place),
    }
    if place.form == "cluster":
        return RedisCluster(
            startup_nodes=[ClusterNode(*host) for host in place.hosts],  # type: ignore[no-untyped-call]  # not annotated in redis-py
            require_full_coverage=False,  # one lost node must not take the others' slots along
            **options,
        )
    if place.form == "sentinel":
        own = {"username": place.sentinel_username, "password": place.sentinel_password}
        sentinel = Sentinel(list(place.hosts), sentinel_kwargs={**options, **own}, **options)  # type: ignore[no-untyped-call]  # not annotated in redis-py
        return sentinel.master_for(place.service, db=place.db)  # type: ignore[no-untyped-call]  # as above
    ((host, port),) = place.hosts
    return Redis(host=host, port=port, db=place.db, **options)


def _tls(place: Place) -> dict[str, Any]:
    if place.tls is None:
        return {}
    verify = place.tls.get("ssl_cert_reqs", "required")
    # Named, since redis-py before 6 does not compare the certificate's name unless asked.
    return {
        "ssl": True,
        **place.tls,
        "ssl_cert_reqs": verify,
        "ssl_check_hostname": verify != "none",
    }

"""Files that deploy another well-known service beside the app, by their names."""

from __future__ import annotations

from checks.lazy import lazy

_NAMED = lazy(
    r"(?:^|[/_.-])(?:elk|kibana|elastic(?:search)?|opensearch|logstash|grafana|prometheus|consul|"
    r"vault|sentry|jenkins|gitlab|pgadmin|phpmyadmin|portainer|minio|rabbitmq|graylog|nagios|zabbix|"
    r"jupyter(?:hub)?|sonarqube|nexus|keycloak|matomo)(?:[_.-][\w.-]*)?\.conf(?:\.\w+)?$"
)
# A folder that sets one up, with the server that stands in front of it: ``elk_setup/nginx/``.
_SET_UP = lazy(
    r"(?:^|/)(?:elk|es|kibana|elastic(?:search)?|opensearch|logstash|grafana|prometheus|"
    r"(?:consul[-_])?vault|consul|sentry|jenkins|gitlab|graylog|keycloak)"
    r"[-_](?:setup|install|conf(?:ig)?|nginx)/"
)


def is_of_another(path: str) -> bool:
    """Return whether the server's configuration at `path` is for such a service, not the app."""
    lower = path.lower()
    return _NAMED.search(lower) is not None or _SET_UP.search(lower) is not None

"""Files that deploy another well-known service beside the app, by their names."""

from __future__ import annotations

from checks.lazy import lazy

_NAMED = lazy(
    r"(?:^|[/_.-])(?:elk|kibana|elastic(?:search)?|opensearch|logstash|grafana|prometheus|consul|"
    r"vault|sentry|jenkins|gitlab|pgadmin|phpmyadmin|portainer|minio|rabbitmq|graylog|nagios|zabbix|"
    r"jupyter(?:hub)?|sonarqube|nexus|keycloak|matomo)(?:[_.-][\w.-]*)?\.conf(?:\.\w+)?$"
)


def is_of_another(path: str) -> bool:
    """Return whether the server's configuration at `path` is for such a service, not the app."""
    return _NAMED.search(path.lower()) is not None

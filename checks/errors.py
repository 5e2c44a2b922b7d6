"""What the audit raises when it cannot do what was asked."""

from __future__ import annotations


class AuditError(Exception):
    """The root of everything that `checks` raises on purpose."""


class UsageError(AuditError):
    """Wrong use or configuration: the command prints the message and exits 2.

    The message names the key, the value and the choices.
    """

"""Whether what a page shows was sent by whoever sees it, and nobody else could have sent it.

What stood in the body of a POST that a token protects comes from the visitor's own form. The
address, headers and cookies may be somebody else's choice: a link is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.lazy import lazy
from checks.project.untrusted import Untrusted

if TYPE_CHECKING:
    from checks.project import Project

# Shown to others than the sender: what a mail says.
_MAILED = lazy(r"(?:^|[/_.])e?-?mails?(?:[/_.]|$)|messages?\.(?:html|txt)$|newsletter|notif")


class OwnInput:
    """Tells whether a value of the client is the visitor's own; asked right after its source."""

    def __init__(self, project: Project, untrusted: Untrusted) -> None:
        """Take the project, and what tells where values come from."""
        self.project = project
        self.untrusted = untrusted
        self._protected: dict[str, bool] = {}

    def shown(self, path: str) -> bool:
        """Return whether the value that was last looked at is the visitor's own.

        Args:
            path: the file that prints it, a template or Python.
        """
        return self.untrusted.by_body and _MAILED.search(path) is None and self._is_protected(path)

    def _is_protected(self, path: str) -> bool:
        """Return whether every site has a protection against requests that others cause."""
        found = self._protected.get(path)
        if found is None:
            own = self.project.site_of(path)
            sites = (own,) if own is not None else self.project.app_sites
            found = bool(sites) and all(self.project.csrf(site).everywhere for site in sites)
            self._protected[path] = found
        return found

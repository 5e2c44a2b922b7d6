"""The process that loads the app: started, listened to for a while, and ended with its folder."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import site
import subprocess
import tempfile
import time
from contextlib import suppress
from types import TracebackType
from typing import Any

import flask_hardening
from checks.live.asked import PASSWORD, Asked

NAMESPACES = True  # whether they are tried; tests do without, as other systems must
_MOST = 16_000_000  # bytes of facts; an app with 2,000 views has under 1 MB
_ENDS_S = 2.0  # what a process that answers no more may take to end
_HOMES = ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


class FailedError(Exception):
    """The app gave no facts."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Running:
    """One app that is being loaded, as a context: its end ends the process.

    Args:
        asked: which app.
        root: the audited folder, which is the current one for the app.
        limit_s: seconds after which it is ended.
    """

    def __init__(self, asked: Asked, root: str, limit_s: float) -> None:
        self._limit_s = limit_s
        self._folder = tempfile.mkdtemp(prefix="flask-hardening-")
        self._until = time.monotonic() + limit_s
        self._reads, writes = os.pipe()
        place = os.path.join(self._folder, "app")
        os.mkdir(place)
        job = {
            "app": asked.app,
            "root": os.path.abspath(root),
            "folder": place,
            "login": asked.login,
            "password": asked.password,
            "namespaces": NAMESPACES,
        }
        self._process = subprocess.Popen(  # noqa: S603  # this very Python, with our own code
            flask_hardening.facts_command(writes),
            stdin=subprocess.PIPE,
            # What an app prints may be anything: it is nobody's to read.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(writes,),
            env=_environment(place),
            start_new_session=True,
        )
        os.close(writes)
        self._tell(json.dumps(job).encode())

    def _tell(self, job: bytes) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            with suppress(OSError):  # the process is gone: there will be no facts
                stdin.write(job)
                stdin.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._reads)
        shutil.rmtree(self._folder, ignore_errors=True)

    def facts(self) -> dict[str, Any]:
        """Return what the process found out.

        Raises:
            FailedError: the time is over, the process ended, or the app could not be loaded.
        """
        text = self._text()
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise FailedError(_ended(self._process))
        if "failed" in found:
            raise FailedError(str(found["failed"]))
        return found

    def _text(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while (left := self._until - time.monotonic()) > 0 and size <= _MOST:
            ready, _, _ = select.select([self._reads], [], [], left)
            if not ready:
                break
            part = os.read(self._reads, 1 << 16)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
        if size > _MOST:
            raise FailedError("it has more facts than an app can have")
        raise FailedError(f"it was not loaded within {self._limit_s:g} seconds (app-timeout)")


def _environment(place: str) -> dict[str, str]:
    """Return the caller's environment, with folders of its own to write to, and no password."""
    found = {name: value for name, value in os.environ.items() if name != PASSWORD}
    found |= dict.fromkeys(_HOMES, place)
    found["PYTHONDONTWRITEBYTECODE"] = "1"
    if site.ENABLE_USER_SITE:
        # It is found by HOME otherwise.
        found.setdefault("PYTHONUSERBASE", site.getuserbase())
    return found


def _ended(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(timeout=_ENDS_S)
    except subprocess.TimeoutExpired:
        return "it closed what it was to be asked on"
    if code < 0:
        with suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code} before it was asked anything"

"""Which files of a project a run reports about: all, some that were named, or changed ones.

A file is never judged alone: what it imports, and what configures the app, is elsewhere. So the
whole project is resolved, and what was found outside the scope is left out of the outcome.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from checks.errors import UsageError
from checks.finding import Finding, Outcome
from checks.records import NamedTuple

TOPS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


class Scope(NamedTuple):
    """The part of a project that was asked for."""

    files: frozenset[str]
    """Relative to the root, with ``/``."""
    folders: tuple[str, ...] = ()
    """The same for folders; ``.`` is the root itself."""

    def holds(self, path: str) -> bool:
        """Return whether `path`, relative to the root, was asked for."""
        below = (folder == "." or path.startswith(folder + "/") for folder in self.folders)
        return path in self.files or any(below)


def widened(paths: Sequence[str]) -> list[str]:
    """Return `paths` and, for each file among them, the project that it belongs to.

    A file that belongs to no project stays alone: its folder may be a home with everything in it.
    """
    found = list(dict.fromkeys(paths))
    for path in paths:
        project = _project_of(path) if os.path.isfile(path) else None
        if project is not None and project not in found:
            found.append(project)
    return found


def scopes_of(paths: Sequence[str], root: str, since: str | None) -> list[Scope]:
    """Return what a run is asked to report about: files in all of them; nothing means everything.

    Args:
        paths: as given on the command line.
        root: what all of them are in.
        since: a revision, if only what has changed since then is asked for.

    Raises:
        UsageError: there is no such revision, no repository or no git.
    """
    scopes = [scope for scope in (scope_of(paths, root),) if scope is not None]
    if since is not None:
        scopes.append(changed(since, root))
    return scopes


def scope_of(paths: Sequence[str], root: str) -> Scope | None:
    """Return the scope that `paths` name, or None where they are only folders.

    Args:
        paths: as given on the command line.
        root: what all of them are in.
    """
    folders = [path for path in paths if os.path.isdir(path)]
    if len(folders) == len(paths):
        return None
    files = frozenset(_relative(path, root) for path in paths if path not in folders)
    return Scope(files, tuple(_relative(path, root) for path in folders))


def changed(revision: str, root: str) -> Scope:
    """Return the files below `root` that are not as they were where the work left `revision`.

    Uncommitted and new files count, ignored and deleted ones do not. Where the branches have
    parted, what happened to `revision` itself since then is no change of ours.

    Raises:
        UsageError: there is no such revision, no repository or no git.
    """
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
    )
    if commit is None:
        choices = "a commit, branch or tag of the repository that the audited folder is in"
        raise UsageError(f"--since: {revision!r} names no commit; choices: {choices}")
    parted = _git(root, "merge-base", commit.strip(), "HEAD") or commit
    told = _git(
        root,
        "diff",
        "--name-only",
        "--no-ext-diff",
        "--diff-filter=d",
        "--relative",
        "-z",
        parted.strip(),
        "--",
        ".",
    )
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    if told is None or new is None:
        raise UsageError(f"--since: git could not tell what has changed since {revision!r}")
    return Scope(frozenset(path for path in (told + new).split("\0") if path))


def narrowed(outcome: Outcome, scopes: Iterable[Scope], files: Iterable[str]) -> Outcome:
    """Return what `outcome` says about the files in all of `scopes`.

    A finding is about the file that it stands in and those that it is related to. What has no
    place is about the whole project, and left out.

    Args:
        outcome: of the whole project.
        scopes: what was asked for; nothing leaves everything in.
        files: the paths of the project's files, to count those that were asked for.
    """
    asked = list(scopes)
    if not asked:
        return outcome

    def inside(path: str) -> bool:
        return all(scope.holds(path) for scope in asked)

    def about(finding: Finding) -> bool:
        places = [finding.path, *(place.path for place in finding.related)]
        return any(path is not None and inside(path) for path in places)

    findings = tuple(finding for finding in outcome.findings if about(finding))
    pointed = {finding.path for finding in findings}
    left_out = len(outcome.findings) - len(findings)
    note = f"the whole project was resolved; {left_out} findings elsewhere are not reported"
    return outcome._replace(
        findings=findings,
        # A rule that failed is named with the root: it may have missed something anywhere.
        not_audited=tuple(
            gap for gap in outcome.not_audited if gap.path == "." or inside(gap.path)
        ),
        files=sum(inside(path) for path in files),
        notes=(*outcome.notes, note) if left_out else outcome.notes,
        sources={path: text for path, text in outcome.sources.items() if path in pointed},
    )


def _project_of(path: str) -> str | None:
    """Return the folder of the project that the file at `path` is in, or None."""
    home = os.path.realpath(os.path.expanduser("~"))
    folder = start = os.path.dirname(os.path.realpath(path))
    while folder not in (home, os.path.dirname(folder)):
        if any(os.path.exists(os.path.join(folder, top)) for top in TOPS):
            return _like(path, folder)
        folder = os.path.dirname(folder)
    here = os.path.realpath(os.curdir)
    if here not in (home, os.path.dirname(here)) and (start + os.sep).startswith(here + os.sep):
        return _like(path, here)
    folder = start
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return _like(path, folder) if folder != start else None


def _like(path: str, folder: str) -> str:
    """Return `folder` written as `path` is: absolute, or relative to the current folder."""
    return folder if os.path.isabs(path) else os.path.relpath(folder)


def _relative(path: str, root: str) -> str:
    parent, name = os.path.split(os.path.abspath(path))
    full = os.path.join(os.path.realpath(parent), name)
    return os.path.relpath(full, os.path.realpath(root)).replace(os.sep, "/")


def _git(root: str, *arguments: str) -> str | None:
    """Return what git prints, or None where it fails."""
    # What a repository's own configuration would start while it is looked at is not run.
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        import subprocess  # most runs are not about a revision

        done = subprocess.run(  # noqa: S603  # git by its name, arguments checked above
            command, cwd=root, env=environment, capture_output=True, check=False
        )
    except OSError as error:
        raise UsageError("--since needs git, which could not be started; install git") from error
    return os.fsdecode(done.stdout) if done.returncode == 0 else None

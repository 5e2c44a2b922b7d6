"""The scripts behind `make` say what is missing instead of failing half-way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SHELL = shutil.which("sh") or "/bin/sh"


def run(script: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [SHELL, str(TOOLS / script), *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that is the whole path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"#!{SHELL}\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_no_python_at_all(programs: Path, tmp_path: Path) -> None:
    """Without any Python the message names the version and the way to choose another."""
    result = run("venv.sh", str(tmp_path / "venv"), PATH=str(programs))

    assert result.returncode == 2
    assert "Python 3.11 or later is missing" in result.stderr
    assert "make PYTHON=" in result.stderr


def test_the_named_python_is_too_old(programs: Path, tmp_path: Path) -> None:
    """An interpreter that says no to the version test is refused by its name."""
    old = program(programs, "oldpython", "exit 1")
    result = run("venv.sh", str(tmp_path / "venv"), PATH=str(programs), PYTHON=old)

    assert result.returncode == 2
    assert f"{old} is not a Python 3.11 or later" in result.stderr


def test_python_without_venv(programs: Path, tmp_path: Path) -> None:
    """Debian ships Python without its venv module: the package to install is named."""
    bare = program(programs, "barepython", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    result = run("venv.sh", str(tmp_path / "venv"), PATH=str(programs), PYTHON=bare)

    assert result.returncode == 2
    assert "python3.11-venv" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_missing_servers_are_named(programs: Path) -> None:
    """Who may not install packages is told which ones are needed."""
    for name in ("nginx", "redis-server"):
        program(programs, name, "exit 0")
    program(programs, "id", "echo 1000")
    # The script adds /usr/sbin for nginx only; the other programs lie in /usr/bin.
    result = run("servers.sh", PATH=str(programs))

    assert result.returncode == 2
    assert "chromium chromium-driver" in result.stderr
    assert "redis-server" not in result.stderr


def test_nothing_to_install(programs: Path) -> None:
    """Where all servers are there, nothing is said or installed."""
    for name in ("openssl", "nginx", "redis-server", "chromium", "chromedriver", "initdb"):
        program(programs, name, "exit 0")
    result = run("servers.sh", PATH=str(programs))

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")

"""Outcomes that are kept between runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from checks import judge, run
from checks.cache import MOST_ENTRIES, Cache, folder
from checks.options import Options

APP = "from flask import Flask\n\napp = Flask(__name__)\napp.secret_key = 'dev'\n"


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def audited(write, cache):
    """Audit one file with the given text."""

    def audit(text=APP, options=None):
        root = write({"app.py": text})
        return run.audit([str(root)], options or Options(), cache=cache)

    return audit


def entries(cache):
    place = cache._place
    return sorted(place.iterdir()) if place.exists() else []


def test_second_run_parses_nothing(audited, monkeypatch):
    """An unchanged project gives the same outcome, sources included, without being parsed."""
    first = audited()
    monkeypatch.setattr(judge, "extract", lambda *_: pytest.fail("it was parsed again"))
    assert audited() == first
    assert first.sources["app.py"] == APP


def test_changed_file_is_seen(audited, cache):
    """One changed byte is another outcome."""
    assert any(f.rule == "secret-key-hardcoded" for f in audited().findings)
    changed = audited(APP.replace("'dev'", "input()"))
    assert not any(f.rule == "secret-key-hardcoded" for f in changed.findings)
    assert len(entries(cache)) == 2


def test_options_are_part_of_it(audited):
    """What was asked for decides, what does not change the findings does not."""
    assert audited(options=Options(ignore=("secret-key-hardcoded",))) != audited()


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"null", b'{"root": 1}', b"\xff\xfe\x00"])
def test_corrupt_entry_is_none(audited, cache, broken):
    """An entry that is not one is audited anew and replaced."""
    first = audited()
    (entry,) = entries(cache)
    good = entry.read_bytes()
    entry.write_bytes(broken)
    assert audited() == first
    assert entry.read_bytes() == good


@pytest.mark.parametrize("field", ["findings", "not_audited", "posture", "root"])
def test_entry_without_a_field_is_none(audited, cache, field):
    """An entry of another version of the format is audited anew."""
    first = audited()
    (entry,) = entries(cache)
    data = json.loads(entry.read_bytes())
    data.pop(field)
    entry.write_text(json.dumps(data))
    assert audited() == first


def test_folder_that_cannot_be_written(write, tmp_path):
    """Where nothing can be kept, the audit runs all the same."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    root = write({"app.py": APP})
    assert run.audit([str(root)], Options(), cache=Cache(blocked / "cache")).findings


def test_oldest_entries_go(cache, audited):
    """The folder does not grow without bound."""
    outcome = audited()
    for number in range(MOST_ENTRIES + 20):
        cache.store(f"{number:048x}", outcome)
        entry = cache._place / f"{number:048x}.json"
        if entry.exists():
            os.utime(entry, (number, number))
    assert len(entries(cache)) == MOST_ENTRIES
    assert cache.load(f"{MOST_ENTRIES + 19:048x}") is not None


def test_runs_at_the_same_time(audited, cache):
    """Two runs that store the same outcome leave one whole entry."""
    outcome = audited()
    threads = [
        threading.Thread(target=lambda: [cache.store("k" * 48, outcome) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found = cache.load("k" * 48)
        assert found is None or found.findings == outcome.findings
    for thread in threads:
        thread.join()
    assert {entry.suffix for entry in entries(cache)} == {".json"}


def test_command_keeps_outcomes_where_the_user_keeps_caches(write, tmp_path):
    """The command uses XDG_CACHE_HOME, unless it is told not to; the entry is the user's alone."""
    root = write({"app.py": APP})
    place = tmp_path / "xdg"
    command = [sys.executable, "-m", "flask_hardening", "audit", str(root), "--fail-on", "never"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(place)}
    subprocess.run([*command, "--no-cache"], env=environment, check=True, capture_output=True)
    assert not place.exists()
    runs = [subprocess.run(command, env=environment, check=True, capture_output=True) for _ in "12"]
    assert runs[0].stdout == runs[1].stdout != b""
    kept = place / "flask-hardening"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert len(list(kept.iterdir())) == 1


def test_folder_of_the_user(monkeypatch):
    """Without XDG_CACHE_HOME it is below the home folder."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert folder().as_posix() == "/home/somebody/.cache/flask-hardening"

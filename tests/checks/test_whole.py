"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from checks.whole import write_whole


def test_written_with_its_mode(tmp_path):
    file = tmp_path / "report.json"
    write_whole("ä\n\udc80", str(file), 0o640)
    assert file.read_bytes() == "ä\n\\udc80".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["report.json"]


def test_what_cannot_be_replaced_stays_and_nothing_is_left_behind(tmp_path):
    place = tmp_path / "folder"
    place.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole("text", str(place))
    assert os.listdir(tmp_path) == ["folder"]


def test_in_a_folder_that_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole("text", str(tmp_path / "missing" / "a"))
    assert os.listdir(tmp_path) == []

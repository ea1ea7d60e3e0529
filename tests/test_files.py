"""Whole or not at all."""

import errno
import json

import pytest

from sign_latent.errors import UserError
from sign_latent.files import file_and_beside, file_aside, folder_aside, read_all_beside, read_beside


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "deep" / "clip.pose"
    with file_aside(path) as aside:
        aside.write_text("old")
        assert aside.suffix == ".pose" and not path.exists()
    with pytest.raises(ZeroDivisionError), file_aside(path) as aside:
        aside.write_text("new")
        raise ZeroDivisionError
    assert path.read_text() == "old" and [p.name for p in path.parent.iterdir()] == ["clip.pose"]


def test_what_is_told_beside_a_file_is_told_of_that_file(tmp_path):
    path, beside = tmp_path / "clip.pose", tmp_path / "clip.pose.json"

    def write(content, **told):
        with file_and_beside(path, **told) as aside:
            aside.write_text(content)

    write("old", provenance="a model", signs=[["A", 0, 2]])
    assert read_beside(path) == "a model" and read_all_beside(path)["signs"] == [["A", 0, 2]]
    with pytest.raises(ZeroDivisionError), file_and_beside(path, provenance="another"):
        raise ZeroDivisionError
    assert path.read_text() == "old" and read_beside(path) == "a model"
    write("new", provenance="another", signs=())
    assert json.loads(beside.read_text()) == {"provenance": "another"}
    write("newer", provenance="")
    assert [file.name for file in tmp_path.iterdir()] == ["clip.pose"] and path.read_text() == "newer"
    beside.mkdir()
    with pytest.raises(UserError, match="clip.pose.json: cannot be removed"):
        write("newest")
    assert path.read_text() == "newer"


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(ZeroDivisionError), folder_aside(tmp_path / "a", "corpus") as aside:
        (aside / "half").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with folder_aside(tmp_path / "a", "corpus") as aside:
        (aside / "whole").touch()
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["whole"]
    with pytest.raises(UserError, match="corpus .*exists already"), folder_aside(tmp_path / "a", "corpus"):
        pass


def test_a_writer_at_work_is_left_alone(tmp_path):
    """Another process that still lives keeps its folder aside; one that is gone does not."""
    alive, gone = (tmp_path / f".a.partial-{host}-{pid}" for host, pid in ((_host(), 1), (_host(), 2**22 + 1)))
    elsewhere = tmp_path / ".a.partial-othermachine-1"
    for folder in (alive, gone, elsewhere):
        folder.mkdir()
    with folder_aside(tmp_path / "a", "corpus"):
        pass
    assert alive.exists() and elsewhere.exists() and not gone.exists()


def test_what_a_killed_writer_left_of_a_file_is_removed(tmp_path):
    alive, gone = (tmp_path / f".a.npy.partial-{_host()}-{pid}.npy" for pid in (1, 2**22 + 1))
    for left in (alive, gone):
        left.touch()
    with file_aside(tmp_path / "a.npy") as aside:
        aside.touch()
    assert {path.name for path in tmp_path.iterdir()} == {"a.npy", alive.name}


def test_a_place_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file/deeper"), file_aside(tmp_path / "file" / "deeper" / "x"):
        pass


@pytest.mark.parametrize("name", ["x" * 250 + ".pose", "full.pose"])
def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path, name):
    """A name that is too long to open, and a disk that is full."""
    with pytest.raises(UserError, match=f"{name}: cannot be written"), file_aside(tmp_path / name) as aside:
        aside.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_file_is_not_blamed_on_this_one(tmp_path):
    with pytest.raises(FileNotFoundError), file_aside(tmp_path / "x") as aside:
        aside.write_bytes((tmp_path / "source").read_bytes())
    assert list(tmp_path.iterdir()) == []


def _host() -> str:
    from sign_latent import files

    return files._host()

"""What the cache keeps of works that were stopped, and for how long."""

import os
import time

import pytest

from sign_latent.cache import resumable


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def aged(folder, days: float):
    """The folder with a part in it, untouched for so many days."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "part.npy").write_bytes(b"0")
    os.utime(folder, (time.time() - days * 86400,) * 2)
    return folder


def test_it_is_the_same_folder_for_the_same_work(room):
    one, again, other = (resumable("painting", key, days=3) for key in (["a", 1], ["a", 1], ["a", 2]))
    assert one == again != other and one.parent == room and not one.exists()


def test_parts_of_works_that_were_never_finished_are_removed_after_their_time(room):
    """Not what others may still ask for, nor other things; and what is asked for itself is there however old it is."""
    old, young, other = aged(room / "painting-0", 4), aged(room / "painting-1", 2), aged(room / "latents-2", 9)
    (room / "painting-3").write_bytes(b"a file")
    os.utime(room / "painting-3", (0, 0))
    own = aged(resumable("painting", ["own"], days=3), 30)
    assert resumable("painting", ["own"], days=3) == own and (own / "part.npy").exists()
    assert not old.exists() and young.exists() and other.exists() and (room / "painting-3").exists()
    resumable("painting", ["another"], days=3)
    assert own.exists()  # it is in use again


def test_a_cache_that_is_not_there_is_no_fault(room):
    assert resumable("painting", ["a"], days=3).name.startswith("painting-") and not room.exists()

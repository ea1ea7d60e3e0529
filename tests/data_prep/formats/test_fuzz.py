"""Damaged and hostile files through every importer: each is read or refused with its reason, and nothing else happens.

A hundred by default; `-m slow` tries 2,380 and prints what became of them.
"""

import gzip
import io
import os
import pickle
import random
import struct
import time
import zipfile
from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from data_prep.convert import FORMATS, read_clips
from sign_latent.errors import UserError

SECONDS = 5.0
"""No file may take longer."""
MIB = 1024
"""No file may make the process grow by more."""
LENGTHS = (0x7F, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


class Trap:
    """Unpickled by a trusting reader it would write a file."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return os.system, (f"touch {self.place}",)


class Evaluated(Trap):
    def __reduce__(self):
        return eval, (f"open({str(self.place)!r}, 'w').close()",)


def flipped(content: bytes, chance: random.Random, _: Path) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        # Headers are short beside the data, so half of the flips are drawn towards the beginning.
        reach = len(changed) if chance.random() < 0.5 else min(400, len(changed))
        changed[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(content: bytes, chance: random.Random, _: Path) -> bytes:
    return content[: chance.randrange(len(content))]


def huge(content: bytes, chance: random.Random, _: Path) -> bytes:
    """A number of 1 to 8 bytes, somewhere, declares more than there is."""
    value = chance.choice(LENGTHS)
    form = "B" if value < 256 else "I" if value < 2**32 else "Q"
    number = struct.pack(chance.choice("<>") + form, value)
    place = chance.randrange(max(1, min(len(content), chance.choice((200, len(content)))) - len(number)))
    return content[:place] + number + content[place + len(number) :]


def noise(content: bytes, chance: random.Random, _: Path) -> bytes:
    place, length = chance.randrange(len(content)), chance.randrange(1, 200)
    return content[:place] + chance.randbytes(length) + content[place:]


def digits(content: bytes, chance: random.Random, _: Path) -> bytes:
    """Text formats: a number becomes an absurd one, or no number."""
    places = [i for i, byte in enumerate(content) if chr(byte).isdigit()]
    if not places:
        return flipped(content, chance, _)
    place = chance.choice(places)
    absurd = chance.choice(
        (b"1e999", b"-1", b"NaN", b"999999999999999999999", b"Infinity", b"[[[[[", b'"', b"\0", b"../")
    )
    return content[:place] + absurd + content[place + 1 :]


def hostile(content: bytes, chance: random.Random, place: Path) -> bytes:
    """A pickle that would run something, in the wrapping that the file has."""
    made = chance.choice(PAYLOADS)(place)
    if content[:2] == b"\x1f\x8b":
        return gzip.compress(made)
    if content[:2] == b"PK":
        return in_zip(content, made, chance)
    return made


def in_zip(content: bytes, made: bytes, chance: random.Random) -> bytes:
    """One member of the archive is replaced, or one added that leads out of it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        spoiled = next((name for name in names if name.endswith("data.pkl")), chance.choice(names))
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"shape": (1,), "fortran_order": False, "descr": "|O"})
        for name in names:
            object_array = header.getvalue() + made if name.endswith(".npy") else made
            new.writestr(name, object_array if name == spoiled else old.read(name))
        if chance.random() < 0.3:
            new.writestr("../../escaped", b"x")
    return target.getvalue()


def nested(opening: bytes, closing: bytes, depth: int = 100_000) -> bytes:
    return b"\x80\x02" + opening * depth + closing * depth + b"."


def packed_bomb(_: Path) -> bytes:
    return gzip.compress(bytes(80 * 2**20), 9)


PAYLOADS = [
    lambda place: pickle.dumps(Trap(place)),
    lambda place: pickle.dumps(Trap(place), protocol=0),
    lambda place: pickle.dumps({"smplx": Evaluated(place)}),
    lambda place: pickle.dumps([{"name": "a", "text": "b", "sign": Evaluated(place)}], protocol=4),
    lambda place: f"cposix\nsystem\n(S'touch {place}'\ntR.".encode(),
    lambda place: f"(S'touch {place}'\nios\nsystem\n.".encode(),
    lambda _: b"\x80\x02cnumpy\nload\nX\x01\x00\x00\x00a\x85R.",
    lambda _: b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(NK\x00K\x01\x85K\x01\x85tR.",
    lambda _: b"\x80\x02]r\xff\xff\xff\x7f.",  # a memo of two thousand million places
    lambda _: b"\x80\x04\x8e\xff\xff\xff\xff\xff\x00\x00\x00.",  # bytes that are not there
    lambda _: b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.",
    lambda _: nested(b"(", b"t"),
    lambda _: nested(b"]", b"a"),
    lambda _: b"\x80\x02}" + b")\x85" * 50_000 + b"Ns.",  # a key whose hash is as deep
    lambda _: b"\x80\x02}(" + b"K\x01" + b"2\x86" * 60 + b"Nu.",  # a key whose hash takes 2^60 steps
    lambda _: b"\x80\x02]2a.",  # a list within itself
    packed_bomb,
]
MUTATIONS = (flipped, flipped, cut, huge, noise, digits, hostile)


def outcome(kind: str, source: Path, options) -> str:
    """Read everything there is, as a conversion does; only a UserError of one line may come out."""
    try:
        opened = import_module(f"data_prep.formats.{kind}").open_source(source, options)
        for clip in read_clips(opened, opened.skeleton, opened.fps):
            clip.pose.validate()
        reasons = [drop["reason"] for drop in opened.drops]
        assert all(reason.strip() and "\n" not in reason for reason in reasons)
        return "read" if not reasons else "quarantined"
    except UserError as error:
        assert str(error).strip() and "\n" not in str(error)
        return "refused"


def resident_mib() -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("this system does not tell how much memory a process holds")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) / 1024


def attack(kind: str, count: int, seed: int, tmp_path: Path, make, options) -> Counter:
    chance, place = random.Random(f"{kind} {seed}"), tmp_path / "executed"
    folder = tmp_path / "in"
    folder.mkdir()
    source = make(kind, folder)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    assert outcome(kind, source, options) == "read"
    became, before = Counter(), resident_mib()
    for number in range(count):
        for left in {file for file in folder.rglob("*") if file.is_file()} - set(files):
            left.unlink()  # the copy that `datasets` keeps of a corpus, made of shards whose hashes were right
        mutation = MUTATIONS[number % len(MUTATIONS)]
        file = chance.choice(files)
        whole = file.read_bytes()
        file.write_bytes(mutation(whole, chance, place))
        start = time.process_time()
        became[outcome(kind, source, options)] += 1
        took = time.process_time() - start
        assert took < SECONDS, f"{mutation.__name__} number {number} of {file.name} took {took:.1f} s"
        assert not place.exists(), f"{mutation.__name__} number {number} of {file.name} was executed"
        file.write_bytes(whole)
    assert outcome(kind, source, options) == "read"
    assert resident_mib() - before < MIB
    assert {path.name for path in tmp_path.iterdir()} == {"in"}
    return became


@pytest.mark.parametrize("kind", FORMATS)
def test_a_few_damaged_files_are_read_or_refused(kind, tmp_path, make, options):
    assert attack(kind, 7, 0, tmp_path, make, options).total() == 7


@pytest.mark.slow
def test_two_thousand_damaged_files_are_read_or_refused(tmp_path, make, options):
    became, start = Counter(), time.perf_counter()
    for kind in FORMATS:
        (tmp_path / kind).mkdir()
        found = attack(kind, 140, 1, tmp_path / kind, make, options)
        print(f"{kind:16}{dict(found)}")
        became += found
    print(f"{became.total()} files in {time.perf_counter() - start:.0f} s: {dict(became)}")
    assert became.total() >= 2000 and min(became[what] for what in ("read", "quarantined", "refused")) > 50

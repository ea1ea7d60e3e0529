"""What importing costs: isolated signs as SMPL-X, in the size and length of WLASL's, made here."""

import tempfile
from pathlib import Path

import numpy as np

from eval.cost import Cost, cost_apart

CLIPS, FRAMES = 200, 62
"""Of one measurement; WLASL's signs have 62 frames in the mean."""
_BLOCK = 100  # clips


def import_cost(times: int = 1) -> Cost:
    """The cost of `times` × 200 clips, imported by one process; the start of the interpreter is included."""
    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "words.npz"
        made_words(source, times * CLIPS)
        return cost_apart(import_words, source, Path(room) / "corpus")


def import_words(source: Path, corpus: Path) -> None:
    """The conversion as it is typed, on one thread."""
    import torch

    from data_prep.convert import convert

    torch.set_num_threads(1)
    convert("wlasl_smplx", source, corpus)


def made_words(path: Path, clips: int) -> None:
    """Smooth motion of `clips` signs, a hundred different ones again and again."""
    chance = np.random.default_rng(0)
    block = 0.02 * np.cumsum(chance.normal(size=(_BLOCK, FRAMES, 182)), axis=1).astype(np.float32)
    block[:, :, 0] += np.pi
    rows = np.broadcast_to(block.reshape(1, -1, 182), (clips // _BLOCK, _BLOCK * FRAMES, 182))
    valid = np.ones(clips * FRAMES, bool)
    known = {"ids": np.arange(clips).astype(str), "gloss": np.full(clips, "sign"), "split": np.full(clips, "train")}
    known |= {"lengths": np.full(clips, FRAMES), "signer": np.full(clips, -1), "fps": np.float32(25)}
    np.savez(path, smplx=rows.reshape(-1, 182), left_valid=valid, right_valid=valid, **known)

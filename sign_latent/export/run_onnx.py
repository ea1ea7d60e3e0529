"""Text features to poses with numpy and onnxruntime alone; this file may be copied beside the exported graphs.

>>> signer = Signer.of_folder("exported")
>>> clip = signer.texts(["tomorrow it will rain"])[0]       # needs tokenizers, sign_latent and encoder.onnx
>>> clip = signer.features(sentence, tokens, mask)[0]       # needs nothing more
>>> clip.save("rain.npz")

Poses are those of the model within rounding where the same noise is given. The noise of a seed is numpy's, so that a
seed gives another signing than the same seed does in PyTorch.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Graph = Callable[[Arrays], Arrays]


@dataclass
class Clip:
    """points [T, K, C] in shoulder widths (x to the signer's left, y up, z forward), confidence [T, K] and, where the
    skeleton has them, rotations [T, R, 3] axis-angle and expression [T, E]."""

    points: np.ndarray
    confidence: np.ndarray
    fps: float
    skeleton: str
    provenance: str
    rotations: np.ndarray | None = None
    expression: np.ndarray | None = None

    def save(self, path: str | Path) -> None:
        """An ``.npz`` as ``sign_latent.Pose.load`` reads it."""
        names = ("points", "confidence", "fps", "skeleton", "provenance", "rotations", "expression")
        there = {name: np.asarray(getattr(self, name)) for name in names if getattr(self, name) is not None}
        np.savez_compressed(path, **there, allow_pickle=False)


@dataclass
class Signer:
    """The graphs of a folder and the constants of ``generator.json``, whose keys `sign_latent.export.write` tells."""

    graphs: Mapping[str, Graph]
    about: dict[str, Any]
    tokenizer: Any = None

    @classmethod
    def of_folder(cls, folder: str | Path, threads: int = 0) -> Signer:
        """Graphs read by onnxruntime on the CPU; ``threads`` 0 lets it choose."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads

        def graph(path: Path) -> Graph:
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            names = [output.name for output in session.get_outputs()]
            return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))

        folder = Path(folder)
        about = json.loads((folder / "generator.json").read_text(encoding="utf-8"))
        return cls({path.stem: graph(path) for path in sorted(folder.glob("*.onnx"))}, about, _tokenizer(folder, about))

    def texts(self, texts: Sequence[str], **how: Any) -> list[Clip]:
        """Clips of texts, ``how`` that of ``features``; words that the model does not know are spelled, and what is
        neither known word, letter nor digit is left out; of that and of texts longer than it learnt is warned.

        ValueError where the text encoder was not exported, UserError for a text that is empty or has no words.
        """
        if self.tokenizer is None:
            raise ValueError("this export has no text encoder; give features of texts")
        from sign_latent.text.checks import check_text
        from sign_latent.text.doubts import doubts_of
        from sign_latent.text.spelling import COLUMNS, spelling_columns
        from sign_latent.text.vocabulary import Vocabulary

        for text in texts:
            check_text(text, longest=None)
        known = Vocabulary(self.about["vocabulary"])
        for doubt in doubts_of(known, texts, self.about.get("longest_learnt")):
            warnings.warn(f"model {json.loads(self.about['provenance'])['generated_by']}: {doubt}", stacklevel=2)
        spelled = [known.separate(text) for text in texts]
        read = self.tokenizer.encode_batch(spelled)
        longest = max(len(one.ids) for one in read)
        ids, mask = np.zeros((len(read), longest), np.int64), np.zeros((len(read), longest), bool)
        for row, one in enumerate(read):
            ids[row, : len(one.ids)], mask[row, : len(one.ids)] = one.ids, True
        found = self.graphs["encoder"]({"ids": ids, "mask": mask})
        tokens = found["tokens"]
        if self.about["spelling"]:
            columns = np.zeros((*mask.shape, COLUMNS), np.float32)
            for row, (text, one) in enumerate(zip(spelled, read, strict=True)):
                columns[row, : len(one.ids)] = spelling_columns(text, one.offsets)
            tokens = np.concatenate([tokens, columns], -1)
        return self.features(found["sentence"], tokens, mask, **how)

    def features(
        self,
        sentence: np.ndarray,
        tokens: np.ndarray,
        mask: np.ndarray,
        frames: Sequence[int] | None = None,
        seed: int = 0,
        noise: np.ndarray | None = None,
    ) -> list[Clip]:
        """Clips of what the text encoder says: sentence [B, S], tokens [B, L, W], mask [B, L].

        frames: lengths [B], which else the model chooses. noise: [B, N', J', D] standard normal, instead of ``seed``.
        """
        text = {"sentence": sentence, "tokens": tokens, "mask": mask}
        read = self.graphs["reader"]({name: np.concatenate([x, np.zeros_like(x)]) for name, x in text.items()})
        count, stride = len(mask), self.about["stride"]
        lengths = np.asarray(frames if frames is not None else median(read["length"][:count]) * stride, np.int64)
        parts = -(-lengths // stride)
        chance = np.random.default_rng(seed)
        shape = (count, max(2, int(parts.max())), *self.about["latent"])  # a dimension left open is two or more
        z = chance.standard_normal(shape, np.float32) if noise is None else np.zeros(shape, np.float32)
        if noise is not None:
            z[:, : noise.shape[1]] = noise
        valid = np.arange(shape[1]) < parts[:, None]
        z = self._sampled(z, valid, read, chance) * valid[:, :, None, None]
        return self._clips(self.graphs["decoder"]({"z": z.astype(np.float32), "lengths": lengths}), lengths)

    def _sampled(self, z: np.ndarray, valid: np.ndarray, read: Arrays, chance: np.random.Generator) -> np.ndarray:
        before = np.zeros_like(z)
        for step in self.about["steps"]:
            output = self._predicted(z, valid, read, step)
            clean = np.float32(step["to_clean"][0]) * z + np.float32(step["to_clean"][1]) * output
            clean = clean.clip(-self.about["clamp"], self.about["clamp"])
            if "onward" not in step:
                return clean
            onward = [np.float32(factor) for factor in step["onward"]]
            fresh = chance.standard_normal(z.shape, np.float32) if onward[3] else 0
            z, before = onward[0] * z + onward[1] * clean + onward[2] * before + onward[3] * fresh, clean
        raise ValueError("generator.json: names no last step; export the model again")

    def _predicted(self, z: np.ndarray, valid: np.ndarray, read: Arrays, step: dict[str, Any]) -> np.ndarray:
        """Classifier-free guidance: the empty texts are the second half of what was read."""
        twice = 2 if step["guided"] else 1
        inputs = {"z": np.tile(z, (twice, 1, 1, 1)), "frames": np.tile(valid, (twice, 1))}
        inputs["t"] = np.full(twice * len(z), step["t"], np.int64)
        inputs |= {name: read[name][: twice * len(z)] for name in ("read", "read_mask")}
        found = self.graphs["step"](inputs)["prediction"]
        if twice == 1:
            return found
        own, empty = np.split(found, 2)
        strong: np.ndarray = empty + np.float32(self.about["guidance"]) * (own - empty)
        return strong

    def _clips(self, made: Arrays, lengths: np.ndarray) -> list[Clip]:
        if "rotations" in made:
            made = made | {"rotations": axis_angles(made["rotations"])}
        about: dict[str, Any] = {name: self.about[name] for name in ("fps", "skeleton", "provenance")}
        return [Clip(**about | {name: x[row, :n] for name, x in made.items()}) for row, n in enumerate(lengths)]


def median(logits: np.ndarray) -> np.ndarray:
    """Latent frames [B]: the median of the distribution over 1 … longest that logits [B, longest] give."""
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    below = (weights / weights.sum(-1, keepdims=True)).cumsum(-1) < 0.5
    latent_frames: np.ndarray = below.sum(-1).clip(max=logits.shape[-1] - 1) + 1
    return latent_frames


def axis_angles(matrices: np.ndarray) -> np.ndarray:
    """Rotation matrices [..., 3, 3] as axis-angle vectors [..., 3], by way of the largest of a quaternion's parts."""
    m = matrices.astype(np.float64)
    x, y, z = (m[..., i, i] for i in range(3))
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    # Row k is the quaternion (x, y, z, w) times four times its part k (Shepperd 1978).
    rows = [[1 + x - y - z, d, e, a], [d, 1 - x + y - z, f, b], [e, f, 1 - x - y + z, c], [a, b, c, 1 + x + y + z]]
    table = np.stack([np.stack(row, -1) for row in rows], -2)
    best = np.diagonal(table, axis1=-2, axis2=-1).argmax(-1)
    q = np.take_along_axis(table, best[..., None, None], -2)[..., 0, :]
    q = q * np.where(q[..., 3:] < 0, -1.0, 1.0) / np.linalg.norm(q, axis=-1, keepdims=True)
    sine = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., 3:])
    vectors: np.ndarray = q[..., :3] * np.where(sine < 1e-12, 2.0, angle / np.maximum(sine, 1e-12))
    return vectors.astype(np.float32)


def _tokenizer(folder: Path, about: dict[str, Any]) -> Any:
    if not (folder / "tokenizer.json").is_file():
        return None
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_padding()
    found.enable_truncation(about["longest_text"])
    return found

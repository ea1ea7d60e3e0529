"""Latents and text embeddings computed once: no training encodes a clip or a sentence twice.

Files live in ``$SIGN_LATENT_CACHE`` (default ``.cache/sign_latent``), keyed by the hashes of what they were computed
from and with; they are written aside and renamed, so a killed run leaves nothing half-written, and may be removed at
any time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sign_latent.autoencoder.augment import augmented
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.layout import Layout, pack
from sign_latent.corpus.batching import pad
from sign_latent.corpus.read import ClipSet
from sign_latent.errors import UserError
from sign_latent.files import file_aside


def cache_directory() -> Path:
    """Where cached arrays live."""
    return Path(os.environ.get("SIGN_LATENT_CACHE", ".cache/sign_latent"))


def resumable(kind: str, key: Sequence[object], days: float) -> Path:
    """A folder of the cache for the finished parts of a work of that kind and key, which may be stopped and go on.

    Who finishes the work removes it. Those of works that were never finished, in which nothing was written for so many
    days, are removed here: nobody will ask for them again.
    """
    path = cache_directory() / f"{kind}-{_digest(*key)}"
    if path.is_dir():
        os.utime(path)  # it is in use again, for whoever looks for old ones meanwhile
    oldest = time.time() - days * 24 * 60 * 60
    for other in cache_directory().glob(f"{kind}-*"):
        with suppress(OSError):  # such as another process that removes it too
            if other.is_dir() and other.stat().st_mtime < oldest:
                shutil.rmtree(other, ignore_errors=True)
    return path


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(str(p) for p in parts).encode()).hexdigest()[:24]


def cached(kind: str, key: Sequence[object], compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays of that kind and key: read where they are cached, else, or where damaged, computed and kept."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file, save_file

    path = cache_directory() / f"{kind}-{_digest(*key)}.safetensors"
    if path.exists():
        try:
            return load_file(path)
        except SafetensorError:
            path.unlink()
    arrays = compute()
    with file_aside(path) as aside:
        save_file(arrays, aside)
    return arrays


@dataclass
class Ragged:
    """Arrays of different lengths as one: ``values`` [ΣT, …], ``lengths`` [N]; what is read is ``values + offset``."""

    values: np.ndarray
    lengths: np.ndarray
    offset: np.ndarray | None = None

    def __post_init__(self) -> None:
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, i: int) -> np.ndarray:
        rows = self.values[self.starts[i] : self.starts[i + 1]]
        return rows if self.offset is None else rows + self.offset

    def batch(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded float32 [B, T, …] and mask [B, T]."""
        values, mask = pad([self[i] for i in indices])
        return values.float(), mask


def ragged(arrays: Sequence[np.ndarray]) -> Ragged:
    """One Ragged of several arrays."""
    return Ragged(np.concatenate(list(arrays)), np.array([len(a) for a in arrays]))


def clip_features(clips: ClipSet, layout: Layout) -> tuple[Ragged, Ragged]:
    """Features [T, J, W] and node confidences [T, J] of all clips.

    Kept in half precision, of the distance from a pose that the clips share: a joint that hardly moves would otherwise
    be rounded the same way everywhere, and latents would not have the mean zero of what is encoded unrounded.
    """
    from tqdm import tqdm

    rows, shared = [], None
    for clip in tqdm(clips, desc="features", disable=len(clips) < 500, leave=False):
        features, confidence = pack(layout, clip.pose)
        shared = features.mean(0) if shared is None else shared
        rows.append(((features - shared).astype(np.float16), confidence.astype(np.float16)))
    features, confidence = (ragged([row[i] for row in rows]) for i in (0, 1))
    return Ragged(features.values, features.lengths, shared), confidence


def filled_features(autoencoder: Autoencoder, features: Ragged, confidence: Ragged) -> Ragged:
    """The features as the autoencoder reads them, in place: missing nodes are at their mean."""
    autoencoder.fill(features.values, confidence.values, features.offset)
    return features


@dataclass
class Latents:
    """Whitened posterior means and stds [N', J', D] of clips, and their lengths in frames.

    ``clips[i]`` is the clip that row i encodes (more rows than clips where augmented copies were asked for).
    """

    mean: Ragged
    std: Ragged
    frames: np.ndarray
    clips: np.ndarray


@torch.no_grad()
def _encode(autoencoder: Autoencoder, clips: ClipSet, copies: int) -> dict[str, np.ndarray]:
    from tqdm import tqdm

    features = filled_features(autoencoder, *clip_features(clips, autoencoder.layout))
    rows = [
        (i, augmented(features[i].astype(np.float32), copy, seed=i))
        for copy in range(copies)
        for i in range(len(features))
    ]
    order = np.argsort([len(f) for _, f in rows], kind="stable")
    means: list = [None] * len(rows)
    stds: list = [None] * len(rows)
    for start in tqdm(range(0, len(rows), 64), desc="latents", disable=len(rows) < 500, leave=False):
        chosen = order[start : start + 64]
        x, mask = pad([rows[i][1] for i in chosen])
        mean, std = autoencoder.posterior(x.float(), mask)
        counts = mask[:, :: autoencoder.settings.stride].sum(1).tolist()
        for row, i in enumerate(chosen):
            means[i] = mean[row, : counts[row]].numpy().astype(np.float16)
            stds[i] = std[row, : counts[row]].numpy().astype(np.float16)
    return {
        "mean": np.concatenate(means),
        "std": np.concatenate(stds),
        "lengths": np.array([len(m) for m in means]),
        "frames": np.array([len(f) for _, f in rows]),
        "clips": np.array([i for i, _ in rows]),
    }


def latents(autoencoder: Autoencoder, name: str, clips: ClipSet, split: str, copies: int = 1) -> Latents:
    """Latents of a split, cached by the autoencoder's ``name@hash`` and the corpus hash.

    ``copies`` > 1 adds copies with other tempo and cut, for small corpora; copy 0 is always the clip itself. UserError
    for an autoencoder of anything but poses.
    """
    if (domain := autoencoder.spec.domain) != "pose":
        raise UserError(f"autoencoder {name}: encodes {domain}s, where a corpus has poses; name one of poses")
    key = (name, clips.corpus.hash, split, clips.dominant, copies)
    arrays = cached("latents", key, lambda: _encode(autoencoder, clips, copies))
    mean, std = (Ragged(arrays[k], arrays["lengths"]) for k in ("mean", "std"))
    return Latents(mean, std, arrays["frames"], arrays["clips"])


@dataclass
class Tokens:
    """Ids [N', P] of clips, which were made from latents of a discrete autoencoder; ``clips`` as for Latents."""

    ids: Ragged
    clips: np.ndarray


def tokens(autoencoder: Autoencoder, name: str, clips: ClipSet, split: str, copies: int = 1) -> Tokens:
    """Tokens of a split, from its cached latents and cached by the same keys."""

    def compute() -> dict[str, np.ndarray]:
        found = latents(autoencoder, name, clips, split, copies)
        ids = []
        for start in range(0, len(found.mean), 64):
            z, mask = found.mean.batch(range(start, min(start + 64, len(found.mean))))
            ids.append(autoencoder.tokens(z)[mask].numpy().astype(np.int32))
        return {"ids": np.concatenate(ids), "lengths": found.mean.lengths, "clips": found.clips}

    arrays = cached("tokens", (name, clips.corpus.hash, split, clips.dominant, copies), compute)
    return Tokens(Ragged(arrays["ids"], arrays["lengths"]), arrays["clips"])


@dataclass
class Texts:
    """Frozen features of distinct texts: sentence vectors [N, S], tokens [L, W] each; ``index[text]`` is a row.

    ``told``: keys are texts with their languages, which the encoder tells apart (`in_languages`).
    """

    sentence: np.ndarray
    tokens: Ragged
    index: dict[str, int]
    told: bool = False

    def batch(
        self, texts: Sequence[str], languages: Sequence[tuple[str, str]] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sentence [B, S], tokens [B, L, W] and token mask [B, L]."""
        rows = [self.index[t] for t in (in_languages(texts, languages) if self.told and languages else texts)]
        tokens, mask = self.tokens.batch(rows)
        return torch.from_numpy(self.sentence[rows]).float(), tokens, mask


def in_languages(texts: Sequence[str], languages: Sequence[tuple[str, str]]) -> list[str]:
    """Texts with the tags of their languages: ``<en> <qaa> text``."""
    return [f"<{spoken}> <{signed}> {text}" for text, (spoken, signed) in zip(texts, languages, strict=True)]


def text_features(encoder, texts: Sequence[str], languages: Sequence[tuple[str, str]] | None = None) -> Texts:
    """Features of the distinct texts in order of appearance, cached by the encoder's hash and the texts.

    languages: of each text, for an encoder that tells them apart (`AlignedEncoder`).
    """
    from tqdm import tqdm

    told = languages is not None and encoder.tells_languages
    keys = in_languages(texts, languages) if told else texts
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    distinct = list(dict.fromkeys(keys))
    said = [texts[first[key]] for key in distinct]
    pairs = [languages[first[key]] for key in distinct] if told else None

    def compute() -> dict[str, np.ndarray]:
        sentence, tokens = [], []
        for start in tqdm(range(0, len(distinct), 64), desc="texts", disable=len(distinct) < 500, leave=False):
            rows = slice(start, start + 64)
            found = encoder.encode(said[rows], pairs[rows]) if told else encoder.encode(said[rows])
            sentence.append(found.sentence.numpy())
            counts = found.mask.sum(1).tolist()
            tokens += [t[:n].numpy().astype(np.float16) for t, n in zip(found.tokens, counts, strict=True)]
        lengths = np.array([len(t) for t in tokens])
        return {"sentence": np.concatenate(sentence), "tokens": np.concatenate(tokens), "lengths": lengths}

    about = (encoder.hash, encoder.layers, *(("spelling",) if encoder.spelling else ()))
    arrays = cached("texts", (*about, *distinct), compute)
    tokens = Ragged(arrays["tokens"], arrays["lengths"])
    return Texts(arrays["sentence"], tokens, {t: i for i, t in enumerate(distinct)}, told)

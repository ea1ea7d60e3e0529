"""What the slots of a latent hold: principal directions, what moves when one is moved, and which tell signs apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from eval.alignment import mpjpe, pa_mpjpe
from eval.autoencoder_schema import Interpretation
from eval.beside import scored_points
from eval.reconstruction import Encoded, decoded, encoded, on_skeleton
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose

CLIPS, SIZE, DIRECTIONS = 12, 2.0, 3
"""Clips of which slots are moved, standard deviations by which, and directions along which."""
OFTEN = 5
"""Signs of a gloss from which it counts."""
SWING_SECONDS = 2.0
"""Of a slot along one direction, there and back."""


def slot_names(model: Autoencoder) -> list[str]:
    """Of the J' slots, as the skeleton names them; a flat latent is one slot, `all`."""
    count, skeleton = model.settings.slots, model.layout.skeleton
    if count in skeleton.slots:
        return [name for name, _ in skeleton.slots[count]]
    return ["all"] if count == 1 else [f"slot {i}" for i in range(count)]


def principal(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean [D], principal directions [D, D] as rows and their standard deviations [D], of values [n, D].

    The largest entry of each direction is positive, so that the same values give the same directions.
    """
    centre = values.mean(0)
    _, sizes, rows = np.linalg.svd(values - centre, full_matrices=len(values) < values.shape[1])
    signs = np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(1)])
    spread = np.zeros(len(rows))
    spread[: len(sizes)] = sizes / np.sqrt(max(1, len(values) - 1))
    return centre, rows * signs[:, None], spread


@dataclass
class Slots:
    """Directions of each slot of a latent, from the latent frames of some clips."""

    model: Autoencoder
    directions: np.ndarray
    """[J', K, D]: unit vectors times standard deviations."""

    @classmethod
    def of(cls, model: Autoencoder, frames: np.ndarray, count: int = DIRECTIONS) -> "Slots":
        """From latent frames [n, J', D]; what is dead does not move."""
        active = ~model.latent_dead.numpy()
        found = []
        for slot in range(frames.shape[1]):
            _, rows, spread = principal(frames[:, slot] * active[slot])
            found.append((rows * spread[:, None])[:count])
        return cls(model, np.stack(found).astype(np.float32))

    def moved(self, batch: Encoded, slot: int, direction: int, size: float) -> torch.Tensor:
        """The latent of some clips with one slot moved by `size` standard deviations throughout."""
        z = batch.mean.clone()
        z[:, :, slot] += size * torch.from_numpy(self.directions[slot, direction])
        return z


def latent_frames(model: Autoencoder, batches: Sequence[Encoded]) -> list[np.ndarray]:
    """Posterior means [N', J', D] of each clip, in their order."""
    found = {}
    for batch in batches:
        for row, place in enumerate(batch.rows):
            found[place] = batch.mean[row, : batch.frames(row, model.settings.stride)].numpy()
    return [found[i] for i in range(len(found))]


def motion_by_part(
    slots: Slots, batches: Sequence[Encoded], size: float = SIZE
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """How far the points of each part move, slot by slot, when a slot is moved either way along each direction: as they
    are seen, and after each part was aligned with itself. Shoulder widths, mean over points, frames, clips and moves.
    """
    model, parts = slots.model, scored_points(slots.model.layout.skeleton)
    still = decoded(model, batches)
    moved, reshaped = {}, {}
    for slot, name in enumerate(slot_names(model)):
        seen, aligned = [], []
        for direction in range(slots.directions.shape[1]):
            for way in (-size, size):
                made = decoded(model, batches, lambda b, s=slot, d=direction, w=way: slots.moved(b, s, d, w))
                seen.append(_apart(mpjpe, made, still, parts))
                aligned.append(_apart(pa_mpjpe, made, still, parts))
        moved[name], reshaped[name] = (dict(zip(parts, np.mean(x, 0).tolist(), strict=True)) for x in (seen, aligned))
    return moved, reshaped


def _apart(distance, made: Sequence[Pose], still: Sequence[Pose], parts: dict[str, list[int]]) -> list[float]:
    """Mean over clips of a distance, by part."""
    rows = [
        [distance(*(p.points[:, points].astype(float) for p in (a, b)), b.confidence[:, points] > 0) for a, b in pairs]
        for points in parts.values()
        for pairs in [list(zip(made, still, strict=True))]
    ]
    return [float(np.nanmean(row)) if np.isfinite(row).any() else float("nan") for row in rows]


def shares(rows: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float]]:
    """Each slot's motion as shares of the parts, which sum to 1; nan where the slot moves nothing."""
    found = {}
    for slot, parts in rows.items():
        values = {part: value or 0.0 for part, value in parts.items()}
        total = sum(values.values())
        found[slot] = {part: value / total if total > 1e-6 else float("nan") for part, value in values.items()}
    return found


@dataclass
class Signs:
    """Signs of clips: mean latent [n, J', D] of each over its time, and its gloss."""

    latents: np.ndarray
    glosses: list[str]


def signs_of(clips: Sequence[Clip], latents: Sequence[np.ndarray], model: Autoencoder) -> Signs:
    """Signs of clips whose glosses have times, or that are of one gloss. latents: [N', J', D] of each clip."""
    found = [
        (z[start : max(stop, start + 1)].mean(0), gloss)
        for clip, z in zip(clips, latents, strict=True)
        for gloss, start, stop in _spans(clip, model, len(z))
    ]
    shape = (0, model.settings.slots, model.latent_mean.shape[1])
    return Signs(np.stack([z for z, _ in found]) if found else np.zeros(shape), [gloss for _, gloss in found])


def _spans(clip: Clip, model: Autoencoder, frames: int) -> list[tuple[str, int, int]]:
    """Glosses of a clip with the latent frames that they span."""
    rate = model.settings.fps / clip.pose.fps / model.settings.stride
    timed = [(tier.value, tier.start * rate, tier.end * rate) for tier in clip.tiers if tier.channel == "gloss"]
    if timed:
        return [(gloss, min(int(a), frames - 1), min(round(b), frames)) for gloss, a, b in timed]
    return [(clip.gloss, 0, frames)] if clip.gloss and " " not in clip.gloss.strip() else []


def often(glosses: Sequence[str], least: int = OFTEN) -> list[str]:
    """Glosses that occur at least so often, the most frequent first."""
    return [gloss for gloss, n in sorted(Counter(glosses).items(), key=lambda item: (-item[1], item[0])) if n >= least]


def explained(values: np.ndarray, glosses: Sequence[str]) -> float:
    """Share of the variance of values [n, D] between signs that their glosses explain: epsilon squared (Kelley 1935).

    1 − (within ÷ (n − k)) ÷ (total ÷ (n − 1)): 0 on average if glosses are drawn by lot, however many there are. nan
    where nothing varies, or there are as many glosses as signs.
    """
    names = np.unique(np.asarray(glosses), return_inverse=True)[1]
    count, kinds = len(values), int(names.max()) + 1 if len(values) else 0
    total = float(((values - values.mean(0)) ** 2).sum()) if count else 0.0
    if kinds < 2 or count <= kinds or total <= 1e-9:
        return float("nan")
    within = sum(((values[names == k] - values[names == k].mean(0)) ** 2).sum() for k in range(kinds))
    return float(1 - within / (count - kinds) / (total / (count - 1)))


def told(signs: Signs, model: Autoencoder) -> dict[str, float]:
    """Slot, and `all` -> `explained`, over glosses that occur often; empty without two of them."""
    known = set(often(signs.glosses))
    rows = [i for i, gloss in enumerate(signs.glosses) if gloss in known]
    if len(known) < 2:
        return {}
    glosses, values = [signs.glosses[i] for i in rows], signs.latents[rows] * ~model.latent_dead.numpy()
    found = {name: explained(values[:, slot], glosses) for slot, name in enumerate(slot_names(model))}
    return found | {"all": explained(values.reshape(len(rows), -1), glosses)}


def interpretation(
    model: Autoencoder, poses: Sequence[Pose], slots: Slots, signs: Signs, size: float = SIZE
) -> Interpretation:
    """All numbers of what the slots hold. poses: clips of which slots are moved, on the autoencoder's skeleton."""
    moved, reshaped = motion_by_part(slots, list(encoded(model, poses)), size)
    found = told(signs, model)
    known = often(signs.glosses)
    count = sum(gloss in set(known) for gloss in signs.glosses)
    directions = int(slots.directions.shape[1])
    return Interpretation(len(poses), size, directions, moved, reshaped, count, len(known), found)


def held(pose: Pose, frame: int, frames: int) -> Pose:
    """One frame of a clip, for as long as `frames`."""
    arrays = {
        name: None if getattr(pose, name) is None else np.repeat(getattr(pose, name)[frame : frame + 1], frames, 0)
        for name in ("points", "confidence", "rotations", "expression")
    }
    return replace(pose, **arrays)


def sweep(slots: Slots, pose: Pose, slot: int, frame: int | None = None, size: float = SIZE) -> Pose:
    """A posture of a real clip (frame; the middle one if None) in which one slot swings along its principal directions,
    one after the other, while all other slots stay as they were encoded.

    Each swing goes from 0 to `size` standard deviations, to −`size`, and back to 0.
    """
    model, rate = slots.model, slots.model.settings.fps
    pose = on_skeleton(pose if pose.fps == rate else pose.resampled(rate), model.settings.skeleton)
    steps = swing_steps(model)
    frames = steps * model.settings.stride * len(slots.directions[slot])
    still = held(pose, len(pose) // 2 if frame is None else frame, frames)
    (batch,) = encoded(model, [still])
    amounts = size * np.sin(2 * np.pi * np.arange(steps) / steps).astype(np.float32)
    path = np.concatenate([amounts[:, None] * direction for direction in slots.directions[slot]])  # [N', D]
    z = batch.mean.clone()
    z[0, :, slot] += torch.from_numpy(path)
    return decoded(model, [batch], lambda _: z)[0]


def swing_steps(model: Autoencoder) -> int:
    """Latent frames of one swing."""
    return max(4, round(SWING_SECONDS * model.settings.fps / model.settings.stride))

"""Editing a clip: some frames or parts stay as they are, the others are generated to suit them and a text.

The clip is encoded with plain motion where it is to be made anew (nothing of what stood there reaches the model), the
latent entries that hold only what stays are given to the sampler (``diffusion.known``), and what is decoded is joined
with the clip (``pose.splice``): all that stays is in the result to the bit. A latent frame holds a stride of frames;
one of which only some stay is generated whole, and bent to those frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from sign_latent.diffusion.known import Known
from sign_latent.errors import UserError
from sign_latent.generation.request import given_lengths
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.pose.signs import Sign
from sign_latent.pose.skeleton import Skeleton
from sign_latent.pose.splice import Cut, bridged, rows_of, spliced
from sign_latent.text.encoder import TextFeatures

if TYPE_CHECKING:
    from sign_latent.autoencoder.contract import Autoencoder
    from sign_latent.generation.generator import Generator
    from sign_latent.generation.sampling import Sampling

Range = tuple[int, int | None]
"""First frame, and one past the last (None: to the end of the clip)."""
JUMPS = 0
"""Times that each step is gone back over, unless told otherwise; see ``Known.jumps``. With the embedded model four cost
five times as much and gained nothing that the intervals of ``eval.editing`` show."""


@dataclass
class Edit:
    """What is asked for."""

    keep: Sequence[Range] = ()
    """Frames of the clip, at its own rate, that stay; all of them where the result is longer and none is named."""
    parts: Sequence[str] = ()
    """Parts of the body that are made anew, the others staying; none: all of them."""
    frames: int | None = None
    """Frames of the result, at the clip's rate (default: as many as the clip); more continue it beyond its end."""
    extend: bool = False
    """The result is as long as the text is expected to take."""
    left_handed: bool = False
    """The clip's signer leads with the left hand; it is edited in the mirror, as models sign with the right."""


@dataclass
class Job:
    """A clip made ready: ``whole`` has the frames of the result, ``frames`` is its length for the model.

    ``signs`` are those of the clip whose every frame stays: where they are in the result is known as well.
    """

    whole: Pose
    cut: Cut
    known: Known
    frames: int
    signs: list[Sign]


def edited(
    generator: Generator,
    clips: Sequence[Pose],
    texts: TextFeatures,
    edits: Sequence[Edit],
    sampling: Sampling,
    seed: int,
    jumps: int = JUMPS,
    batch_size: int = 32,
) -> list[Pose]:
    """The clips with what is not kept made anew. UserError for what cannot be kept or made.

    The noise of clip i depends on ``seed`` and i, as that of ``generate``.
    """
    if jumps < 0:
        raise UserError(f"jumps {jumps}: give 0 or more")
    expected = generator._lengths(texts, None)
    jobs = [prepared(generator.autoencoder, *given) for given in zip(clips, edits, expected.tolist(), strict=True)]
    lengths = np.array([job.frames for job in jobs])
    if told := [row for row, edit in enumerate(edits) if edit.frames is not None]:
        generator.doubt(texts.rows(torch.tensor(told)), lengths[told])
    order, made = np.argsort(lengths, kind="stable"), {}
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        known = together([jobs[row].known for row in rows], jumps)
        z = generator._sample(texts.rows(torch.from_numpy(rows)), lengths[rows], rows, sampling, seed, known)
        made |= dict(zip(rows.tolist(), generator.autoencoder.poses(z, lengths[rows].tolist()), strict=True))
    return [finished(job, made[row], edits[row].left_handed) for row, job in enumerate(jobs)]


def prepared(autoencoder: Autoencoder, clip: Pose, edit: Edit, expected: int) -> Job:
    """What the sampler needs of a clip; ``expected`` are the frames that the model expects the text to take."""
    check_clip(autoencoder, clip)
    if edit.left_handed:
        clip, edit = clip.mirrored(), replace(edit, parts=[_other_side(part) for part in edit.parts])
    cut = planned(autoencoder, clip, edit, round(expected * clip.fps / autoencoder.settings.fps))
    whole = rows_of(clip, np.minimum(np.arange(len(cut.kept)), len(clip) - 1))
    known = known_latents(autoencoder, bridged(whole, cut), cut)
    stay = [(gloss, a, b) for gloss, a, b in clip.signs if b <= len(cut.kept) and cut.kept[a:b].all()]
    return Job(whole, cut, known, len(model_frames(autoencoder, whole)), stay)


def together(each: Sequence[Known], jumps: int) -> Known:
    """A batch of what is given of each clip."""
    pad = torch.nn.utils.rnn.pad_sequence
    values, where = (pad([getattr(known, name)[0] for known in each], True) for name in ("values", "where"))
    return Known(values, where, jumps)


def finished(job: Job, made: Pose, mirrored: bool) -> Pose:
    """What was made, at the clip's rate and joined with it."""
    times = np.arange(len(job.whole)) * (made.fps / job.whole.fps)
    ready = replace(read_at(made, times.clip(max=len(made) - 1)), fps=job.whole.fps)
    pose = spliced(job.whole, ready, job.cut).with_signs(job.signs)
    return pose.mirrored() if mirrored else pose


def check_clip(autoencoder: Autoencoder, clip: Pose) -> None:
    """UserError for a clip that the autoencoder cannot encode."""
    clip.validate()
    skeleton = autoencoder.spec.skeleton
    if clip.skeleton.name != skeleton:
        raise UserError(
            f"clip of skeleton {clip.skeleton.name}: the model signs with {skeleton}; convert the clip "
            f"(python -m data_prep.fit fits smplx to key points), or name a model of {clip.skeleton.name}"
        )
    if clip.skeleton.rotated and clip.rotations is None:
        raise UserError(
            f"clip of skeleton {skeleton} without rotations, which the model signs with; give the .npz of the clip "
            "(a .pose has no place for them)"
        )


def planned(autoencoder: Autoencoder, clip: Pose, edit: Edit, expected: int) -> Cut:
    """Which frames and points stay. UserError where nothing is left to keep or to make, naming the remedy."""
    kept = np.zeros(_length(clip, edit, expected), bool)
    for first, last in edit.keep or ([(0, None)] if len(kept) > len(clip) else []):
        last = len(clip) if last is None else last
        if not 0 <= first < last <= len(clip):
            raise UserError(f"keep {first}:{last}: the clip has frames 0 to {len(clip)}; give a range within them")
        if last > len(kept):
            raise UserError(f"keep {first}:{last}: the result has {len(kept)} frames; keep fewer or give more --frames")
        kept[first:last] = True
    part = part_points(clip.skeleton, autoencoder.spec.slots, edit.parts)
    if len(kept) > len(clip) and not part.all():
        raise UserError(
            f"parts {', '.join(edit.parts)}: beyond the clip's {len(clip)} frames nothing of a body is there to stay; "
            "continue it whole, or leave its length"
        )
    if kept.all():
        raise UserError(f"keep: all {len(kept)} frames stay, so there is nothing to make; keep fewer, or give --frames")
    if not kept.any() and part.all():
        raise UserError("keep: nothing of the clip stays; say what does (--keep 0:20), or use generate")
    return Cut(kept, part)


def _length(clip: Pose, edit: Edit, expected: int) -> int:
    if edit.frames is not None:
        return int(given_lengths(edit.frames, 1)[0])
    if edit.extend and expected <= len(clip):
        raise UserError(
            f"the text is expected to take {expected} frames and the clip has {len(clip)}; give --frames, or the text "
            "of the whole with what follows"
        )
    return expected if edit.extend else len(clip)


def part_points(skeleton: Skeleton, slots: int, parts: Sequence[str]) -> np.ndarray:
    """[K] bool: the points of these parts, each one of the skeleton's or the name of a latent slot; all for none.

    UserError for an unknown one, for a flat latent, and for a part that would leave what hangs on it behind.
    """
    part = np.zeros(len(skeleton.points), bool)
    if not parts:
        return ~part
    if slots == 1:
        raise UserError(f"parts {', '.join(parts)}: this model's latent frames are whole bodies; keep frames instead")
    known = dict(skeleton.slot_points(slots)) | {name: points for name, points in skeleton.parts.items() if points}
    for name in parts:
        if name not in known:
            raise UserError(f"part {name!r}: unknown; the model has {', '.join(sorted(known))}")
        part[list(known[name])] = True
    left = [p for p, above in enumerate(skeleton.parents) if above >= 0 and part[above] and not part[p]]
    if left:
        named = sorted({name for name, points in known.items() if set(points) & set(left)})
        raise UserError(f"parts {', '.join(parts)}: {', '.join(named)} hang on them; name what moves along too")
    return part


def model_frames(autoencoder: Autoencoder, clip: Pose) -> np.ndarray:
    """The clip's frames that each frame of the model [T'] lies between: the times, in frames of the clip."""
    rate = autoencoder.settings.fps
    count = len(clip) if clip.fps == rate else max(1, round(len(clip) * rate / clip.fps))
    return np.minimum(np.arange(count) * (clip.fps / rate), len(clip) - 1)


@torch.inference_mode()
def known_latents(autoencoder: Autoencoder, clip: Pose, cut: Cut) -> Known:
    """The clip's latent [1, N', J', D], given in latent frames that are kept whole, else in slots of no cut point."""
    z, frames = autoencoder.encode([clip])
    times = model_frames(autoencoder, clip)
    kept = cut.kept[np.floor(times).astype(int)] & cut.kept[np.ceil(times).astype(int)]
    stride, slots = autoencoder.spec.stride, autoencoder.spec.slots
    padded = np.concatenate([kept, np.ones(-len(kept) % stride, bool)])
    whole = torch.from_numpy(padded.reshape(-1, stride).all(1))
    groups = [range(len(cut.part))] if slots == 1 else [points for _, points in clip.skeleton.slot_points(slots)]
    still = torch.tensor([not cut.part[list(points)].any() for points in groups])
    return Known(z, (whole[:, None] | still)[None, :, :, None].to(z.device) & frames[:, :, None, None])


def _other_side(part: str) -> str:
    """The part of that name on the other side of the body."""
    words = {"left": "right", "right": "left"}
    return "_".join(words.get(word, word) for word in part.split("_"))

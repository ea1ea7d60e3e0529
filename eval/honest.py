"""Honest systems that differ from the recordings in every way an honest system may: none of them is to be accused."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from eval.cheats import Material, retimed
from eval.sanity import picked
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose

TEMPO = 0.15


def smoothed_truth(material: Material) -> list[Pose]:
    """The recordings under a Gaussian of one frame."""
    smooth = lambda p: gaussian_filter1d(p.points, 1.0, axis=0, mode="nearest").astype(np.float32)  # noqa: E731
    return [replace(p, points=smooth(p), rotations=None, expression=None) for p in material.truth]


def resampled_truth(material: Material) -> list[Pose]:
    """The recordings at 30 frames a second and back."""
    return [p.resampled(1.2 * p.fps).resampled(p.fps) for p in material.truth]


def other_tempo(factor: float) -> Callable[[Material], list[Pose]]:
    """The recordings signed so many times as fast."""
    return lambda material: [retimed(p, round(len(p) / factor)) for p in material.truth]


def sign_spans(clips: Sequence[Clip]) -> dict[str, list[tuple[Pose, int, int]]]:
    """Gloss -> where it is signed: a dictionary cut from timed training clips."""
    found: dict[str, list[tuple[Pose, int, int]]] = {}
    for clip in clips:
        for tier in clip.tiers:
            if tier.channel == "gloss":
                found.setdefault(tier.value, []).append((clip.pose, tier.start, tier.end))
    return found


def stitched(material: Material) -> list[Pose]:
    """The judged glosses put together from training clips, cut hard; glosses that training lacks are left out.

    A clip none of whose glosses is known shows the first entry of the dictionary.
    """
    known = sign_spans(material.train)
    made = []
    for number, clip in enumerate(material.clips):
        entries = [known[gloss] for gloss in clip.gloss.split() if gloss in known] or [next(iter(known.values()))]
        pieces = [options[number % len(options)] for options in entries]
        poses = [picked(pose, slice(start, end)) for pose, start, end in pieces]
        arrays = (np.concatenate([getattr(p, name) for p in poses]) for name in ("points", "confidence"))
        made.append(Pose(*arrays, poses[0].fps, poses[0].skeleton))
    return made


def resigned(clip: Clip, signer_name: str, seed: int = 0, tempo: float = 1.0) -> Clip:
    """The glosses of a clip of the invented language signed anew by another signer, `tempo` times as fast.

    Left-handed signers are shown in the mirror. UserError for another language.
    """
    from data_prep.invented.clips import perform, person
    from eval.intended import intended

    signer, body = person(signer_name, seed)
    rng = np.random.default_rng([seed, sum(clip.id.encode())])
    faster = replace(signer, tempo=signer.tempo * tempo)
    pose, tiers = perform(intended(clip), clip.signed_language, faster, body, rng)
    made = replace(clip, pose=pose, tiers=tiers, signer=signer_name, handedness=signer.handedness)
    return made.mirrored() if signer.handedness == "left" else made


HONEST: dict[str, Callable[[Material], list[Pose]]] = {
    "truth, smoothed": smoothed_truth,
    "truth, resampled to 30 fps and back": resampled_truth,
    "truth, 15 % faster": other_tempo(1 + TEMPO),
    "truth, 15 % slower": other_tempo(1 - TEMPO),
    "dictionary stitching": stitched,
}
"""Honest variants that need nothing but clips; stitching needs timed glosses."""

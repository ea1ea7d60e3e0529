"""Honest systems that differ from the recordings in every way an honest system may: none of them is to be accused."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from eval.case import System
from eval.cheats import Material, retimed
from eval.sanity import picked
from sign_latent.baselines.joining import joined
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import concatenated

TEMPO = 0.15
KNOWN = 1 / 2
"""Share of the judged glosses that a dictionary must have for its stitching to be signing of the texts."""
FEWEST_PERFORMANCES = 12
GAP, FASTEST = 3, 0.6
"""Frames between stitched signs, and shoulder widths that a point may move in one of them (`StitcherSettings`)."""


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


def stitched(material: Material, easy: bool = False) -> list[Pose]:
    """The judged glosses put together from training clips, cut hard, or with `easy` transitions.

    Glosses that training lacks are left out. A clip none of whose glosses is known shows the first entry.
    """
    known = sign_spans(material.train)
    made = []
    for number, clip in enumerate(material.clips):
        entries = [known[gloss] for gloss in clip.gloss.split() if gloss in known] or [next(iter(known.values()))]
        pieces = [options[number % len(options)] for options in entries]
        poses = [replace(picked(p, slice(a, b)), rotations=None, expression=None) for p, a, b in pieces]
        made.append(joined(poses, [GAP] * (len(poses) - 1), FASTEST) if easy else concatenated(poses))
    return made


def stitching_lacks(material: Material) -> str:
    """Why stitching would not be signing of the texts; empty where it is."""
    known = sign_spans(material.train)
    glosses = [gloss for clip in material.clips for gloss in clip.gloss.split()]
    found = sum(gloss in known for gloss in glosses)
    if not known:
        return "no glosses are timed in training"
    if found < KNOWN * len(glosses):
        return f"only {found} of the {len(glosses)} judged glosses occur in training"
    return ""


HONEST: dict[str, Callable[[Material], list[Pose]]] = {
    "truth, smoothed": smoothed_truth,
    "truth, resampled to 30 fps and back": resampled_truth,
    "truth, 15 % faster": other_tempo(1 + TEMPO),
    "truth, 15 % slower": other_tempo(1 - TEMPO),
}
"""Honest variants that need nothing but clips."""
STITCHED: dict[str, Callable[[Material], list[Pose]]] = {
    "dictionary stitching": stitched,
    "dictionary stitching, easy transitions": lambda material: stitched(material, easy=True),
}
"""Those that need timed glosses."""


def honest_systems(material: Material, others: Sequence[Clip] = ()) -> dict[str, System]:
    """Honest variants that clips alone allow; `others` are real clips of other splits, shown as their own truth."""
    makers = HONEST if stitching_lacks(material) else HONEST | STITCHED
    found = {name: System(make(material), material.clips) for name, make in makers.items()}
    found["ground truth"] = System(material.truth, material.clips, made_from="recording")
    if others:
        poses = [clip.pose for clip in others]
        found["truth of other splits"] = System(poses, others, made_from="recording")
    return found


def other_performances(clips: Sequence[Clip], pool: Sequence[Clip]) -> System | None:
    """Each text as it is signed in another clip of a pool, by another signer where there is one.

    Texts that the pool lacks are left out; None where fewer than twelve are found.
    """
    taken: list[tuple[Clip, Clip]] = []
    used: set[str] = set()
    for clip in clips:
        fits = [c for c in pool if c.text == clip.text and c.id not in used]
        if fits:
            best = min(fits, key=lambda c: c.signer == clip.signer)
            used.add(best.id)
            taken.append((clip, best))
    if len(taken) < FEWEST_PERFORMANCES:
        return None
    return System([made.pose for _, made in taken], [clip for clip, _ in taken], made_from="text")


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


def resigned_systems(clips: Sequence[Clip], seed: int) -> dict[str, System]:
    """The judged sentences of the invented language signed anew: by many others, by one alone, at other tempi.

    Of single signers one is in training and one is not; left-handed ones are shown in the mirror.
    """
    from data_prep.invented.signers import LEFT_HANDED, TRAIN_SIGNERS, UNSEEN_SIGNERS

    left = [name for name in LEFT_HANDED if name in TRAIN_SIGNERS]
    right = [name for name in TRAIN_SIGNERS if name not in LEFT_HANDED]
    spread = lambda names, clip, i: [n for n in names if n != clip.signer][i % (len(names) - 1)]  # noqa: E731
    makers = {
        "signed by others": lambda clip, i: resigned(clip, spread(right, clip, i), seed),
        "signed by left-handed signers": lambda clip, i: resigned(clip, left[i % len(left)], seed),
        "signed 15 % faster": lambda clip, i: resigned(clip, spread(right, clip, i), seed, 1 + TEMPO),
        "signed 15 % slower": lambda clip, i: resigned(clip, spread(right, clip, i), seed, 1 - TEMPO),
    }
    for name in (right[1], UNSEEN_SIGNERS[0]):
        makers[f"signed by {name} alone"] = lambda clip, i, name=name: resigned(clip, name, seed + 1)
    made = {name: [make(clip, i).pose for i, clip in enumerate(clips)] for name, make in makers.items()}
    return {name: System(poses, clips, made_from="text") for name, poses in made.items()}


def through(autoencoder, clips: Sequence[Clip], levels: float = 0.0, batch_size: int = 16) -> list[Pose]:
    """The recordings encoded and decoded; with `levels` > 0 the latent is rounded to so many steps a unit."""
    import torch

    order, made = sorted(range(len(clips)), key=lambda i: len(clips[i].pose)), {}
    with torch.no_grad():
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            z, _ = autoencoder.encode([clips[i].pose for i in rows])
            z = torch.round(z * levels) / levels if levels else z
            made |= zip(rows, autoencoder.poses(z, [len(clips[i].pose) for i in rows]), strict=True)
    return [made[i] for i in range(len(clips))]


def autoencoder_systems(name: str, autoencoder, clips: Sequence[Clip]) -> dict[str, System]:
    """The recordings through an autoencoder, plain and with its latent coarsely rounded."""
    kinds = {f"truth through {name}": 0.0, f"truth through {name}, latent rounded to halves": 2.0}
    return {kind: System(through(autoencoder, clips, levels), clips) for kind, levels in kinds.items()}

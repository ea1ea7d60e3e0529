"""Single signs out of clips of sentences, for models of isolated signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from sign_latent.corpus.clip import Clip, Tier
from sign_latent.errors import UserError
from sign_latent.pose.streams import cut


def isolated_signs(clips: Iterable[Clip], frames: int = 16, glosses: Collection[str] | None = None) -> list[Clip]:
    """A clip of so many frames around every timed gloss: `<id>/<number>`, whose gloss and text are that sign.

    The sign is in the middle, with what its neighbours leave of their transitions; clips that are shorter are left
    out. A clip of a single gloss without times is taken whole as the sign. `glosses` keeps only those.
    Raises UserError where nothing is found.
    """
    found = []
    for clip in clips:
        for number, (gloss, start) in sign_places(clip, frames).items():
            if glosses is None or gloss in glosses:
                pose = cut(clip.pose, start, start + frames)
                about = {"text": gloss.lower(), "gloss": gloss, "tiers": []}
                found.append(replace(clip, id=f"{clip.id}/{number}", pose=pose, **about))
    if not found:
        wanted = "" if glosses is None else f" of {', '.join(sorted(glosses))[:60]}"
        raise UserError(f"no isolated sign{wanted} of {frames} frames; give clips with timed glosses (tier gloss)")
    return found


def drawn_signs(clips: Iterable[Clip], frames: int, glosses: Collection[str], most: int, seed: int = 0) -> list[Clip]:
    """`isolated_signs`, at most so many of each gloss, drawn by the seed; in the order of the glosses."""
    found = isolated_signs(clips, frames, glosses)
    kept: dict[str, list[Clip]] = {gloss: [] for gloss in glosses}
    for i in np.random.default_rng(seed).permutation(len(found)):
        if len(kept[found[i].gloss]) < most:
            kept[found[i].gloss].append(found[i])
    return [clip for some in kept.values() for clip in some]


def sign_places(clip: Clip, frames: int) -> dict[int, tuple[str, int]]:
    """Number of each timed gloss -> the gloss and the first of so many frames around it; none of a shorter clip."""
    latest = len(clip.pose) - frames
    spans = _spans(clip) if latest >= 0 else []
    return {i: (s.value, min(max(0, (s.start + s.end - frames) // 2), latest)) for i, s in enumerate(spans)}


def frequent_glosses(clips: Iterable[Clip], count: int) -> list[str]:
    """The glosses that are signed most often, the most frequent first; of equal ones the first of the alphabet.

    Single letters, of which names are spelled, are left out.
    """
    seen = Counter(span.value for clip in clips for span in _spans(clip) if len(span.value) > 1)
    return sorted(seen, key=lambda gloss: (-seen[gloss], gloss))[:count]


def _spans(clip: Clip) -> list[Tier]:
    timed = sorted((tier for tier in clip.tiers if tier.channel == "gloss"), key=lambda tier: tier.start)
    if not timed and len(clip.gloss.split()) == 1:
        return [Tier("gloss", clip.gloss, 0, len(clip.pose))]
    return timed

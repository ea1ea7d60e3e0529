"""ELAN annotations (`.eaf`) of a session, cut to its clips.

Channels: the tiers of the DGS corpus for the signs of either hand and for the mouth, of the signer in question.
"""

from pathlib import Path

from sign_latent.arrays import refusing_damage
from sign_latent.corpus.clip import Tier
from sign_latent.errors import UserError

Span = tuple[float, float, str]
"""Start and end in milliseconds of the session, and what is said there."""
CHANNELS = {"Lexem_Gebärde_r": "gloss_right", "Lexem_Gebärde_l": "gloss_left", "Mundbild_Mundgestik": "mouth"}
_LARGEST = 64 * 2**20


def read_tiers(path: Path) -> dict[str, list[Span]]:
    """Tier name -> its spans in order. UserError if the file is damaged, or pympi-ling is not there to read it."""
    try:
        from pympi.Elan import Eaf
    except ImportError:
        raise UserError(f"{path}: needs pympi-ling to be read; pip install 'sign-latent[elan]'") from None
    with refusing_damage(path, "an ELAN"):
        content = path.read_bytes()
        # ELAN writes no document types; those of others may tell a parser to unpack a few lines to gigabytes.
        if len(content) > _LARGEST or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError("it is huge or declares entities")
        file = Eaf(str(path), suppress_version_warning=True)
        return {name: _spans(file.get_annotation_data_for_tier(name)) for name in file.get_tier_names()}


def _spans(annotations: list[tuple]) -> list[Span]:
    spans = ((start, end, " ".join(value.split())) for start, end, value, *_ in annotations)
    return sorted((float(a), float(b), text) for a, b, text in spans if text and a is not None and b is not None)


def clip_tiers(tiers: dict[str, list[Span]], signer: str, start: float, fps: float, frames: int) -> list[Tier]:
    """What `signer` (A or B) does in the `frames` from `start` on, at least one frame each, cut at the clip's ends."""
    end = start + 1000 * frames / fps
    found = [
        (channel, span)
        for tier, channel in CHANNELS.items()
        for span in tiers.get(f"{tier}_{signer}", ())
        if span[0] < end and span[1] > start
    ]
    return [span_tier(channel, *span, start, fps, frames) for channel, span in found]


def span_tier(channel: str, begin: float, end: float, value: str, start: float, fps: float, frames: int) -> Tier:
    """A span of the session in milliseconds as frames of a clip that begins at `start`."""
    first = min(max(0, round((begin - start) * fps / 1000)), frames - 1)
    return Tier(channel, value, first, min(max(round((end - start) * fps / 1000), first + 1), frames))

"""One signed clip and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sign_latent.pose.pose import Pose

_SIDES = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Tier:
    """A labelled span of one channel: frames ``start`` (included) to ``end`` (excluded)."""

    channel: str
    """``gloss``, or a channel of the signing such as ``handshape_right``, ``location_right``, ``brows``, ``head``."""
    value: str
    start: int
    end: int

    def mirrored(self) -> Tier:
        """The same span seen in a mirror: a channel of one side becomes that of the other."""
        stem, _, side = self.channel.rpartition("_")
        return replace(self, channel=f"{stem}_{_SIDES[side]}") if side in _SIDES else self

    def stretched(self, factor: float, frames: int) -> Tier:
        """The same span among so many frames, each ``factor`` times as many as before; never empty."""
        start = min(round(self.start * factor), frames - 1)
        return replace(self, start=start, end=min(max(round(self.end * factor), start + 1), frames))


@dataclass
class Clip:
    """A pose with its text, languages and annotation."""

    id: str
    text: str
    spoken_language: str
    """BCP-47 tag of the text."""
    signed_language: str
    """ISO 639-3 code of the signing."""
    signer: str
    source: str
    """What the clip was cut from (a video, a recording session): the unit of resampling in statistics."""
    split: str
    pose: Pose
    handedness: str = ""
    """Dominant hand: ``right``, ``left`` or empty when unknown."""
    video: str = ""
    """Path of the recording relative to the corpus, or empty."""
    gloss: str = ""
    """Glosses separated by spaces, or empty when unknown."""
    tiers: list[Tier] = field(default_factory=list)

    @property
    def signs(self) -> list[tuple[str, int, int]]:
        """(gloss, first frame, frame after the last) of each sign whose place is annotated."""
        return [(tier.value, tier.start, tier.end) for tier in self.tiers if tier.channel == "gloss"]

    def mirrored(self) -> Clip:
        """The same clip signed with the other hand (labels follow their side)."""
        hand = _SIDES.get(self.handedness, self.handedness)
        return replace(self, pose=self.pose.mirrored(), handedness=hand, tiers=[t.mirrored() for t in self.tiers])

    def resampled(self, fps: float) -> Clip:
        """The same clip at another frame rate, its tiers with it."""
        pose = self.pose.resampled(fps)
        tiers = [tier.stretched(fps / self.pose.fps, len(pose)) for tier in self.tiers]
        return replace(self, pose=pose, tiers=tiers)

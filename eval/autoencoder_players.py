"""Players of a comparison of autoencoders: recordings beside their reconstructions, and slots of latents swinging."""

import json
from collections.abc import Callable, Mapping
from html import escape

from eval.autoencoder_schema import Comparison
from eval.interpretation import SIZE, Slots, slot_names, swing_steps
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose
from sign_latent.renderer.page import PageClip, player_fragment


def made_by(name: str, text: str) -> str:
    """Provenance of a clip that came out of an autoencoder."""
    return json.dumps({"generated_by": name, "text": text}, ensure_ascii=False)


def reconstructions(report: Comparison, chosen: Mapping[str, Clip], made: Mapping[str, list[Pose]]) -> str:
    """A player for each chosen clip: the recording, and what each autoencoder makes of it, in step."""
    pieces = []
    for place, (kind, clip) in enumerate(chosen.items()):
        shown = [PageClip("recording", clip.pose, clip.text, tiers=clip.signs)]
        for name, poses in made.items():
            shown.append(PageClip(name, poses[place], clip.text, made_by(name, clip.text)))
        facts = f"Text: {clip.text} · clip {clip.id}"
        pieces.append(f"<h3>{kind.capitalize()} clip</h3><p>{escape(facts)}</p>{player_fragment(shown)}")
    return "".join(pieces)


def swings(slots: Slots, slot: int) -> list[tuple[str, int, int]]:
    """The time line of a sweep: what swings when."""
    frames = swing_steps(slots.model) * slots.model.settings.stride
    return [(f"direction {i + 1}", frames * i, frames * (i + 1)) for i in range(len(slots.directions[slot]))]


def swing_clip(name: str, slots: Slots, slot: int, pose: Pose) -> PageClip:
    """One sweep, ready for a page."""
    title = f"{slot_names(slots.model)[slot]}, ±{SIZE:g} standard deviations"
    return PageClip(title, pose, "", made_by(name, ""), swings(slots, slot))


def sweeps(name: str, slots: Slots, make: Callable[[int], Pose]) -> str:
    """One player with the sweep of each slot that is not dead; empty where all are."""
    alive = [i for i in range(len(slots.directions)) if abs(slots.directions[i]).sum() > 0]
    clips = [swing_clip(name, slots, slot, make(slot)) for slot in alive]
    return player_fragment(clips) if clips else ""

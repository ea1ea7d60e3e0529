"""Recording and generated clip side by side, on one clock, for the best, the median and the worst clip."""

import json
from collections.abc import Sequence
from html import escape

from eval.schema import Report, Sentence
from eval.systems import Submission
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose

PAUSED = """
document.querySelectorAll(".sl-player").forEach((root) => { if (root.slPlayer.playing) root.slPlayer.toggle(); });
"""
"""Several players on a page wait until one is started."""


def chosen_clips(sentences: Sequence[Sentence]) -> dict[str, str]:
    """`best`, `median`, `worst` -> id, by sentence score among the clips that did not fail; empty without any."""
    whole = sorted((one for one in sentences if not one.failed), key=lambda one: (-one.score, one.id))
    places = {"best": 0, "median": len(whole) // 2, "worst": len(whole) - 1}
    return {name: whole[place].id for name, place in places.items()} if whole else {}


def players_of(report: Report, submission: Submission, clips: Sequence[Clip]) -> str:
    """HTML of a player for each clip that the first judge's scores choose; empty without a judge."""
    if not report.judges:
        return ""
    judged = report.judges[0]
    row, runs = next(iter(submission.runs.items()))
    made = dict(zip((clip.id for clip in clips), runs[0], strict=True))
    real = {clip.id: clip for clip in clips}
    said = {one.id: one for one in judged.sentences}
    pieces = []
    for kind, name in judged.shown.items():
        one = said[name]
        facts = f"Text: {one.text} · read: {one.read or '(nothing)'} · sentence chrF {one.score:.0f} · clip {one.id}"
        title = f"{kind.capitalize()} clip"
        pieces.append(f"<h3>{escape(title)}</h3><p>{escape(facts)}</p>")
        pieces.append(player(real[name], made[name], row, report.system.name))
    return "".join(pieces)


def player(clip: Clip, made: Pose, row: str, name: str) -> str:
    """One player with the recording on the left and the system's clip on the right."""
    from sign_latent.renderer.page import PageClip, player_fragment

    about = json.dumps({"generated_by": name, "text": clip.text})
    both = [
        PageClip("recording", clip.pose, clip.text, tiers=clip.signs),
        PageClip(row, made, clip.text, provenance=about),
    ]
    return player_fragment(both)

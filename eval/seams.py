"""How smoothly the sentences of a text are joined: velocity and jerk at joints against the text's own 95th percentile.

python -m eval.seams --generator NAME --corpus CORPUS --out DIR [--paragraphs N] [--sentences N] [--steps N]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from eval.seams_page import html_of
from sign_latent.errors import Parser, UserError, run
from sign_latent.files import file_aside
from sign_latent.generation.base import TextToPose
from sign_latent.generation.linking import linked
from sign_latent.generation.paragraph import sentence_seed
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import concatenated, cut
from sign_latent.pose.transition import QUANTILE, differences

ORDERS = {"velocity": 1, "jerk": 3}
"""What is measured -> the order of its differences between frames."""
AROUND = 25
"""Frames on each side of a joint that the curves show."""


@dataclass
class Joint:
    """Two sentences meet: the first frame after the first of them, and how many lead to the second."""

    start: int
    frames: int


@dataclass
class Joined:
    """Velocity and jerk at joints and elsewhere, relative to the 95th percentile of the whole text; beyond 1 is
    outside.
    """

    velocity: list[float] = field(default_factory=list)
    jerk: list[float] = field(default_factory=list)
    transitions: list[int] = field(default_factory=list)
    """Frames of each transition."""
    elsewhere: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ORDERS})
    """The same quantities at as many random places of the same length."""
    course: dict[str, list[list[float]]] = field(default_factory=lambda: {name: [] for name in ORDERS})
    """By joint, from `AROUND` frames before the joint to as many after it."""

    def add(self, pose: Pose, joints: Sequence[Joint], chance: np.random.Generator) -> None:
        """The joints of a text that was signed."""
        for name, order in ORDERS.items():
            values = differences(pose, order)
            values = values / max(float(np.quantile(values, QUANTILE)), 1e-9)
            for joint in joints:
                # all differences that reach over the joint, or over one of the two ends of a transition
                width = joint.frames + order
                getattr(self, name).append(float(values[joint.start - order :][:width].max()))
                place = int(chance.integers(0, max(1, len(values) - width)))
                self.elsewhere[name].append(float(values[place : place + width].max()))
                self.course[name].append(_course(values, joint, order))
        self.transitions += [joint.frames for joint in joints]

    def table(self) -> dict[str, float]:
        """Shares of joints and of other places that are within, and how far off joints are."""
        rows: dict[str, float] = {"joints": len(self.transitions)}
        for name in ORDERS:
            found, other = np.array(getattr(self, name)), np.array(self.elsewhere[name])
            rows |= {
                f"{name}_within": float((found <= 1).mean()),
                f"{name}_within_elsewhere": float((other <= 1).mean()),
            }
            rows |= {f"{name}_median": float(np.median(found)), f"{name}_largest": float(found.max())}
        rows |= {"transition_median": float(np.median(self.transitions)), "transition_longest": max(self.transitions)}
        return rows


def _course(values: np.ndarray, joint: Joint, order: int) -> list[float]:
    middle = joint.start + joint.frames // 2 - (order + 1) // 2
    places = np.arange(middle - AROUND, middle + AROUND + 1)
    return [float(values[i]) if 0 <= i < len(values) else float("nan") for i in places]


def signed(generator: TextToPose, sentences: Sequence[str], seed: int, options: dict) -> list[Pose]:
    """Each sentence of a text apart, as ``generate_long`` signs it."""
    given = generator.asked(sentences[:1], options=options)
    return [
        concatenated(list(generator.window(sentence, None, sentence_seed(seed, place), given)))
        for place, sentence in enumerate(sentences)
    ]


def joined(clips: Sequence[Pose], plainly: bool = False) -> tuple[Pose, list[Joint]]:
    """Clips as one motion and where they meet; ``plainly`` without any transition."""
    parts = list(clips) if plainly else list(linked([clip] for clip in clips))
    joints, start, own = [], 0, {id(clip) for clip in clips}
    for place, part in enumerate(parts):
        if id(part) not in own:
            joints.append(Joint(start, len(part)))
        elif place and id(parts[place - 1]) in own:
            joints.append(Joint(start, 0))
        start += len(part)
    return concatenated(parts), joints


def measured(
    generator: TextToPose, texts: Sequence[Sequence[str]], seed: int, options: dict
) -> tuple[dict[str, Joined], tuple[Pose, Joint]]:
    """How texts (lists of sentences) are joined, and how they would be without transitions; and the jerkiest joint."""
    found = {"joined": Joined(), "without transitions": Joined()}
    worst, highest = None, -1.0
    for place, sentences in enumerate(texts):
        clips = signed(generator, sentences, sentence_seed(seed, place), options)
        for name, rows in found.items():
            pose, joints = joined(clips, plainly=name != "joined")
            rows.add(pose, joints, np.random.default_rng([seed, place]))
            if name == "joined":
                jerks = rows.jerk[-len(joints) :]
                if max(jerks) > highest:
                    worst, highest = (pose, joints[int(np.argmax(jerks))]), max(jerks)
    return found, worst


def sheet(pose: Pose, joint: Joint, path: Path, each: int = 2) -> None:
    """A picture of the frames around a joint."""
    from sign_latent.renderer.draw import contact_sheet

    first, last = max(0, joint.start - 8), min(len(pose), joint.start + joint.frames + 8)
    contact_sheet(cut(pose, first, last), path, frames=range(0, last - first, each), columns=6)


def main() -> None:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="published generator")
    parser.add_argument("--corpus", required=True, help="prepared corpus whose sentences are signed")
    parser.add_argument("--out", required=True, help="folder for seams.json, seams.html and worst.png")
    parser.add_argument("--split", default="test_sentences", help="split of the corpus")
    parser.add_argument("--paragraphs", type=int, default=30, help="texts")
    parser.add_argument("--sentences", type=int, default=4, help="sentences of each")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--sampler", help="sampler (default: the generator's)")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of sentences and of the signing")
    report(**vars(parser.parse_args()))


def report(
    generator: str, corpus: str, out: str, split: str, paragraphs: int, sentences: int, seed: int, **options
) -> None:
    """Measures and writes. UserError where there are too few sentences."""
    from sign_latent.corpus.read import Corpus
    from sign_latent.generation.api import load

    known = list(dict.fromkeys(Corpus.open(corpus).split(split).texts))
    if sentences < 2 or paragraphs < 1 or paragraphs * sentences > len(known):
        raise UserError(
            f"seams: {paragraphs} texts of {sentences} sentences; give at least one of two, and at most as many as the "
            f"{len(known)} sentences of {split} make"
        )
    chosen = (
        np.random.default_rng(seed).permutation(len(known))[: paragraphs * sentences].reshape(paragraphs, sentences)
    )
    made = load(generator)
    given = made.chosen(options)
    found, worst = measured(
        made, [[known[i] for i in row] for row in chosen.reshape(paragraphs, sentences)], seed, given
    )
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    about = {"generator": made.card.reference, "corpus": str(corpus), "split": split, "seed": seed, "options": given}
    result = {"about": about, "rows": {name: rows.table() for name, rows in found.items()}}
    result["joints"] = {name: asdict(rows) for name, rows in found.items()}
    with file_aside(folder / "seams.json") as aside:
        aside.write_text(json.dumps(result, indent=1), encoding="utf-8")
    with file_aside(folder / "seams.html") as aside:
        aside.write_text(html_of(about, found), encoding="utf-8")
    sheet(*worst, folder / "worst.png")
    for name, rows in result["rows"].items():
        print(f"{name}: " + ", ".join(f"{key} {value:.3g}" for key, value in rows.items()))


if __name__ == "__main__":
    run(main)

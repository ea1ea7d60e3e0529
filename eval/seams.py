"""How smoothly the sentences of a text are joined: velocity and jerk at joints against the text's own 95th percentile.

python -m eval.seams --generator NAME --corpus CORPUS --out DIR [--paragraphs N] [--sentences N] [--steps N]

``--overlap N`` sets beside it windows that share N latent frames, ``--judge NAME`` tells what is read of the sentences.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from eval import seams_windows
from eval.computing import add_device
from eval.curves import alone
from eval.judging import loaded
from eval.seams_page import course, html_of
from sign_latent.corpus.clip import Clip
from sign_latent.device import AUTO
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
LED, PLAIN, SHARED = "joined", "without transitions", "overlapping windows"
AROUND = 25
"""Frames on each side of a joint that the curves show."""


@dataclass
class Joint:
    """Two sentences meet: the first frame after the first of them, and how many lead to the second."""

    start: int
    frames: int
    around: int = 0
    """Frames on both sides that are looked at as well."""


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
                width = joint.frames + 2 * joint.around + order
                first = max(0, joint.start - joint.around - order)
                getattr(self, name).append(float(values[first:][:width].max()))
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


@dataclass
class Found:
    """What was measured of texts."""

    rows: dict[str, Joined]
    said: dict[str, list[Pose]]
    """Row -> its sentences, in the order of the texts."""
    worst: tuple[Pose, Joint]
    """The text whose joint is the jerkiest of those that were led to, and that joint."""


def measured(
    generator: TextToPose, texts: Sequence[Sequence[str]], seed: int, options: dict, overlap: int = 0
) -> Found:
    """How texts (lists of sentences) are joined, and how they would be without transitions, or in windows that share
    so many latent frames.
    """
    rows = {name: Joined() for name in (LED, PLAIN, *([SHARED] if overlap else []))}
    said: dict[str, list[Pose]] = {name: [] for name in rows if name != PLAIN}
    found = []
    for place, sentences in enumerate(texts):
        own = sentence_seed(seed, place)
        clips = signed(generator, sentences, own, options)
        said[LED] += clips
        made = {LED: joined(clips), PLAIN: joined(clips, plainly=True)}
        if overlap:
            pose, ends, some = seams_windows.in_windows(generator, sentences, own, options, overlap)
            # from the middle of the latent frame before a joint to that of the one after, between which both decode
            half = generator.autoencoder.spec.stride // 2
            made[SHARED] = pose, [Joint(end, 0, half) for end in ends]
            said[SHARED] += some
        for name, (pose, joints) in made.items():
            rows[name].add(pose, joints, np.random.default_rng([seed, place]))
        pose, joints = made[LED]
        jerks = rows[LED].jerk[-len(joints) :]
        found.append((max(jerks), pose, joints[int(np.argmax(jerks))]))
    return Found(rows, said, max(found, key=lambda each: each[0])[1:])


def sheet(pose: Pose, joint: Joint, path: Path, each: int = 2) -> None:
    """A picture of the frames around a joint."""
    from sign_latent.renderer.draw import contact_sheet

    first, last = max(0, joint.start - 8), min(len(pose), joint.start + joint.frames + 8)
    contact_sheet(cut(pose, first, last), path, frames=range(0, last - first, each), columns=6)


def main() -> None:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="published generator")
    parser.add_argument("--corpus", required=True, help="prepared corpus whose sentences are signed")
    parser.add_argument(
        "--out", required=True, help="folder for seams.json, .html, pictures of the courses and worst.png"
    )
    parser.add_argument("--split", default="test_sentences", help="split of the corpus")
    parser.add_argument("--paragraphs", type=int, default=30, help="texts")
    parser.add_argument("--sentences", type=int, default=4, help="sentences of each")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--sampler", help="sampler (default: the generator's)")
    parser.add_argument("--overlap", type=int, default=0, help="latent frames that windows share, beside the others")
    parser.add_argument("--judge", help="a published back-translator reads the sentences of each")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of sentences and of the signing")
    add_device(parser)
    report(**vars(parser.parse_args()))


def report(
    generator: str,
    corpus: str,
    out: str,
    split: str,
    paragraphs: int,
    sentences: int,
    seed: int,
    overlap: int = 0,
    judge: str | None = None,
    device: str = AUTO,
    **options,
) -> None:
    """Measures and writes. UserError where there are too few sentences, and for an overlap that cannot be."""
    from sign_latent.generation.api import load

    clips = chosen_clips(corpus, split, paragraphs, sentences, seed)
    made = load(generator, device=device)
    given = made.chosen(options)
    if overlap:
        made.overlapping([clip.text for clip in clips], None, seed, given, print, overlap)
    reader = loaded(judge, 1) if judge else None
    texts = [[clip.text for clip in clips[i : i + sentences]] for i in range(0, len(clips), sentences)]
    found = measured(made, texts, seed, given, overlap)
    about = {"generator": made.card.reference, "corpus": str(corpus), "split": split, "seed": seed, "options": given}
    about |= {"overlap": overlap} if overlap else {}
    result = {"about": about, "rows": {name: rows.table() for name, rows in found.rows.items()}}
    result["joints"] = {name: asdict(rows) for name, rows in found.rows.items()}
    if reader:
        said = {seams_windows.TRUTH: [clip.pose for clip in clips]} | found.said
        about["judge"] = reader.name
        result["read"] = seams_windows.read(reader.model, said, clips)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with file_aside(folder / "seams.json") as aside:
        aside.write_text(json.dumps(result, indent=1), encoding="utf-8")
    with file_aside(folder / "seams.html") as aside:
        aside.write_text(html_of(about, found.rows), encoding="utf-8")
    for name in ORDERS:
        with file_aside(folder / f"{name}.svg") as aside:
            aside.write_text(alone(course(name, found.rows)), encoding="utf-8")
    sheet(*found.worst, folder / "worst.png")
    for name, rows in (result["rows"] | {f"{n}, read": r for n, r in result.get("read", {}).items()}).items():
        print(f"{name}: " + ", ".join(f"{key} {_said(value)}" for key, value in rows.items()))


def chosen_clips(corpus: str, split: str, paragraphs: int, sentences: int, seed: int) -> list[Clip]:
    """Recordings of as many different texts as the paragraphs take, in their order. UserError where there are too
    few.
    """
    from sign_latent.corpus.read import Corpus

    clips = Corpus.open(corpus).split(split, dominant=True)
    first: dict[str, int] = {}
    for place, text in enumerate(clips.texts):
        first.setdefault(text, place)
    known = list(first.values())
    if sentences < 2 or paragraphs < 1 or paragraphs * sentences > len(known):
        raise UserError(
            f"seams: {paragraphs} texts of {sentences} sentences; give at least one of two, and at most as many as the "
            f"{len(known)} sentences of {split} make"
        )
    order = np.random.default_rng(seed).permutation(len(known))[: paragraphs * sentences]
    return [clips[known[i]] for i in order]


def _said(value: float | dict) -> str:
    if isinstance(value, dict):
        low, high = value["interval"]
        return f"{value['value']:.1f} [{low:.1f}, {high:.1f}]"
    return f"{value:.3g}"


if __name__ == "__main__":
    run(main)

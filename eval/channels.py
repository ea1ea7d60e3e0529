"""Is what a sentence means to show there? Precision and recall of every channel of the invented language.

python -m eval.channels --generator NAME --corpus CORPUS [--split test_sentences] [--clips 100]
python -m eval.channels --poses FOLDER --corpus CORPUS

Only the embedded corpus knows the truth: which handshape, place, orientation, movement and non-manual each sign of a
sentence has. The signs are found in reading order (`eval.reading_order`), and each channel is read off the geometry of
the sign's frames by itself (`eval.channel_shapes`). No trained judge takes part.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_prep.invented.clips import FPS
from data_prep.invented.lexicon import LETTERS, lexicon
from data_prep.invented.observing import Observation, observe
from data_prep.invented.phonology import NON_MANUALS, Form
from data_prep.invented.reading import FACE_COEFFICIENTS, SAMPLES, SHORTEST, features, read, templates
from data_prep.invented.signing import Signing
from eval.channel_shapes import VALUES, leading, shown_values
from eval.computing import add_device
from eval.intended import intended
from eval.non_manuals import intended_marks, shown_marks
from eval.reading_order import align
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError, run
from sign_latent.pose.pose import Pose

CHANNELS = (*VALUES, *NON_MANUALS)
TOGETHER = {"manual": tuple(VALUES), "non-manual": tuple(NON_MANUALS)}
"""Channels that are also counted together."""
ARRIVAL = 0.5
"""Share of the intended way into a sign that the hand must go for the sign to count as made."""


@dataclass
class Count:
    """Values meant, values shown, and those that are both at their time."""

    meant: int = 0
    shown: int = 0
    right: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.meant + other.meant, self.shown + other.shown, self.right + other.right)

    @property
    def scores(self) -> dict[str, float]:
        """Precision, recall and F1; precision is nan where nothing is shown."""
        precision = self.right / self.shown if self.shown else float("nan")
        recall = self.right / self.meant if self.meant else float("nan")
        return {"precision": precision, "recall": recall, "f1": 2 * self.right / max(1, self.shown + self.meant)}


def _arrived(seen: Observation, spans: list[tuple[int, int] | None], signing: Signing, language: str) -> list[bool]:
    """Whether the hands came to each sign: from the last other one (or first: the next) by half of the way meant.

    A posture that was there all along says nothing, however well it fits.
    """
    names, looks, _ = templates(language)
    manual = slice(0, looks.shape[1] // SAMPLES - len(FACE_COEFFICIENTS))
    values = features(seen)[:, manual]
    wanted = [looks[names.index(g)].reshape(SAMPLES, -1)[:, manual].mean(0) for g in signing.glosses]
    there = [i for i, span in enumerate(spans) if span]
    middle = {i: values[slice(*spans[i])].mean(0) for i in there}
    found = [False] * len(spans)
    for i in there:
        unlike = [j for j in there if signing.glosses[j] != signing.glosses[i]]
        other = max((j for j in unlike if j < i), default=min(unlike, default=None))
        if other is not None:
            way = np.linalg.norm(middle[i] - middle[other])
            found[i] = bool(way >= ARRIVAL * np.linalg.norm(wanted[i] - wanted[other]))
    return found


def clip_counts(points: np.ndarray, signing: Signing, language: str) -> dict[str, Count]:
    """Counts a channel for points [T, 94, 3] in the dominant view and what they are meant to show.

    A manual value is meant once a sign (a movement not in letters); a non-manual once for every sign it spans. A sign
    that is seen but not meant shows a wrong value in every manual channel.
    """
    forms, seen = lexicon(language), observe(points)
    hand = leading(seen)
    spans = align(seen, signing.glosses, language)
    arrived = _arrived(seen, spans, signing, language)
    counts = _meant(signing, forms)
    for gloss, span, made, meant in zip(signing.glosses, spans, arrived, intended_marks(signing, forms), strict=True):
        if span is None:
            continue
        shown = shown_values(forms[gloss], hand, span, gloss in LETTERS) if made else {}
        for channel, value in shown.items():
            counts[channel] += Count(0, bool(value), value == getattr(forms[gloss], channel))
        marks = shown_marks(seen, *span)
        for channel in NON_MANUALS:
            here = {mark for mark in marks if mark[0] == channel}
            counts[channel] += Count(0, len(here), len(here & meant))
    extra = sum(not _overlaps(span, spans) for span in read(points, language).spans)
    return {channel: count + Count(shown=extra * (channel in VALUES)) for channel, count in counts.items()}


def _meant(signing: Signing, forms: dict[str, Form]) -> dict[str, Count]:
    """What an utterance asks for, with nothing shown yet."""
    signs, letters = len(signing.glosses), sum(gloss in LETTERS for gloss in signing.glosses)
    manual = {channel: Count(signs - letters * (channel == "movement")) for channel in VALUES}
    marks = [mark for marks in intended_marks(signing, forms) for mark in marks]
    return manual | {channel: Count(sum(mark[0] == channel for mark in marks)) for channel in NON_MANUALS}


def _overlaps(span: tuple[int, int], spans: list[tuple[int, int] | None]) -> bool:
    return any(other is not None and span[0] < other[1] and other[0] < span[1] for other in spans)


def counts_by_clip(poses: Sequence[Pose | None], clips: Sequence[Clip], note: str = "") -> list[dict[str, Count]]:
    """Counts of each clip; a failed one (None or no frames) shows nothing and misses everything.

    UserError for a skeleton without the points of `smplx`, or clips of no invented language.
    """
    from tqdm import tqdm

    pairs = list(zip(poses, clips, strict=True))
    bar = tqdm(pairs, desc=f"channels {note}".strip(), unit="clip", disable=None)
    return [_counts_of(pose, intended(clip), clip) for pose, clip in bar]


def channel_counts(poses: Sequence[Pose | None], clips: Sequence[Clip], note: str = "") -> dict[str, Count]:
    """The same over all clips."""
    rows = counts_by_clip(poses, clips, note)
    return {channel: sum((row[channel] for row in rows), Count()) for channel in CHANNELS}


def _counts_of(pose: Pose | None, signing: Signing, clip: Clip) -> dict[str, Count]:
    if pose is not None and pose.skeleton.name != "smplx":
        raise UserError(
            f"channels are read off skeleton smplx, these poses are {pose.skeleton.name}: convert them first"
        )
    if pose is not None and len(pose) >= SHORTEST:
        pose = pose if pose.fps == FPS else pose.resampled(FPS)
        return clip_counts(pose.points, signing, clip.signed_language)
    return _meant(signing, lexicon(clip.signed_language))


def table(counts: dict[str, Count]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and how often meant, for each channel and for all manual and non-manual ones together."""
    whole = {name: sum((counts[channel] for channel in members), Count()) for name, members in TOGETHER.items()}
    return {name: {**count.scores, "meant": count.meant} for name, count in {**counts, **whole}.items()}


def rows_of(options: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """The tables of ground truth, ground truth through the autoencoder (where there is one), the static mean pose and
    the system, by row name."""
    from eval.controls import CONTROLS, Context
    from sign_latent.corpus.read import Corpus

    corpus = Corpus.open(options.corpus)
    judged = corpus.split(options.split, dominant=True)
    clips = [judged[i] for i in range(len(judged))[: options.clips]]
    intended(clips[0])  # another corpus is refused before anything is generated
    system, autoencoder = _system(options, clips)
    context = Context(clips, corpus.split("train", dominant=True), autoencoder)
    names = ["ground truth", "static mean pose"] + (["ground truth through the autoencoder"] if autoencoder else [])
    rows = {name: CONTROLS[name](context) for name in names} | {"system": system}
    return {name: table(channel_counts(poses, clips, name)) for name, poses in rows.items()}


def _system(options: argparse.Namespace, clips: list[Clip]) -> tuple[list[Pose | None], object | None]:
    """The poses that are judged, and the autoencoder of their generator."""
    if options.poses:
        return [_found(options.poses, clip) for clip in clips], None
    from eval.systems import generate_all
    from sign_latent.generation.api import load

    generator = load(options.generator, device=options.device)
    return generate_all(generator, clips, None, {"seed": options.seed}), generator.autoencoder


def _found(folder: Path, clip: Clip) -> Pose | None:
    """The pose of a clip in a folder of files named by clip id; None if there is none."""
    paths = [path for suffix in (".npz", ".pose") if (path := folder / f"{clip.id}{suffix}").is_file()]
    return Pose.load(paths[0]) if paths else None


def lines_of(rows: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """A line a channel: precision, recall and F1 of each row."""
    lines = [f"{'channel':14}{'meant':>7}" + "".join(f"  {name[:36]:>38}" for name in rows)]
    lines.append(" " * 21 + f"  {'precision  recall     F1':>38}" * len(rows))
    for channel in next(iter(rows.values())):
        scores = [rows[name][channel] for name in rows]
        cells = [f"{s['precision']:.3f}   {s['recall']:.3f}  {s['f1']:.3f}" for s in scores]
        lines.append(f"{channel:14}{scores[0]['meant']:7}" + "".join(f"  {cell:>38}" for cell in cells))
    return lines


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.channels", description=__doc__.splitlines()[0])
    parser.add_argument("--generator", help="name of a published generator")
    parser.add_argument("--poses", type=Path, help="folder of .npz or .pose files named by clip id, leading hand right")
    parser.add_argument("--corpus", required=True, help="corpus folder, made by data_prep.synthesise")
    parser.add_argument("--split", default="test_sentences", help="split that is judged")
    parser.add_argument("--clips", type=int, help="judge only the first so many clips")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    add_device(parser)
    options = parser.parse_args(arguments)
    if (options.generator is None) == (options.poses is None):
        raise UserError("channels: give either --generator NAME or --poses FOLDER")
    if options.poses and not options.poses.is_dir():
        raise UserError(f"--poses {options.poses}: no such folder; give one with a .npz or .pose file for each clip id")
    if options.clips is not None and options.clips < 1:
        raise UserError(f"--clips {options.clips}: give at least 1")
    return options


def main() -> None:
    options = parse()
    rows = rows_of(options)
    print(json.dumps(rows, indent=1) if options.json else "\n".join(lines_of(rows)))


if __name__ == "__main__":
    run(main)

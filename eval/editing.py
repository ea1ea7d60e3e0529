"""What editing does, on held-out clips of the invented language; a table, and editing.json for machines.

python -m eval.editing --generator embedded-sald --corpus CORPUS --clips 60 --out DIR

* The middle third of each clip is made anew with its own text, beside the recording, a straight way between the
  borders, and the same text generated whole at the clip's length; likewise the second half, by continuing the first,
  the right hand and the face.
* The right hand is made anew with its own text and, in clips with a sign that differs from another in the handshape
  alone, with the text of that other sign: all but the hand stays, so what is read tells whether the hand follows.
* Clips of several signers lend their style to other texts (`eval.editing_style`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.invented.lexicon import lexicon
from eval.bootstrap import Sample, mean_of
from eval.computing import add_device
from eval.editing_style import style_report
from eval.pairs import Place, outcome, places, sign_words
from eval.report_file import finite
from eval.rows import STATISTICS, read_row
from sign_latent.corpus.clip import Clip
from sign_latent.errors import Parser, run
from sign_latent.generation.editing import Edit, planned
from sign_latent.pose.pose import Pose
from sign_latent.pose.splice import Cut, bridged
from sign_latent.pose.streams import cut as cut_out
from sign_latent.text.vocabulary import normalise_text

TRUTH, EDITED, STRAIGHT, WHOLE = "recordings", "middle made anew", "middle straight", "generated whole"
HAND, FACE, CONTINUED = "right hand made anew", "face made anew", "first half continued"
WHAT = ("between", "hand", "style")


def thirds(pose: Pose) -> Edit:
    """The middle third is made anew."""
    return Edit([(0, len(pose) // 3), (2 * len(pose) // 3, None)])


def halved(pose: Pose) -> tuple[Pose, Edit]:
    """The first half, and what continues it to the length of the whole."""
    return cut_out(pose, 0, len(pose) // 2), Edit(frames=len(pose))


def speeds(pose: Pose) -> np.ndarray:
    """Mean distance that the points which sign move from each frame to the next [T - 1], in shoulder widths."""
    points = pose.points[:, list(pose.skeleton.signing)].astype(float)
    return np.linalg.norm(np.diff(points, axis=0), axis=-1).mean(1)


def border_speeds(made: Pose, recorded: Pose, cut: Cut) -> list[float]:
    """Speed over each border of what was made ÷ the 95th percentile of the recording's speeds."""
    steps = [step for start, end in cut.stretches() for step in (start - 1, end - 1) if 0 <= step < len(made) - 1]
    return [float(speeds(made)[step] / np.percentile(speeds(recorded), 95)) for step in steps]


def swapped(text: str, place: Place) -> str | None:
    """The text with the words of a sign replaced by its partner's; None where it has none of them."""
    words, found = normalise_text(text).split(), False
    for i, word in enumerate(words):
        alike = sorted(other for other in place.other if other.endswith("s") == word.endswith("s"))
        if word in place.own and alike:
            words[i], found = alike[0], True
    return " ".join(words) if found else None


def hand_places(clips: list[Clip]) -> list[tuple[Place, str]]:
    """Signs of one hand whose partner has another handshape, and the text of the partner; one a clip."""
    found: dict[int, tuple[Place, str]] = {}
    for place in places(clips):
        clip = clips[place.clip]
        forms, words = lexicon(clip.signed_language), sign_words()
        hands = {forms[gloss].hands for gloss in clip.gloss.split() if words.get(gloss) == place.own}
        text = swapped(clip.text, place)
        if place.channel == "handshape" and text and "both" not in hands:
            found.setdefault(place.clip, (place, text))
    return list(found.values())


def between_report(generator, judge, clips: list[Clip], sample: Sample, how: dict[str, Any]) -> dict[str, Any]:
    """BLEU-4 of each row, distance of the middles to the recordings, and speeds over the borders."""
    poses, texts = [clip.pose for clip in clips], [clip.text for clip in clips]
    edits = [thirds(pose) for pose in poses]
    cuts = [planned(generator.autoencoder, pose, edit, 0) for pose, edit in zip(poses, edits, strict=True)]
    halves, onward = map(list, zip(*map(halved, poses), strict=True))
    ahead = [planned(generator.autoencoder, half, edit, 0) for half, edit in zip(halves, onward, strict=True)]
    whole = {name: value for name, value in how.items() if name != "jumps"}
    rows = {
        TRUTH: poses,
        EDITED: generator.edit_all(poses, texts, edits, **how),
        STRAIGHT: [bridged(pose, cut) for pose, cut in zip(poses, cuts, strict=True)],
        WHOLE: generator.generate(texts, frames=[len(pose) for pose in poses], **whole),
        HAND: generator.edit_all(poses, texts, [Edit(parts=["right_hand"])] * len(poses), **how),
        FACE: generator.edit_all(poses, texts, [Edit(parts=["face"])] * len(poses), **how),
        CONTINUED: generator.edit_all(halves, texts, onward, **how),
    }
    report = {}
    for name, row in rows.items():
        read = read_row(judge, row, clips, 1, name)
        away = [
            np.linalg.norm(a.points[~cut.kept] - b.points[~cut.kept], axis=-1).mean()
            for a, b, cut in zip(row, poses, cuts, strict=True)
        ]
        report[name] = {"bleu4": asdict(sample.estimate([STATISTICS["bleu4"](read)]))}
        report[name]["middle_mpjpe"] = asdict(sample.estimate([mean_of(np.array(away))]))
    for name, borders in ((TRUTH, cuts), (EDITED, cuts), (CONTINUED, ahead)):
        ratios = [border_speeds(*some) for some in zip(rows[name], poses, borders, strict=True)]
        flat = np.concatenate(ratios)
        report[name]["borders"] = {"within": float((flat <= 1).mean()), "median": float(np.median(flat))}
        report[name]["borders"] |= {"largest": float(flat.max()), "count": len(flat)}
    return report


def hand_report(generator, judge, clips: list[Clip], how: dict[str, Any]) -> dict[str, Any]:
    """Which of two signs is read where the hand was made with the text of one: shares in percent, and how many."""
    found = hand_places(clips)
    some = [clips[place.clip] for place, _ in found]
    poses, edit = [clip.pose for clip in some], [Edit(parts=["right_hand"])] * len(some)
    rows = {
        TRUTH: poses,
        "hand of its own text": generator.edit_all(poses, [clip.text for clip in some], edit, **how),
        "hand of the other sign's text": generator.edit_all(poses, [text for _, text in found], edit, **how),
    }
    report: dict[str, Any] = {"places": len(found)}
    for name, row in rows.items():
        read = read_row(judge, row, some, 1, name).hypotheses
        told = [outcome(text, place) for text, (place, _) in zip(read, found, strict=True)]
        report[name] = {sign: 100 * told.count(sign) / max(1, len(told)) for sign in ("right", "partner", "neither")}
    return report


def build(options) -> dict[str, Any]:
    """The whole measurement as plain values."""
    from sign_latent.corpus.read import Corpus
    from sign_latent.evaluator.back_translation import load_judge
    from sign_latent.generation.api import load

    corpus = Corpus.open(options.corpus)
    held_out = corpus.split(options.split, dominant=True)
    clips = [held_out[i] for i in range(min(options.clips, len(held_out)))]
    generator, judge = load(options.generator, device=options.device), load_judge(options.judge)
    how = {"seed": options.seed} | ({} if options.steps is None else {"steps": options.steps})
    edit = how if options.jumps is None else how | {"jumps": options.jumps}
    report = {"generator": generator.card.reference, "judge": judge.card.reference, "clips": len(clips), "how": edit}
    wide = [held_out[i] for i in range(min(options.places, len(held_out)))]
    references = (clip for name in options.style_split for clip in corpus.split(name, dominant=True))
    measured = {
        "between": lambda: between_report(generator, judge.model, clips, Sample.of(clips), edit),
        "hand": lambda: hand_report(generator, judge.model, wide, edit),
        "style": lambda: style_report(generator, references, options.references, corpus.info["seed"], how),
    }
    return report | {name: measured[name]() for name in options.what}


def lines_of(report: dict[str, Any]) -> list[str]:
    """The report as a table for the terminal."""
    lines = [f"{report['generator']}, {report['how']}"]
    lines += [f"{report['clips']} clips"] if "between" in report else []
    for name, row in report.get("between", {}).items():
        low, high = row["bleu4"]["interval"]
        away = row["middle_mpjpe"]["value"]
        lines.append(f"{name:32}BLEU-4 {row['bleu4']['value']:5.1f} [{low:.1f}, {high:.1f}]  middle off by {away:.3f}")
        lines += [f"  over its borders: {_listed(row['borders'])}"] if "borders" in row else []
    for name, row in report.get("hand", {}).items():
        lines.append(f"{name:32}{row if name == 'places' else _listed(row)}")
    return lines + [f"style, {name}: {value:.3f}" for name, value in report.get("style", {}).items()]


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in values.items())


def main() -> None:
    from sign_latent.files import file_aside

    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", default="embedded-sald", help="name of a published generator with a denoiser")
    parser.add_argument("--corpus", required=True, help="corpus of the invented language")
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT, help="what is measured (default: all)")
    parser.add_argument("--split", default="test_sentences", help="split whose clips are edited")
    parser.add_argument("--judge", default="judge-dev", help="a published back-translator")
    parser.add_argument("--clips", type=int, default=60, help="clips whose middle and hand are made anew")
    parser.add_argument("--places", type=int, default=200, help="clips among which signs of one handshape are sought")
    parser.add_argument("--style-split", nargs="+", default=["dev", "test_signers"], help="splits with references")
    parser.add_argument("--references", type=int, default=4, help="references of each signer")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--jumps", type=int, help="times that each step is gone back over (default: the library's)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--out", required=True, type=Path, help="folder for editing.json")
    add_device(parser)
    options = parser.parse_args()
    report = build(options)
    options.out.mkdir(parents=True, exist_ok=True)
    with file_aside(options.out / "editing.json") as path:
        path.write_text(json.dumps(finite(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(lines_of(report)))


if __name__ == "__main__":
    run(main)

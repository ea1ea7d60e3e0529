"""Scores a generator against controls under a frozen judge, with uncertainty: report.json and report.html.

python eval/report.py --generator NAME --corpus CORPUS --out DIR
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bootstrap import cluster_unit, draw_weights, interval
from eval.controls import CONTROLS, Context, derangement
from eval.page import html_of
from eval.pose_scores import table as pose_table
from eval.text_scores import TextScores, signatures
from sign_latent.errors import UserError, run

VERSION = 1
DRAWS = 1000
SYSTEM, SHUFFLED, TRUTH, FLOOR = "system", "system, shuffled text", "ground truth", "ground truth, shuffled text"
RETRIEVAL, THROUGH = "nearest-text retrieval", "ground truth through the autoencoder"
FAIR_TRUTH = 70.0
"""Ground-truth BLEU-4 below which a judge is too weak for the main figure to mean anything."""


@dataclass
class Row:
    """One system under the judge."""

    scores: TextScores
    nll: np.ndarray
    pose: dict[str, float]
    failures: int

    def plain(self, weights: np.ndarray) -> dict:
        known = self.nll[np.isfinite(self.nll)]
        likelihood = {"nll": float(known.mean()) if len(known) else float("nan")}
        text = {**self.scores.table(), **likelihood, "bleu4_interval": interval(self.scores.bleu, weights)}
        return {"text": text, "pose": self.pose, "failures": self.failures}


def judge_row(judge, poses: list, texts: list[str], real: list, note: str, beam: int) -> Row:
    """Reads a system's poses and compares what is read with `texts`, and the poses with `real`."""
    from sign_latent.evaluator.back_translation import read_poses

    reading = read_poses(judge, poses, texts, beam=beam, note=f"judging {note}")
    failures = sum(pose is None or len(pose) == 0 for pose in poses)
    return Row(TextScores(reading.texts, texts), reading.nll, pose_table(list(zip(poses, real, strict=True))), failures)


def reordered(row: Row, texts: list[str]) -> TextScores:
    """The same readings against other texts."""
    return TextScores(row.scores.hypotheses, texts)


def generate_all(generator, texts: list[str], frames: list[int] | None, options: dict) -> list:
    """The generator's clips for all texts, with a progress bar; batch b of 32 takes the seed `seed` + b."""
    from tqdm import tqdm

    made, size = [], 32
    for batch, first in enumerate(tqdm(range(0, len(texts), size), desc="generating", unit="batch", disable=None)):
        given = None if frames is None else frames[first : first + size]
        seeded = {**options, "seed": options["seed"] + batch}
        made += generator.generate(texts[first : first + size], frames=given, **seeded)
    return made


def figures(rows: dict[str, Row], shuffled: dict[str, TextScores], weights: np.ndarray) -> dict:
    """Main figure and text gap with paired bootstrap intervals over the same resampled clusters."""
    system, truth = rows[SYSTEM].scores, rows[TRUTH].scores
    floor, own = shuffled[FLOOR], shuffled[SHUFFLED]

    def main(w=None) -> float:
        span = truth.bleu(w) - floor.bleu(w)
        return (system.bleu(w) - floor.bleu(w)) / span if span > 0 else float("nan")

    def gap(w=None) -> float:
        return system.bleu(w) - own.bleu(w)

    def above(w=None) -> float:
        return system.bleu(w) - rows[RETRIEVAL].scores.bleu(w)

    named = {"main_figure": main, "text_gap": gap, "above_retrieval": above}
    return {name: {"value": f(), "interval": interval(f, weights)} for name, f in named.items()}


def warnings_of(rows: dict[str, Row], found: dict) -> list[str]:
    """What forbids reading the main figure at face value."""
    truth = rows[TRUTH].scores.bleu()
    main, gap, above = (found[name] for name in ("main_figure", "text_gap", "above_retrieval"))
    checks = [
        (truth < FAIR_TRUTH, f"the judge is weak: ground truth scores BLEU-4 {truth:.1f}, below {FAIR_TRUTH:.0f}"),
        (main["value"] > 1, "the main figure exceeds 1: the system is easier to read than real signing"),
        (not main["interval"][0] > 0, "the main figure cannot be told from the floor"),
        (not gap["interval"][0] > 0, "matched texts score no better than shuffled ones: the text may be ignored"),
        (not above["value"] > 0, "the system is not above nearest-text retrieval"),
    ]
    return [text for failed, text in checks if failed]


def overlap(clips: list, train_texts: list[str]) -> float:
    """Share of the judged texts that occur word for word in training."""
    known = set(train_texts)
    return sum(clip.text in known for clip in clips) / len(clips)


def assess(judge, systems: dict[str, list], clips: list, draws: int = DRAWS, beam: int = 1) -> dict:
    """Rows, figures and warnings for named systems, each a pose (or None) a clip; a pure function of its inputs."""
    texts, real = [clip.text for clip in clips], [clip.pose for clip in clips]
    rows = {name: judge_row(judge, poses, texts, real, name, beam) for name, poses in systems.items()}
    deranged = [texts[i] for i in derangement(texts)]
    turned = {SHUFFLED: reordered(rows[SYSTEM], deranged), FLOOR: reordered(rows[TRUTH], deranged)}
    unit, clusters = cluster_unit([c.source for c in clips], [c.signer for c in clips], [c.id for c in clips])
    weights = draw_weights(clusters, draws)
    found = figures(rows, turned, weights)
    table = {name: row.plain(weights) for name, row in rows.items()}
    for name, scores in turned.items():
        table[name] = {"text": {**scores.table(), "bleu4_interval": interval(scores.bleu, weights)}}
    return {
        "clips": len(clips),
        "clusters": {"unit": unit, "count": int(clusters.max()) + 1, "draws": draws, "level": 0.95},
        "figures": found,
        "warnings": warnings_of(rows, found),
        "rows": {name: table[name] for name in dict.fromkeys([SYSTEM, SHUFFLED, TRUTH, FLOOR, *table])},
    }


def build(options: argparse.Namespace) -> dict:
    """The whole report as plain values."""
    from sign_latent import registry
    from sign_latent.corpus.read import Corpus
    from sign_latent.evaluator.back_translation import load_judge
    from sign_latent.generation.api import load as load_generator

    corpus = Corpus.open(options.corpus)
    judged = corpus.split(options.split, dominant=True)
    clips = [judged[i] for i in range(len(judged))[: options.clips]]
    judge = load_judge(options.judge)
    generator, card = load_generator(options.generator), registry.find(options.generator)[1]
    frames = [len(clip.pose) for clip in clips] if options.given_length else None
    chosen = {"seed": options.seed, "steps": options.steps, "guidance": options.guidance}
    settings = {name: value for name, value in chosen.items() if value is not None}
    parent = card.parents.get("autoencoder")
    train = corpus.split("train", dominant=True)
    context = Context(clips, train, registry.load(parent).model if parent else None)
    systems = {SYSTEM: generate_all(generator, [clip.text for clip in clips], frames, settings)}
    systems |= {name: control(context) for name, control in CONTROLS.items() if parent or name != THROUGH}
    return {
        "version": VERSION,
        "generator": {"name": card.reference, "parents": card.parents, "settings": settings},
        "length": "given" if options.given_length else "predicted",
        "judge": {"name": judge.card.reference, "beam": options.beam},
        "corpus": {"hash": corpus.hash, "split": options.split, "fps": corpus.fps, "skeleton": corpus.skeleton.name},
        "texts_seen_in_training": overlap(clips, train.texts),
        "signatures": signatures(),
        "units": {"mpjpe": "shoulder widths", "pa_mpjpe": "shoulder widths", "dtw": "shoulder widths"},
        **assess(judge.model, systems, clips, options.draws, options.beam),
    }


def write(report: dict, out: Path) -> None:
    """report.json and report.html, each whole or not at all."""
    from sign_latent.files import file_aside

    with file_aside(out / "report.json") as path:
        path.write_text(json.dumps(finite(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with file_aside(out / "report.html") as path:
        path.write_text(html_of(report), encoding="utf-8")


def finite(value):
    """JSON knows no nan: it becomes null."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="name of a published generator")
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for report.json and report.html")
    parser.add_argument("--split", default="test_sentences", help="split that is judged")
    parser.add_argument("--judge", default="judge-report", help="name of a published judge of texts")
    parser.add_argument("--clips", type=int, help="judge only the first so many clips")
    parser.add_argument("--beam", type=int, default=1, help="beam of the judge")
    parser.add_argument("--given-length", action="store_true", help="give the generator the recordings' lengths")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--guidance", type=float, help="guidance (default: the generator's)")
    parser.add_argument("--draws", type=int, default=DRAWS, help="bootstrap draws")
    options = parser.parse_args(arguments)
    if options.draws < 100 or (options.clips is not None and options.clips < 2):
        raise UserError("a report needs at least 2 clips and 100 bootstrap draws")
    return options


def main() -> None:
    options = parse()
    report = build(options)
    write(report, options.out)
    figure = report["figures"]["main_figure"]
    low, high = figure["interval"]
    print(f"(system - floor) / (ground truth - floor) = {figure['value']:.3f} [{low:.3f}, {high:.3f}]")
    for warning in report["warnings"]:
        print(f"warning: {warning}")
    print(options.out / "report.html")


if __name__ == "__main__":
    run(main)

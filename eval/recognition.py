"""Are generated signs recognisable, varied, and not copied? Isolated signs (gloss -> pose), as one command.

Recognisers are trained on the real clips of one split that the generator never saw (`--judge-split`, default dev); with
them, generated clips of the same glosses are compared with the generator's own training clips.

python eval/recognition.py --generator NAME --corpus CORPUS --out DIR
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from eval.beside import stretched_seen
from eval.bootstrap import draw_weights, interval, mean_of
from eval.case import ACCUSATION
from eval.computing import add_device
from eval.controls import CONTROLS, Context, derangement
from eval.leaks import judge_leaks
from eval.report import finite, generate_all
from eval.sections import Net, beginnings, refuse_guide
from eval.variety import SHOULDER_WIDTH_CM, Motions, diversity, nearest
from sign_latent.card import Card
from sign_latent.errors import Parser, UserError, run
from sign_latent.pose.pose import Pose

VERSION = 1
REAL, SYSTEM, SHUFFLED = "real training clips", "system", "system, shuffled text"
STATIC, THROUGH = "static mean pose", "ground truth through the autoencoder"
DIVERSITY_WANTED = 0.7
RECIPE = Path(__file__).resolve().parents[1] / "configs" / "recogniser" / "small.yaml"


@torch.no_grad()
def probabilities(recogniser, poses: list, batch_size: int = 32) -> np.ndarray:
    """Probability [n, G] of each gloss; a failed clip gets nan everywhere, which is never right."""
    from sign_latent.corpus.batching import pad
    from sign_latent.evaluator.back_translation import prepared

    ready = [prepared(pose, recogniser.settings.fps) for pose in poses]
    whole = sorted((i for i, pose in enumerate(ready) if pose is not None), key=lambda i: len(ready[i]))
    found = np.full((len(poses), len(recogniser.settings.glosses)), np.nan)
    for first in range(0, len(whole), batch_size):
        rows = whole[first : first + batch_size]
        points, mask = pad([np.array(ready[i].points) for i in rows])
        confidence, _ = pad([np.array(ready[i].confidence) for i in rows])
        found[rows] = recogniser(points, mask, confidence).softmax(-1).numpy()
    return found


def hidden_alike(pose: Pose | None, real: Pose) -> Pose | None:
    """The clip without what the recording hides at the same share of its length."""
    if pose is None or len(pose) == 0:
        return pose
    seen = stretched_seen(real, len(pose))
    return replace(pose, confidence=np.where(seen, pose.confidence, 0).astype(pose.confidence.dtype))


def ranks(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Place [n] of the right gloss among the scores, 0 the first; ties and failed clips count against."""
    own = scores[np.arange(len(labels)), labels][:, None]
    rank = (scores >= own).sum(1) - 1
    return np.where(np.isnan(scores).any(1), scores.shape[1], rank)


def accuracy(placed: list[np.ndarray], weights: np.ndarray) -> dict:
    """Top-1 and top-5 in percent over several recognisers, with intervals over resampled glosses."""
    result = {}
    for most in (1, 5):
        right = np.mean([place < most for place in placed], 0)
        low, high = interval(mean_of(100 * right), weights)
        spread = [float(100 * np.mean(place < most)) for place in placed]
        result[f"top{most}"] = {"value": float(100 * right.mean()), "interval": [low, high], "recognisers": spread}
    return result


def verdicts(rows: dict, real_variety: float, near: dict[str, np.ndarray]) -> dict[str, dict]:
    """The three questions and their answers."""
    own, real = rows[SYSTEM]["top1"]["value"], rows[REAL]["top1"]["value"]
    share = rows[SYSTEM]["diversity_cm"] / real_variety if real_variety > 0 else float("nan")
    made, held = float(np.median(near["system"])), float(np.median(near["held out"]))
    return {
        "recognised at least as often as real training clips": {"system": own, "real": real, "holds": own >= real},
        "as varied": {"share_of_real": share, "wanted": DIVERSITY_WANTED, "holds": share >= DIVERSITY_WANTED},
        "not copied": {"nearest_cm": made, "held_out_nearest_cm": held, "holds": made >= held},
    }


def doubts(recogniser: Net, corpus_hash: str, split: str, generator: Card) -> list[str]:
    """What cannot be examined about a recogniser that is to judge clips of a split, and what began its training.

    UserError where either was trained on that split, or the generator on either.
    """
    refuse_guide(recogniser, [generator], "recogniser")
    found = []
    for card in (recogniser.card, *beginnings(recogniser.card)):
        began = "" if card is recogniser.card else f"recogniser {recogniser.name} began with {card.reference}: "
        for leak in judge_leaks(card, corpus_hash, split):
            if leak.severity == ACCUSATION:
                raise UserError(f"{began}{leak.reason}; name one of another split, or leave --recogniser out")
            found.append(f"{began}{leak.reason}")
    return found


def recognisers(options: argparse.Namespace, corpus, generator: Card) -> tuple[list, list[str], list[str]]:
    """The named recognisers, or fresh ones of several seeds trained on the judging split; what they are called, and
    what is doubtful about them. UserError for those that know the judged clips."""
    from sign_latent import registry

    if options.recogniser:
        found = [registry.load(name, expect={"model": "recogniser"}) for name in options.recogniser]
        nets = [Net(one.card.reference, one.model, one.card) for one in found]
        doubtful = [doubt for net in nets for doubt in doubts(net, corpus.hash, options.train_split, generator)]
        return [net.model for net in nets], [net.name for net in nets], doubtful
    if options.judge_split == options.train_split:
        raise UserError(
            f"judge-split {options.judge_split}: is the split that is judged; give one that the generator never saw"
        )
    glosses = sorted({gloss for split in corpus.splits for gloss in corpus.split(split).glosses})
    seeds = range(options.recognisers)
    names = [f"trained here on split {options.judge_split}, seed {seed}" for seed in seeds]
    return [fresh(corpus.split(options.judge_split), glosses, seed, options) for seed in seeds], names, []


def fresh(clips, glosses: list[str], seed: int, options: argparse.Namespace):
    """One recogniser trained by the recipe, in memory; nothing is published."""
    import tempfile

    import yaml

    from sign_latent.evaluator.augment import Augment
    from sign_latent.evaluator.recogniser import Settings
    from sign_latent.training import TrainSettings
    from stages.recogniser import trained

    recipe = yaml.safe_load(options.recipe.read_text(encoding="utf-8"))
    how = {**recipe.get("train", {}), "seed": seed, "logger": "none"}
    if options.recogniser_steps:
        how["steps"] = options.recogniser_steps
    with tempfile.TemporaryDirectory() as room:
        settings, changes = Settings(**recipe.get("model", {})), Augment(**recipe.get("augment", {}))
        return trained("recogniser", clips, glosses, settings, changes, TrainSettings(**how, runs=room))[0].eval()


def assess(judges: list, systems: dict[str, list], train: list, held_out: list, draws: int = 1000) -> dict:
    """The table and the three answers; systems map a row's name to one pose (or None) a training clip.

    A clip hides what the training clip in its place hides: recordings lose hands, which tell most and move most, and a
    clip that shows them all would be recognised more often and look more varied for it.
    """
    glosses = [clip.gloss for clip in train]
    labels = judges[0].labels(glosses).numpy()
    turned = labels[derangement(glosses)]
    weights = draw_weights(np.unique(labels, return_inverse=True)[1], draws)
    rows, near = {}, {}
    motions = Motions([clip.pose for clip in train])
    for name, shown in systems.items():
        poses = [hidden_alike(pose, clip.pose) for pose, clip in zip(shown, train, strict=True)]
        scores = [probabilities(judge, poses) for judge in judges]
        rows[name] = accuracy([ranks(score, labels) for score in scores], weights)
        rows[name]["failures"] = sum(pose is None or len(pose) == 0 for pose in poses)
        if name == SYSTEM:
            rows[SHUFFLED] = accuracy([ranks(score, turned) for score in scores], weights)
        whole = [i for i, pose in enumerate(poses) if pose is not None and len(pose) > 0]
        made = Motions([poses[i] for i in whole]) if whole else None
        rows[name]["diversity_cm"] = diversity(made, [glosses[i] for i in whole]) if made else 0.0
        if name == SYSTEM and made:
            near["system"] = nearest(made, motions)
    near["held out"] = nearest(Motions([clip.pose for clip in held_out]), motions)
    answers = verdicts(rows, rows[REAL]["diversity_cm"], near)
    spread = {name: np.quantile(values, [0.1, 0.5, 0.9]).tolist() for name, values in near.items()}
    chance = 100 / len(set(glosses))
    return {"rows": rows, "nearest_cm": spread, "chance": chance, "answers": answers, "clips": len(train)}


def build(options: argparse.Namespace) -> dict:
    """The whole protocol as plain values."""
    from sign_latent import registry
    from sign_latent.corpus.read import Corpus
    from sign_latent.evaluator.clips import check_recorded
    from sign_latent.generation.api import load as load_generator

    corpus = Corpus.open(options.corpus)
    splits = {name: corpus.split(name) for name in (options.train_split, options.judge_split)}
    for name, clips in splits.items():
        check_recorded(clips, f"some clips of split {name}")
    train, held_out = (list(splits[name]) for name in (options.train_split, options.judge_split))
    generator, card = load_generator(options.generator, device=options.device), registry.find(options.generator)[1]
    judges, names, doubtful = recognisers(options, corpus, card)
    if card.corpus_hash != corpus.hash:
        doubtful.append(f"generator {card.reference} was trained on another corpus; whether it saw these is not known")
    chosen = {"seed": options.seed, "steps": options.steps, "guidance": options.guidance}
    settings = {name: value for name, value in chosen.items() if value is not None}
    settings |= {"vary_length": True} if options.vary_length else {}
    parent = card.parents.get("autoencoder")
    context = Context(train, corpus.split(options.train_split), registry.load(parent).model if parent else None)
    systems = {REAL: [clip.pose for clip in train]}
    systems[SYSTEM] = generate_all(generator, train, None, settings)
    systems |= {name: CONTROLS[name](context) for name in (THROUGH, STATIC) if parent or name != THROUGH}
    return {
        "version": VERSION,
        "generator": {"name": card.reference, "parents": card.parents, "settings": settings},
        "recognisers": names,
        "doubts": doubtful,
        "corpus": {"hash": corpus.hash, "judged": options.train_split, "judges_trained_on": options.judge_split},
        "shoulder_width_cm": SHOULDER_WIDTH_CM,
        **assess(judges, systems, train, held_out, options.draws),
    }


def lines_of(report: dict) -> list[str]:
    """The report as a table for the terminal."""
    lines = [f"{'':40}{'top-1':>8}{'top-5':>8}{'diversity':>11}   chance {report['chance']:.1f} %"]
    for name, row in report["rows"].items():
        varied = f"{row['diversity_cm']:8.1f} cm" if row.get("diversity_cm") is not None else ""
        lines.append(f"{name:40}{row['top1']['value']:8.1f}{row['top5']['value']:8.1f}{varied:>11}")
    for name, values in report["nearest_cm"].items():
        lines.append(
            f"nearest training clip of {name}: {values[1]:.1f} cm (10 %: {values[0]:.1f}, 90 %: {values[2]:.1f})"
        )
    for name, answer in report["answers"].items():
        facts = ", ".join(f"{k} {v:.2f}" for k, v in answer.items() if k != "holds")
        lines.append(f"{name}: {'yes' if answer['holds'] else 'NO'} ({facts})")
    return lines + [f"warning: {doubt}" for doubt in report.get("doubts", [])]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="name of a published generator")
    parser.add_argument("--corpus", required=True, help="corpus of isolated signs: text and gloss name the sign")
    parser.add_argument("--out", required=True, type=Path, help="folder for recognition.json")
    parser.add_argument("--train-split", default="train", help="split the generator was trained on")
    parser.add_argument("--judge-split", default="dev", help="split the recognisers are trained on")
    parser.add_argument("--recognisers", type=int, default=3, help="recognisers to train, of different seeds")
    parser.add_argument("--recogniser", action="append", help="a published recogniser instead (may be repeated)")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="how recognisers are trained")
    parser.add_argument("--recogniser-steps", type=int, help="training steps instead of the recipe's")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--guidance", type=float, help="guidance (default: the generator's)")
    parser.add_argument("--vary-length", action="store_true", help="draw lengths instead of taking the median")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws over glosses")
    add_device(parser)
    return parser.parse_args(arguments)


def main() -> None:
    from sign_latent.files import file_aside

    options = parse()
    report = build(options)
    with file_aside(options.out / "recognition.json") as path:
        path.write_text(json.dumps(finite(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(lines_of(report)))


if __name__ == "__main__":
    run(main)

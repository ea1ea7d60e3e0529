"""Every ablation of the papers in one table: trains the variants of recipes, signs with each, has a judge read them.

python -m eval.ablations --corpus CORPUS --out DIR [--recipe FILE …] [--clips 60] [--seeds 3] [--training-seeds 3]

A row is a stage of a recipe with a key ``shows``. The best and the worst variant of each recipe are trained again from
other seeds, since a difference smaller than that between seeds means nothing. What is published and scored already is
kept: stopped, the command goes on; run for several recipes at a time into one DIR, it tables all at the end.
"""

from __future__ import annotations

import argparse
import resource
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval import references as known
from eval.ablation_table import Ablation, lines_of, page_of, ranked
from eval.bootstrap import Sample
from eval.figures import figures
from eval.judging import Judge, deranged, loaded, read_all
from eval.lengths import seconds_of, weighted_median
from eval.report_file import from_json, to_json
from eval.rows import STATISTICS, SYSTEM, TRUTH
from eval.systems import generated
from sign_latent import registry
from sign_latent.corpus.read import Corpus
from sign_latent.errors import Parser, UserError, run
from sign_latent.files import file_aside
from stages.recipe import command, is_published, read_recipe, run_to_end

RECIPES = tuple(f"configs/recipes/{name}/ablations.yaml" for name in ("sign_sald", "text2signdiff", "signvip"))


def corpus_of(stages: list[dict], corpus: Path, out: Path) -> Path:
    """The corpus on the skeleton that the recipe's stages want; converted into ``out`` where it is on another."""
    wanted = {stage["skeleton"] for stage in stages if "skeleton" in stage} or {Corpus.open(corpus).skeleton.name}
    if len(wanted) > 1:
        raise UserError(f"recipe: its stages want the skeletons {', '.join(sorted(wanted))}; give one")
    (name,) = wanted
    if Corpus.open(corpus).skeleton.name == name:
        return corpus
    found = out / f"corpus-{name}"
    if not found.exists():
        from data_prep.convert import convert
        from data_prep.formats.source import Options

        convert("corpus", corpus, found, Options(skeleton=name))
    return found


def train(stage: dict, corpus: Path, prefix: str, seed: int, out: Path) -> None:
    """Publishes a stage unless it is there, and notes the processor seconds that it took, over all its attempts."""
    name = prefix + stage["name"]
    if is_published(name):
        return
    print(f"{name}: stage {stage['stage']}", file=sys.stderr)
    settings = [("train.seed", str(seed))] if seed else []
    start = of_children()
    try:
        code = run_to_end(command(stage, str(corpus), prefix, settings))
    finally:
        (out / "seconds").mkdir(parents=True, exist_ok=True)
        with open(out / "seconds" / name, "a", encoding="utf-8") as notes:
            notes.write(f"{of_children() - start:.1f}\n")
    if code:
        raise UserError(f"{name}: stage {stage['stage']} ended with code {code}; see above")


def of_children() -> float:
    """Processor seconds of all processes that were begun here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(out: Path, name: str) -> float | None:
    """Processor seconds that the training of an artefact took; None where it was trained elsewhere."""
    notes = out / "seconds" / name
    return sum(map(float, notes.read_text().split())) if notes.exists() else None


def training_steps(name: str) -> int:
    """Steps that a published artefact was trained, as its configuration says."""
    import yaml

    folder, _ = registry.find(name)
    return int(yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))["train"]["steps"])


def scored(ablation: Ablation, references: known.References, judge: Judge, seeds: range) -> Ablation:
    """The row with its figures: lengths are the generator's own."""
    clips = references.clips
    submission = generated(ablation.artefact, references, ["predicted"], seeds, {})
    runs = submission.runs | {TRUTH: [[clip.pose for clip in clips]]}
    matched, sample = read_all(judge, runs, clips), Sample.of(clips)
    readings = matched | deranged(matched, (SYSTEM, TRUTH), [clip.text for clip in clips])
    found = figures(readings, SYSTEM, sample)
    ratio = weighted_median(seconds_of(runs[SYSTEM][0]) / seconds_of([clip.pose for clip in clips]))
    return replace(
        ablation,
        main_figure=found["main_figure"],
        text_gap=found["text_gap"],
        bleu4=sample.estimate([STATISTICS["bleu4"](reading) for reading in matched[SYSTEM]]),
        truth=STATISTICS["bleu4"](matched[TRUTH][0])(np.ones(len(clips))),
        duration_ratio=sample.estimate([ratio]),
    )


def row_of(stage: dict, recipe: str, corpus: Path, seed: int, options: argparse.Namespace, judge: Judge) -> Ablation:
    """A variant trained and scored, or as it was scored before under the same conditions."""
    stage = stage | ({"name": f"{stage['name']}-seed{seed}"} if seed else {})
    train(stage, corpus, options.prefix, seed, options.out)
    name = options.prefix + stage["name"]
    card = registry.find(name)[1]
    conditions = {"clips": options.clips, "seeds": options.seeds, "split": options.split, "judge": judge.name}
    about = Ablation(
        recipe=recipe,
        shows=stage["shows"],
        artefact=card.reference,
        training_seed=seed,
        steps=training_steps(name),
        seconds=seconds(options.out, name),
        parameters=sum(p.numel() for p in registry.load(name).model.parameters()),
        audit_gap=(card.audit or {}).get("gap_shuffled"),
        audit_interval=(card.audit or {}).get("gap_shuffled_interval"),
        conditions=conditions | {"corpus": Corpus.open(corpus).hash},
    )
    kept = options.out / "scores" / f"{card.reference}.json"
    if kept.exists():
        before = from_json(kept.read_text(encoding="utf-8"), str(kept), Ablation)
        if before.conditions == about.conditions:
            return before
    references = known.of_corpus(str(corpus), [options.split], options.clips)
    found = scored(about, references, judge, range(options.seeds))
    with file_aside(kept) as path:
        path.write_text(to_json(found), encoding="utf-8")
    return found


def recipe_rows(path: str, options: argparse.Namespace, judge: Judge) -> list[Ablation]:
    """The rows of one recipe: every variant, then its best and worst from further seeds."""
    stages, recipe = read_recipe(path), Path(path).parent.name
    corpus = corpus_of(stages, Path(options.corpus), options.out)
    rows = []
    for stage in stages:
        if "shows" in stage:
            rows.append((row_of(stage, recipe, corpus, 0, options, judge), stage))
        else:
            train(stage, corpus, options.prefix, 0, options.out)
    if not rows:
        raise UserError(f"recipe {path}: none of its stages has a key 'shows', so there is nothing to compare")
    order, again = ranked([row for row, _ in rows]), []
    ends = [stage for row, stage in rows if row in (order[0], order[-1])]
    again = [
        row_of(stage, recipe, corpus, seed, options, judge)
        for stage in ends
        for seed in range(1, options.training_seeds)
    ]
    return [row for row, _ in rows] + again


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m eval.ablations", description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for scores, ablations.json and ablations.html")
    parser.add_argument("--recipe", action="append", help="recipe with variants (repeatable; default: of all papers)")
    parser.add_argument("--prefix", default="ablation-", help="put before every published name")
    parser.add_argument("--split", default="test_sentences", help="split whose texts are signed")
    parser.add_argument("--clips", type=int, default=60, help="its first so many clips")
    parser.add_argument("--seeds", type=int, default=3, help="generation seeds")
    parser.add_argument("--training-seeds", type=int, default=3, help="of the best and the worst variant")
    parser.add_argument("--judge", default="judge-report", help="a published back-translator")
    options = parser.parse_args(arguments)
    if options.clips < 2 or options.seeds < 1 or options.training_seeds < 1:
        raise UserError("ablations: give at least 2 clips, one seed and one training seed")
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    judge = loaded(options.judge, beam=1)
    options.out.mkdir(parents=True, exist_ok=True)
    for recipe in options.recipe or RECIPES:
        recipe_rows(recipe, options, judge)
    kept = sorted((options.out / "scores").glob("*.json"))
    rows = [from_json(path.read_text(encoding="utf-8"), str(path), Ablation) for path in kept]
    with file_aside(options.out / "ablations.html") as path:
        path.write_text(page_of(rows), encoding="utf-8")
    print("\n".join(lines_of(rows)))
    print(options.out / "ablations.html")


if __name__ == "__main__":
    run(main)

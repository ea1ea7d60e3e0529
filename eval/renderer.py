"""Scores a renderer's videos beside controls: renderer.json, renderer.html and a contact sheet, renderer.png.

python -m eval.renderer --renderer NAME --corpus CORPUS --out DIR --regressor video-pose --classifier video-signs
python -m eval.renderer --renderer NAME --corpus CORPUS --out DIR --classifier video-signs --signs

Recordings are drawn signers in motion from the corpus. What measures is trained in the project, frozen, and named by
its hash (stages/video_judges.py); a score whose instrument is not given is left out, and the report says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from eval.report_file import to_json
from eval.sections import Net, refuse_guide
from eval.video import plugged
from eval.video.extraction import Extraction
from eval.video.measure import Ground, Instruments
from eval.video.page import html_of, lines_of
from eval.video.report import Task, compose
from eval.video.scenes import Scene, Stage, scenes_of, single_signs
from eval.video.schema import Judged, Recordings
from eval.video.sheet import png, sheet, write
from eval.video.systems import CONDITIONS, heeds_reference, systems_of
from sign_latent import registry
from sign_latent.cache import cache_directory
from sign_latent.corpus.read import Corpus
from sign_latent.errors import Parser, UserError, run
from sign_latent.renderer.trained import load_renderer

SHEET_CLIPS = 3
MISSING = {
    "regressor": "re-estimated points and the perceptual distance are left out: no --regressor is given",
    "classifier": "signs read and distances of windows are left out: no --classifier is given",
    "judge": "back-translation is left out: no --judge is given, or no --regressor whose poses it could read",
}
"""Instrument -> what is said where it is not given."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. UserError for what contradicts itself."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--renderer", required=True, help="name of a published renderer")
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for renderer.json, .html and .png")
    parser.add_argument("--split", action="append", help="split that is judged (repeatable; default test_sentences)")
    parser.add_argument("--clips", type=int, default=40, help="the first so many clips of each split")
    parser.add_argument("--frames", type=int, default=48, help="the first so many frames of each clip; 0 takes all")
    parser.add_argument("--signs", action="store_true", help="judge single signs instead, those the classifier knows")
    parser.add_argument("--size", type=int, help="side of the pictures in pixels (default: the renderer's)")
    parser.add_argument("--looks", type=int, default=64, help="looks that signers are drawn from")
    parser.add_argument("--look-seed", type=int, default=1, help="draws the looks of the clips")
    parser.add_argument("--body", default="capsules", help="what signers are made of: as for drawing")
    parser.add_argument("--seeds", type=int, default=1, help="generation seeds")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--option", action="append", metavar="NAME=VALUE", help="given to the renderer (repeatable)")
    parser.add_argument("--regressor", help="a published pose regressor (stages/video_judges.py)")
    parser.add_argument("--classifier", help="a published video classifier (stages/video_judges.py)")
    parser.add_argument("--judge", help="a published judge of texts that reads the poses that are seen again")
    parser.add_argument("--clip-weights", type=Path, help="a local folder of CLIP in Hugging Face's form, for CLIP-FID")
    parser.add_argument("--inception-weights", type=Path, help="torch-fidelity's Inception weights, for FID")
    parser.add_argument("--extractor", help="mediapipe or mediapipe-tasks: find points again by it as well")
    parser.add_argument("--extractor-model", type=Path, help="a .task file, for mediapipe-tasks")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws over clusters of clips")
    options = parser.parse_args(arguments)
    for name, least in {"clips": 2, "frames": 0, "seeds": 1, "draws": 1, "looks": 1}.items():
        if getattr(options, name) < least:
            raise UserError(f"--{name} {getattr(options, name)}: give at least {least}")
    if options.signs and not options.classifier:
        raise UserError("--signs: which signs is told by a --classifier; give one")
    if options.judge and not options.regressor:
        raise UserError("--judge: reads poses that are seen again by a --regressor; give one")
    return options


def renderer_of(name: str) -> tuple[Any, registry.Card]:
    """A published renderer and its card. UserError for what renders nothing, or is given what cannot be given here."""
    renderer, card = load_renderer(name)
    if renderer.condition not in CONDITIONS:
        known = ", ".join(CONDITIONS)
        raise UserError(f"artefact {name}: is given {renderer.condition}; renderers of {known} can be judged")
    return renderer, card


def value_of(text: str) -> tuple[str, Any]:
    """`NAME=VALUE` as a name and a number, or a word. UserError where there is no `=`."""
    name, sign, value = text.partition("=")
    if not sign:
        raise UserError(f"--option {text}: is not NAME=VALUE")
    for kind in (int, float):
        with suppress(ValueError):
            return name, kind(value)
    return name, value


def stage_of(options: argparse.Namespace, settings: Any) -> Stage:
    """How recordings are drawn for a renderer: in its size and at its frame rate. UserError for other than squares."""
    size = options.size or getattr(settings, "size", None)
    if isinstance(size, Sequence) and len(set(size)) == 1:
        size = size[0]
    if not isinstance(size, int):
        raise UserError(f"renderer {options.renderer}: makes pictures of {size} pixels; only squares can be judged")
    looks, frames = options.looks, options.frames or None
    return Stage(size, settings.fps, looks, options.body, frames, options.look_seed)


def settings_of(renderer: Any) -> Any:
    """Of the renderer, or of the model within it."""
    return renderer.settings if hasattr(renderer, "settings") else renderer.model.settings


def instrument(name: str | None, kind: str, systems: Sequence[registry.Card]) -> registry.Artefact | None:
    """A published judge that had no part in the training of what it judges. UserError for any other artefact."""
    if name is None:
        return None
    found = registry.load(name, expect={"model": kind})
    refuse_guide(Net(found.card.reference, found.model, found.card), systems, kind.replace("_", " "))
    return found


def scenes_for(options: argparse.Namespace, corpus: Corpus, how: Stage, classifier: Any) -> list[Scene]:
    """The clips that are judged, or single signs of them."""
    # as the judges of texts have learnt to read: with the dominant hand on the right
    splits = [corpus.split(name, dominant=True) for name in options.split or ["test_sentences"]]
    watched, glosses = (16, []) if classifier is None else (classifier.settings.frames, classifier.settings.glosses)
    if options.signs:
        clips = single_signs([clip for part in splits for clip in part], watched, glosses, options.clips)
    else:
        clips = [part[i] for part in splits for i in range(min(options.clips, len(part)))]
    return scenes_of(clips, how, cache_directory(), watched, glosses)


def task_of(options: argparse.Namespace, held: ExitStack) -> Task:
    """Everything that is loaded before anything is rendered. UserError for what does not go together."""
    renderer, card = renderer_of(options.renderer)
    regressor = instrument(options.regressor, "pose_regressor", [card])
    classifier = instrument(options.classifier, "video_classifier", [card])
    judge = judge_of(options.judge, regressor)
    nets = {}
    if options.clip_weights:
        nets["CLIP"] = plugged.clip(options.clip_weights)
    if options.inception_weights:
        nets["Inception"] = plugged.inception(options.inception_weights)
    corpus = Corpus.open(options.corpus)
    how = stage_of(options, settings_of(renderer))
    given_options = dict(map(value_of, options.option or []))
    extraction = extraction_of(options, how.fps, held)
    tools = Instruments(*(a and a.model for a in (regressor, classifier)), nets, extraction, how.fps, judge is not None)
    scenes = scenes_for(options, corpus, how, tools.classifier)
    kind = renderer.condition
    given = {"regressor": regressor, "classifier": classifier, "judge": judge}
    named = {role: artefact.card.reference for role, artefact in given.items() if artefact}
    named |= {f"net {name}": net.name for name, net in nets.items()}
    seeds = list(range(options.seed, options.seed + options.seeds))
    splits, frames = options.split or ["test_sentences"], sum(len(scene.real) for scene in scenes)
    return Task(
        Judged(card.reference, kind, card.parents, given_options, seeds),
        Recordings(
            corpus.hash, splits, len(scenes), frames, how.size, how.fps, len({s.look for s in scenes}), how.body
        ),
        named,
        scenes,
        systems_of(renderer, kind, given_options),
        tools,
        Ground.of(scenes, kind != "text", heeds_reference(renderer)),
        judge and judge.model,
        options.draws,
        tuple(line for role, line in MISSING.items() if given[role] is None),
    )


def judge_of(name: str | None, regressor: registry.Artefact | None) -> registry.Artefact | None:
    """A judge of texts that can read what the regressor sees. UserError where it reads another skeleton."""
    from sign_latent.evaluator.back_translation import load_judge

    if name is None or regressor is None:
        return None
    judge = load_judge(name)
    seen, read = regressor.model.settings.skeleton, judge.model.settings.skeleton
    if seen != read:
        raise UserError(
            f"judge {name}: reads skeleton {read}, and {regressor.card.name} sees {seen}; name another judge"
        )
    return judge


def extraction_of(options: argparse.Namespace, fps: float, held: ExitStack) -> Extraction | None:
    """The extractor that is asked for, open until `held` closes. UserError where it is not installed."""
    from data_prep.extraction.backend import Settings, open_extractor

    if not options.extractor:
        return None
    return Extraction(held.enter_context(open_extractor(Settings(options.extractor, options.extractor_model))), fps)


def main() -> None:
    from sign_latent.files import check_place, file_aside

    options = parse()
    check_place(options.out / "renderer.json")
    with ExitStack() as held:
        task = task_of(options, held)
        report, shown = compose(task, SHEET_CLIPS)
    pictures = png(sheet(task.scenes, shown))
    for name, content in {"renderer.json": to_json(report), "renderer.html": html_of(report, pictures)}.items():
        with file_aside(options.out / name) as aside:
            aside.write_text(content, encoding="utf-8")
    write(pictures, options.out / "renderer.png")
    print("\n".join(lines_of(report)))
    print(options.out / "renderer.html")


if __name__ == "__main__":
    run(main)

"""Scores a renderer's videos beside controls: renderer.json, renderer.html and a contact sheet, renderer.png.

python -m eval.renderer --renderer NAME --corpus CORPUS --out DIR --regressor video-pose --classifier video-signs
python -m eval.renderer --renderer NAME --corpus CORPUS --out DIR --classifier video-signs --signs
python -m eval.renderer --renderer NAME --model WRITER --corpus CORPUS --out DIR --regressor video-pose
python -m eval.renderer --videos FOLDER --made-from text --size 96 --corpus CORPUS --out DIR --regressor video-pose

Recordings are drawn signers in motion from the corpus. What measures is trained in the project, frozen, and named by
its hash (stages/video_judges.py); a score whose instrument is not given is left out, and the report says so.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from eval.computing import add_device
from eval.report_file import to_json
from eval.video.chain import LENGTHS
from eval.video.loading import NETS, task_of
from eval.video.page import html_of, lines_of
from eval.video.report import compose
from eval.video.sheet import png, sheet, write
from eval.video.systems import CONDITIONS
from sign_latent.device import AUTO
from sign_latent.errors import Parser, UserError, run
from sign_latent.renderer.aspect import Size

SHEET_CLIPS = 3


def size_of(text: str) -> Size:
    """`96`, or `272x224`: a side, or height and width. UserError for anything else."""
    found = [int(side) for side in text.split("x") if side.isdecimal()]
    if len(found) != 1 + text.count("x") or len(found) > 2 or not all(found):
        raise UserError(f"--size {text}: give a side in pixels, or height and width as in 272x224")
    return found[0] if len(set(found)) == 1 else found


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. UserError for what contradicts itself."""
    parser = Parser(description=__doc__.splitlines()[0])
    system = parser.add_mutually_exclusive_group(required=True)
    system.add_argument("--renderer", help="name of a published renderer")
    system.add_argument("--videos", type=Path, help="folder of another system's videos or .npy, named by clip ids")
    parser.add_argument("--model", help="a published model that signs the clips' texts for the renderer: judge both")
    parser.add_argument("--lengths", choices=LENGTHS, help="of --model: the recordings' (given) or its own")
    parser.add_argument("--model-option", action="append", metavar="NAME=VALUE", help="given to --model (repeatable)")
    parser.add_argument("--made-from", choices=tuple(CONDITIONS), help="of --videos: what they were made from")
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for renderer.json, .html and .png")
    parser.add_argument("--split", action="append", help="split that is judged (repeatable; default test_sentences)")
    parser.add_argument("--clips", type=int, default=40, help="the first so many clips of each split")
    parser.add_argument("--frames", type=int, default=48, help="the first so many frames of each clip; 0 takes all")
    parser.add_argument("--signs", action="store_true", help="judge single signs instead, those the classifier knows")
    parser.add_argument(
        "--size", type=size_of, help="pixels of the pictures, a side or HEIGHTxWIDTH (default: the renderer's)"
    )
    parser.add_argument("--looks", type=int, default=64, help="looks that signers are drawn from")
    parser.add_argument("--look-seed", type=int, default=1, help="draws the looks of the clips")
    parser.add_argument("--body", default="capsules", help="what signers are made of: as for drawing")
    parser.add_argument("--seeds", type=int, default=1, help="generation seeds")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--option", action="append", metavar="NAME=VALUE", help="given to the renderer (repeatable)")
    add_device(parser, "--renderer, --model and given nets")
    parser.add_argument("--regressor", help="a published pose regressor (stages/video_judges.py)")
    parser.add_argument("--classifier", help="a published video classifier (stages/video_judges.py)")
    parser.add_argument("--judge", help="a published judge of texts that reads the poses that are seen again")
    parser.add_argument("--clip-weights", type=Path, help="a local folder of CLIP in Hugging Face's form, for CLIP-FID")
    parser.add_argument("--video-weights", type=Path, help="a local folder of VideoMAE in Hugging Face's form, for FVD")
    parser.add_argument("--i3d-weights", type=Path, help="rgb_imagenet.pt of pytorch-i3d, for FVD as published")
    parser.add_argument("--inception-weights", type=Path, help="torch-fidelity's Inception weights, for FID")
    parser.add_argument("--extractor", help="mediapipe or mediapipe-tasks: find points again by it as well")
    parser.add_argument("--extractor-model", type=Path, help="a .task file, for mediapipe-tasks")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws over clusters of clips")
    options = parser.parse_args(arguments)
    for name, least in {"clips": 2, "frames": 0, "seeds": 1, "draws": 1, "looks": 1}.items():
        if getattr(options, name) < least:
            raise UserError(f"--{name} {getattr(options, name)}: give at least {least}")
    if (options.videos is None) != (options.made_from is None) or (options.videos and not options.size):
        raise UserError("--videos: say with --made-from and --size what they were made from and how large they are")
    if options.model is None and (options.lengths or options.model_option):
        raise UserError("--lengths, --model-option: are of what signs the texts; give --model")
    if options.videos and options.device != AUTO and not any(getattr(options, option) for option, _ in NETS.values()):
        raise UserError("--device: is where a renderer makes its pictures, and given nets see them; give either")
    if options.model and options.videos:
        raise UserError("--model: signs for a renderer; give --renderer, not --videos")
    options.lengths = options.lengths or ("given" if options.model else "")
    if options.signs and not options.classifier:
        raise UserError("--signs: which signs is told by a --classifier; give one")
    if options.judge and not options.regressor:
        raise UserError("--judge: reads poses that are seen again by a --regressor; give one")
    return options


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

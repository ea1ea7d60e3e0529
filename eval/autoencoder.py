"""Compares autoencoders on held-out recordings: autoencoder.json, autoencoder.html and timings.json.

python eval/autoencoder.py --autoencoder NAME [--autoencoder NAME ...] --corpus CORPUS --split dev --out DIR

The schema of autoencoder.json is `eval.autoencoder_schema`; the same inputs give the same bytes of it and of the page.
Seconds, which they never do, stand in timings.json alone.
"""

import argparse
import json
from pathlib import Path

from eval import references as known
from eval.autoencoder_compare import compare
from eval.autoencoder_page import html_of, lines_of
from eval.autoencoder_players import reconstructions, sweeps
from eval.autoencoder_rows import Instruments, Subject
from eval.autoencoder_schema import Comparison
from eval.interpretation import Slots, sweep
from eval.latent_statistics import tally
from eval.reconstruction import decoded, encoded, load_autoencoder, on_skeleton
from eval.report_file import from_json, to_json
from sign_latent.errors import Parser, UserError, run
from sign_latent.pose.pose import Pose
from sign_latent.registry import Artefact

DRAWS = 1000


def loaded(names: list[str]) -> list[Artefact]:
    """The autoencoders. UserError for one that is named twice or is none."""
    found = [load_autoencoder(name) for name in names]
    if len({artefact.card.reference for artefact in found}) < len(found):
        raise UserError("autoencoder: named twice; name each once")
    return found


def subject(artefact: Artefact, train, most: int | None) -> Subject:
    """An autoencoder, and what its latents are like over the training split (its first `most` clips)."""
    some = train if most is None else [train[i] for i in range(min(most, len(train)))]
    sums = tally(artefact.model, some, f"training split, {artefact.card.name}")
    return Subject(artefact.card.reference, artefact.model, sums, artefact.card)


def instruments(options: argparse.Namespace) -> Instruments:
    """The judge and the feature net; the judge's features where no other net is named."""
    from sign_latent import registry
    from sign_latent.evaluator.back_translation import load_judge

    judge = load_judge(options.judge) if options.judge else None
    net = registry.load(options.features) if options.features else judge
    return Instruments(judge, net, options.beam)


def page_of(report: Comparison, found: list[Subject], slots: dict[str, Slots], clips: list) -> str:
    """The page: what `report` says, the shown clips through every autoencoder, and each latent's signs and slots."""
    named = {clip.id: clip for clip in clips}
    chosen = {kind: named[name] for kind, name in report.shown.items()}
    made: dict[str, list[Pose]] = {}
    for subject in found:
        given = [on_skeleton(clip.pose, subject.model.settings.skeleton) for clip in chosen.values()]
        made[subject.name] = decoded(subject.model, list(encoded(subject.model, given)))
    posture = chosen["median"].pose
    swinging = {name: sweeps(name, one, lambda slot, one=one: sweep(one, posture, slot)) for name, one in slots.items()}
    models = {subject.name: subject.model for subject in found}
    signs = {subject.name: subject.all_signs() for subject in found}
    return html_of(report, models, signs, reconstructions(report, chosen, made), swinging)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--autoencoder", action="append", required=True, help="a published one (may be repeated)")
    parser.add_argument("--corpus", required=True, help="corpus folder with a split train")
    parser.add_argument("--split", default="dev", help="held-out split")
    parser.add_argument("--out", required=True, type=Path, help="folder for autoencoder.json, .html and timings.json")
    parser.add_argument("--judge", help="a published back-translator, which reads the reconstructions")
    parser.add_argument("--features", help="a published net for FID and KID (default: the judge)")
    parser.add_argument("--beam", type=int, default=1, help="beam of the judge")
    parser.add_argument("--clips", type=int, help="only the first so many clips of the split")
    parser.add_argument(
        "--train-clips", type=int, help="latent statistics of the first so many training clips (default: of all)"
    )
    parser.add_argument("--draws", type=int, default=DRAWS, help="bootstrap draws")
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the median is the time; 0: no timings")
    options = parser.parse_args(arguments)
    few = min(options.draws, *(n for n in (options.clips, options.train_clips) if n is not None), DRAWS)
    if few < 2 or options.repeats < 0:
        raise UserError("a comparison needs at least 2 clips, 2 training clips and 2 bootstrap draws; give more")
    return options


def build(options: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """Files by name, and lines for the terminal."""
    from eval.autoencoder_speed import measure

    artefacts, tools = loaded(options.autoencoder), instruments(options)  # what is missing is said before the work
    references = known.of_corpus(options.corpus, [options.split], options.clips)
    if references.train is None or len(references.clips) < 2:
        raise UserError(f"corpus {options.corpus}: a comparison needs a split train and 2 clips of {options.split}")
    found = [subject(artefact, references.train, options.train_clips) for artefact in artefacts]
    report, slots = compare(references, found, tools, options.draws)
    if options.train_clips is not None:
        report.notes.append(
            f"latent statistics and code usage are of the first {options.train_clips} training clips alone"
        )
    text = to_json(report)
    read = from_json(text, "autoencoder.json", Comparison)  # what is shown is what is written, digit for digit
    files = {"autoencoder.json": text, "autoencoder.html": page_of(read, found, slots, references.clips)}
    times = measure({subject.name: subject.model for subject in found}, options.repeats) if options.repeats else {}
    if times:
        files["timings.json"] = json.dumps(times, indent=1) + "\n"
    return files, lines_of(read, times)


def main() -> None:
    from sign_latent.files import check_place, file_aside

    options = parse()
    check_place(options.out / "autoencoder.json")
    files, lines = build(options)
    for name, content in files.items():
        with file_aside(options.out / name) as aside:
            aside.write_text(content, encoding="utf-8")
    print("\n".join(lines))
    print(options.out / "autoencoder.html")


if __name__ == "__main__":
    run(main)

"""Does the verdict name every cheat, and accuse no honest system? Tried on any corpus, as one command.

python -m eval.gallery --corpus CORPUS [--split NAME] [--generator NAME] [--autoencoder NAME] \\
    [--honest NAME=FOLDER] --out DIR

Cheats and honest variants are made of the judged clips, of what named generators make of their texts (kept in DIR, so
that a second run need not make it anew), and of folders of poses that are known to be honest.
"""

import argparse
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from data_prep.invented.lexicon import LANGUAGES
from eval.case import System
from eval.cheat_table import Gallery, lines_of, write
from eval.cheats import Material, retimed
from eval.computing import add_device
from eval.honest import autoencoder_systems, honest_systems, other_performances, resigned_systems, stitching_lacks
from eval.reality import Reality
from eval.trials import try_cheats, try_honest, unfit_cheats
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.device import AUTO
from sign_latent.errors import Parser, UserError, run
from sign_latent.pose.pose import Pose

TOGETHER = 32
"""Texts sampled together."""
OTHERS = 8
"""Clips of each further test split that are shown as their own truth."""
GIVEN = "given lengths"
MATERIAL = ("seed 0", GIVEN)
"""Of these ways of sampling cheats are made."""
VARIANTS: dict[str, dict[str, float]] = {
    "seed 0": {"seed": 0},
    "seed 1": {"seed": 1000},
    "seed 2": {"seed": 2000},
    "guidance 1": {"guidance": 1.0},
    "guidance 3": {"guidance": 3.0},
    "20 steps": {"steps": 20},
    "10 steps": {"steps": 10},
}
"""Ways to sample a generator, all honest; those that do not sample are only tried with seeds."""


@dataclass
class Scene:
    """The clips of a corpus that are judged, the real ones they are compared with, and others to show."""

    material: Material
    reality: Reality
    others: list[Clip] = field(default_factory=list)
    """A few clips of each further test split."""


def scene_of(corpus: Corpus, split: str, held_out: str, clips: int) -> Scene:
    """The first clips of a split are judged; where the same split is held out, every second one, and the rest held out.

    UserError for fewer than two clips on either side, or no training split.
    """
    judged, rest, train = (corpus.split(name, dominant=True) for name in (split, held_out, "train"))
    places = range(0, len(judged), 2 if split == held_out else 1)[: max(0, clips)]
    chosen = [judged[i] for i in places]
    own = {clip.id for clip in chosen}
    kept = [clip for clip in rest if clip.id not in own]
    if min(len(chosen), len(kept)) < 2:
        raise UserError(
            f"gallery: {len(chosen)} clips of {split} to judge and {len(kept)} of {held_out} to compare with; "
            "at least 2 of each are needed, so name other splits or fewer --clips"
        )
    tests = [name for name in corpus.splits if name.startswith("test") and name not in (split, held_out)]
    others = [clip for name in tests for clip in islice(corpus.split(name, dominant=True), OTHERS)]
    return Scene(Material(chosen, train), Reality(train, kept), others)


def generated(name: str, clips: list[Clip], folder: Path, varied: int, device: str = AUTO) -> dict[str, System]:
    """What each way of sampling a generator makes of the texts, and `given lengths`: made at the recordings'.

    They are written to `folder` and read from there when they are there already. Ways other than `seed 0` and
    `given lengths` are tried on the first `varied` clips.
    """
    from sign_latent.generation.api import load
    from sign_latent.generation.generator import Generator
    from stages.generate import write_all

    generator = load(name, device=device)
    samples = isinstance(generator, Generator)
    found = {}
    for way, how in {**VARIANTS, GIVEN: {"seed": 7000}}.items():
        some = clips if way in MATERIAL else clips[:varied]
        if not some or (not samples and set(how) != {"seed"}):
            continue
        place = folder / generator.card.reference / way.replace(" ", "-")
        lengths = [len(clip.pose) for clip in some] if way == GIVEN else None
        named = [(clip.id, clip.text) for clip in some]
        write_all(generator, place, "npz", named, lengths, TOGETHER, **{"seed": 0, **how})
        poses = [Pose.load(place / f"{clip.id}.npz") for clip in some]
        found[way] = System(poses, some, made_from="text", lengths="given" if way == GIVEN else "predicted")
    return found


def received_folder(folder: Path, clips: list[Clip]) -> list[Pose | None]:
    """The poses of a folder, matched by name, in the recordings' skeleton and rate. UserError for what cannot be."""
    from eval.inputs import matched, read_folder, received

    names = [clip.id for clip in clips]
    found = matched(read_folder(folder), names, folder)
    return received(found.poses, [clip.pose for clip in clips], names, "refuse").poses


def gather(options: argparse.Namespace, corpus: Corpus, scene: Scene) -> tuple[Material, dict[str, System], dict]:
    """Material of the cheats, honest systems, and what of those could not be made, and why."""
    clips, material = list(scene.material.clips), scene.material
    honest, skipped, performed = honest_systems(material, scene.others), {}, []
    if reason := stitching_lacks(material):
        skipped["dictionary stitching"] = reason
    if (others := other_performances(clips, scene.reality.held_out)) is not None:
        honest["the same texts in other clips"] = others
    for name in options.generator:
        place = options.out / "poses" / f"{corpus.hash[:8]}-{options.split}"
        varied = len(clips) if options.variant_clips is None else options.variant_clips
        made = generated(name, clips, place, varied, options.device)
        performed.append(tuple(list(made[way].poses) for way in MATERIAL))
        honest |= {f"{name}, {way}": system for way, system in made.items()}
    for name in options.autoencoder:
        from sign_latent import registry

        honest |= autoencoder_systems(name, registry.load(name).model, clips)
    for name, folder in options.honest.items():
        poses = received_folder(folder, clips)
        performed.append((poses, None))
        honest[name] = System(poses, clips, made_from="text")
    if clips[0].signed_language in LANGUAGES and all(clip.tiers for clip in clips):
        signed = resigned_systems(clips, corpus.info.get("seed", 0))
        performed.append((list(signed["signed by others"].poses), None))
        honest |= signed
    for poses, given in performed[:1]:
        given = given or [retimed(pose, len(clip.pose)) for pose, clip in zip(poses, clips, strict=True)]
        material = replace(material, generated=poses, given_length=given)
    return material, honest, skipped


def build(options: argparse.Namespace) -> Gallery:
    """Everything tried on the corpus that the options name. UserError for what they name wrongly."""
    corpus = Corpus.open(options.corpus)
    scene = scene_of(corpus, options.split, options.held_out, options.clips)
    material, honest, skipped = gather(options, corpus, scene)
    cheats = [] if options.honest_only else try_cheats(material, scene.reality)
    trials = cheats + try_honest(honest, scene.reality)
    about = {
        "corpus": corpus.info.get("title", ""),
        "hash": corpus.hash[:12],
        "split": options.split,
        "clips": len(material.clips),
        "held out": f"{len(scene.reality.held_out)} of {options.held_out}",
        "training clips": len(scene.reality.train),
    }
    return Gallery(about, trials, unfit_cheats(material, scene.reality) | skipped)


def _named_folder(value: str) -> tuple[str, Path]:
    name, mark, folder = value.partition("=")
    if not re.fullmatch(r".+", name) or not mark or not folder:
        raise argparse.ArgumentTypeError(f"{value!r} is not NAME=FOLDER")
    return name, Path(folder)


def main(arguments: list[str] | None = None) -> None:
    """The command line; exit code 1 if a cheat passes or an honest system is accused."""
    parser = Parser(prog="python -m eval.gallery", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--corpus", required=True, help="corpus folder")
    add("--split", default="test_sentences", help="split whose clips are judged")
    add("--held-out", default="dev", help="split of real clips that set the thresholds")
    add("--clips", type=int, default=100, help="judged clips")
    add("--generator", action="append", default=[], metavar="NAME", help="an honest generator")
    add("--variant-clips", type=int, metavar="N", help="clips for further ways of sampling a generator (default: all)")
    add("--autoencoder", action="append", default=[], metavar="NAME", help="an autoencoder: truth through it is honest")
    add("--honest", action="append", default=[], type=_named_folder, metavar="NAME=FOLDER", help="honest poses: ID.npz")
    add("--honest-only", action="store_true", help="leave the cheats out: are further systems accused?")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the tables and of what generators made")
    add_device(parser)
    options = parser.parse_args(arguments)
    options.honest = dict(options.honest)
    gallery = build(options)
    write(gallery, options.out)
    print("\n".join(lines_of(gallery.trials)))
    print("\n".join(f"not tried: {name} ({reason})" for name, reason in gallery.skipped.items()))
    if not gallery.passed:
        raise SystemExit(1)


if __name__ == "__main__":
    run(main)

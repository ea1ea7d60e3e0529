"""A blinded pack for signers who judge: an offline page for each rater, the same for the studio, and the key apart.

python -m eval.human.pack --system NAME=FOLDER --system NAME=FOLDER [--references FOLDER] --texts FILE \\
    --signed-language TAG --out DIR
"""

import argparse
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from eval.human.clips import common_drawing, find_clips, load_poses, read_texts, shown_pose
from eval.human.design import Design, Showing, Trial, plan
from eval.human.key import Key
from sign_latent.errors import UserError, run
from sign_latent.files import file_hash, folder_aside
from sign_latent.pose.pose import Pose
from sign_latent.rating.pack import Pack, Shown
from sign_latent.rating.page import offline_page
from sign_latent.rating.questions import PAIR, SINGLE
from sign_latent.renderer.page import PageClip, encode_clip
from sign_latent.text.languages import validate_signed, validate_spoken

REFERENCE = "reference"
FEWEST_RATERS = 6


def is_invented(signed_language: str) -> bool:
    """Whether the tag is of the private range, in which nobody is fluent."""
    return signed_language[0] == "q"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.human.pack", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--system", action="append", default=[], metavar="NAME=FOLDER", help="clips of a system: ID.pose or ID.npz")
    add("--references", type=Path, metavar="FOLDER", help="recordings of people signing the same texts, judged too")
    add("--texts", type=Path, required=True, metavar="FILE", help="csv with headings id,text; or a sentence a line")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for the pages; must not exist")
    add("--key", type=Path, metavar="FILE", help="where the key goes, outside DIR (default: DIR-key.json beside it)")
    add("--signed-language", required=True, metavar="TAG", help="of the clips: ISO 639-3, as ase or gsg")
    add("--spoken-language", default="en", metavar="TAG", help="of the texts: BCP-47")
    add("--parts", nargs="+", choices=(SINGLE, PAIR), default=[SINGLE, PAIR], help="rate single clips, compare pairs")
    add("--items", type=int, default=20, help="texts that each rater sees, drawn from the file")
    add("--raters", type=int, help="pages to write (default: the least of 6 or more over which all is balanced)")
    add("--checks", type=int, default=2, help="attention checks in each part, on texts of their own")
    add("--repeats", type=int, default=2, help="trials asked twice in each part")
    add("--fps", type=float, default=25.0, help="frame rate at which all clips are shown")
    add("--contact", default="the person who gave you this page", help="whom raters may ask")
    add("--seed", type=int, help="draws sides and orders; leave it out, for a secret one that only the key knows")
    return parser.parse_args(arguments)


def named_folders(options: argparse.Namespace) -> dict[str, Path]:
    """System -> folder, the references among them. UserError for a malformed or double name, or too few systems."""
    folders = {}
    for given in options.system:
        name, equals, folder = given.partition("=")
        if not (name and equals and folder) or name in folders or name == REFERENCE:
            raise UserError(
                f"--system {given}: give NAME=FOLDER, each name once, and {REFERENCE!r} through --references only"
            )
        folders[name] = Path(folder)
    if options.references:
        folders[REFERENCE] = options.references
    if len(folders) < (2 if PAIR in options.parts else 1):
        raise UserError("a pack compares at least two systems; give --system twice, or --parts single")
    return folders


def chosen_items(texts: dict[str, str], options: argparse.Namespace, seed: int) -> tuple[list[str], list[str]]:
    """(rated, kept for checks): other texts, as a check would tell what a rated clip says."""
    if options.items < 2 or options.checks < 0 or options.repeats < 0:
        raise UserError("a pack needs --items of at least 2, and --checks and --repeats of at least 0")
    if len(texts) < 2 + options.checks:
        raise UserError(
            f"texts {options.texts}: {len(texts)} texts are too few for 2 items and {options.checks} checks; give more"
        )
    order = [list(texts)[i] for i in np.random.default_rng([seed, 7]).permutation(len(texts))]
    return order[options.checks :][: options.items], order[: options.checks]


def design_of(options: argparse.Namespace, folders: dict[str, Path], texts: dict[str, str], seed: int) -> Design:
    """The design the options ask for. UserError where they cannot be met."""
    items, spare = chosen_items(texts, options, seed)
    invented = is_invented(options.signed_language)
    return Design(
        items=items,
        spare=spare,
        systems=list(folders),
        sources=[REFERENCE] if REFERENCE in folders else list(folders),
        parts=options.parts,
        repeats=options.repeats,
        reversible=REFERENCE in folders and not invented,
        seed=seed,
    )


def build(options: argparse.Namespace) -> tuple[Key, Pack]:
    """The key, and what its raters see."""
    options.signed_language = validate_signed(options.signed_language)
    options.spoken_language = validate_spoken(options.spoken_language)
    folders, texts = named_folders(options), read_texts(options.texts)
    seed = secrets.randbits(63) if options.seed is None else options.seed
    if seed < 0 or (options.raters is not None and options.raters < 1):
        raise UserError("a pack needs --raters of at least 1 and a --seed of at least 0")
    design = design_of(options, folders, texts, seed)
    files = find_clips(folders, [*design.items, *design.spare])
    poses = load_poses(files)
    drawing = common_drawing((pose.skeleton.name for pose in poses.values()), options.fps)
    raters = options.raters or -(-FEWEST_RATERS // design.cycle) * design.cycle
    key = Key(
        pack="p" + np.random.default_rng([seed, 8]).bytes(5).hex(),
        seed=seed,
        signed_language=options.signed_language,
        spoken_language=options.spoken_language,
        rehearsal=is_invented(options.signed_language),
        systems={name: {"folder": str(folder), "clips": _hashes(files, name)} for name, folder in folders.items()},
        items={name: texts[name] for name in [*design.items, *design.spare]},
        raters={f"r{number:02d}": trials for number, trials in enumerate(plan(design, raters), 1)},
        drawing={"skeleton": drawing.skeleton, "fps": drawing.fps, "points_shown": int(drawing.shown.sum())},
    )
    return key, blind_pack(key, lambda showing: shown_pose(showing, poses, drawing), options.contact)


def blind_pack(key: Key, pose_of: Callable[[Showing], Pose], contact: str) -> Pack:
    """What of a key its raters see: clips under codes that tell nothing, each drawn as `pose_of` says."""
    chance = np.random.default_rng([key.seed, 9])
    showings = dict.fromkeys(clip for trials in key.raters.values() for trial in trials for clip in trial.clips)
    codes = {showing: "c" + chance.bytes(5).hex() for showing in showings}

    def shown(trial: Trial) -> Shown:
        return Shown(trial.code, key.items[trial.clips[0].item], tuple(codes[clip] for clip in trial.clips))

    return Pack(
        pack=key.pack,
        signed_language=key.signed_language,
        spoken_language=key.spoken_language,
        rehearsal=key.rehearsal,
        recordings=REFERENCE in key.systems,
        contact=contact,
        raters={rater: tuple(map(shown, trials)) for rater, trials in key.raters.items()},
        links={rater: chance.bytes(12).hex() for rater in key.raters},
        clips={code: encode_clip(PageClip("", pose_of(showing))) for showing, code in codes.items()},
    )


def _hashes(files: dict[tuple[str, str], Path], system: str) -> dict[str, str]:
    return {name: file_hash(path) for (owner, name), path in files.items() if owner == system}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write pack and key. UserError where anything is missing; nothing is then written."""
    options = parse(arguments)
    key_path = options.key or options.out.with_name(options.out.name + "-key.json")
    if options.out.resolve() in key_path.resolve().parents:
        raise UserError(f"key {key_path}: lies in the pack, where raters could read it; choose a place outside")
    if key_path.exists():
        raise UserError(f"key {key_path}: exists already and is never overwritten; choose another place")
    key, blinded = build(options)
    with folder_aside(options.out, "pack") as folder:
        for rater in key.raters:
            (folder / f"rater-{rater[1:]}.html").write_text(offline_page(blinded, rater), encoding="utf-8")
        blinded.write(folder)
        key.write(key_path)
    print(
        f"{len(key.raters)} pages in {options.out}: give each rater one file, or serve them: sign-latent studio --pack "
        f"{options.out}. Keep {key_path} to yourself."
    )


if __name__ == "__main__":
    run(main)

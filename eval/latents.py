"""Pictures of a latent: its signs in a plane, coloured by gloss, and a slot swinging along its principal directions.

python eval/latents.py plane --autoencoder NAME --corpus CORPUS --out signs.svg
python eval/latents.py traverse --autoencoder NAME --corpus CORPUS --clip ID --slot left_hand --out hand.html
"""

import argparse
from pathlib import Path

import numpy as np

from eval.interpretation import DIRECTIONS, SIZE, Slots, latent_frames, signs_of, sweep
from eval.latent_plot import SHOWN, chosen_slots, pca_plot
from eval.reconstruction import encoded, load_autoencoder, on_skeleton
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.corpus.clip import Clip
from sign_latent.errors import Parser, UserError, run
from sign_latent.generation.api import SUFFIXES, check_output
from sign_latent.pose.pose import Pose


def loaded(options: argparse.Namespace) -> tuple[Autoencoder, str, list[Clip]]:
    """The autoencoder, its `name@hash`, and the clips that it looks at. UserError for one that encodes no poses."""
    from sign_latent.corpus.read import Corpus

    found = load_autoencoder(options.autoencoder)
    clips = Corpus.open(options.corpus).split(options.split, dominant=True)
    return found.model, found.card.reference, [clips[i] for i in range(len(clips))[: options.clips]]


def latents_of(model: Autoencoder, clips: list[Clip]) -> list[np.ndarray]:
    """Latent frames [N', J', D] of each clip."""
    poses = [on_skeleton(clip.pose, model.settings.skeleton) for clip in clips]
    return latent_frames(model, list(encoded(model, poses)))


def plane(options: argparse.Namespace) -> None:
    """Writes the signs of the clips in the plane of their principal directions."""
    from eval.curves import alone
    from sign_latent.files import file_aside

    if options.out.suffix != ".svg":
        raise UserError(f"{options.out}: pictures are written as .svg; choose a name that ends so")
    model, name, clips = loaded(options)
    signs = signs_of(clips, latents_of(model, clips), model)
    title = f"{name}, {options.slot or 'all slots'}"
    picture = pca_plot(signs, model, title, options.slot, options.gloss or (), options.most)
    if not picture:
        raise UserError(f"{len(signs.glosses)} signs in {len(clips)} clips are too few to draw; give more --clips")
    with file_aside(options.out) as aside:
        aside.write_text(alone(picture), encoding="utf-8")


def traverse(options: argparse.Namespace) -> None:
    """Writes a clip in which one slot swings, in a posture of a real clip."""
    if options.out.suffix not in (*SUFFIXES, ".png"):
        raise UserError(f"output {options.out}: unknown suffix; give one of {', '.join((*SUFFIXES, '.png'))}")
    model, name, clips = loaded(options)
    (slot,) = chosen_slots(model, options.slot)
    slots = Slots.of(model, np.concatenate(latents_of(model, clips)), options.directions)
    if not np.abs(slots.directions[slot]).any():
        raise UserError(f"slot {options.slot}: is dead in {name}, nothing in it varies; choose another")
    clip = _clip(options, clips)
    if options.frame is not None and not 0 <= options.frame < len(clip.pose):
        raise UserError(f"frame {options.frame}: clip {clip.id} has {len(clip.pose)}, counted from 0")
    write(sweep(slots, clip.pose, slot, options.frame, options.size), options.out, name, slots, slot, clip)


def _clip(options: argparse.Namespace, clips: list[Clip]) -> Clip:
    if options.clip is None:
        return clips[0]
    found = [clip for clip in clips if clip.id == options.clip]
    if not found:
        raise UserError(f"clip {options.clip}: not among the {len(clips)} clips of {options.split}; give its id")
    return found[0]


def write(pose: Pose, path: Path, name: str, slots: Slots, slot: int, clip: Clip) -> None:
    """The sweep as its suffix says: a page with a time line, a sheet of pictures, or as generated clips are written."""
    from eval.autoencoder_players import made_by, swing_clip
    from sign_latent.generation.api import write as write_clip
    from sign_latent.renderer.draw import contact_sheet
    from sign_latent.renderer.page import view_page

    shown = swing_clip(name, slots, slot, pose)
    if path.suffix == ".html":
        view_page([shown], path, heading=f"{name}: {shown.title}, a posture of {clip.id}")
    elif path.suffix == ".png":
        quarter = len(pose) / len(slots.directions[slot]) / 4
        numbers = [round(quarter * i) for i in range(4 * len(slots.directions[slot]))]
        contact_sheet(pose, path, columns=4, frames=numbers, zoom=True)
    else:
        write_clip([pose], check_output(path), made_by(name, f"{shown.title}, a posture of {clip.id}"), shown.title)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = Parser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(required=True, metavar="plane | traverse")
    in_plane = kinds.add_parser("plane", help="signs along the two principal directions, by gloss, as .svg")
    swing = kinds.add_parser("traverse", help="a slot swinging, as .npz, .pose, .mp4, .html or .png")
    for one, what in ((in_plane, plane), (swing, traverse)):
        one.set_defaults(run=what)
        one.add_argument("--autoencoder", required=True, help="a published one")
        one.add_argument("--corpus", required=True, help="corpus folder")
        one.add_argument("--split", default="dev", help="which clips")
        one.add_argument("--clips", type=int, default=300, help="the first so many of them")
        one.add_argument("--out", required=True, type=Path, help="file to write")
    in_plane.add_argument("--slot", help="one slot (default: all together)")
    in_plane.add_argument("--gloss", action="append", help="a gloss to show (may be repeated; default: the commonest)")
    in_plane.add_argument("--most", type=int, default=SHOWN, help="so many of the commonest glosses")
    swing.add_argument("--slot", required=True, help="the slot that swings, as the skeleton names it")
    swing.add_argument("--clip", help="id of the clip that gives the posture (default: the first)")
    swing.add_argument("--frame", type=int, help="its frame (default: the middle one)")
    swing.add_argument("--directions", type=int, default=DIRECTIONS, help="principal directions, one after the other")
    swing.add_argument("--size", type=float, default=SIZE, help="standard deviations of a swing")
    options = parser.parse_args(arguments)
    if options.clips < 1 or min(getattr(options, n, 1) for n in ("directions", "most")) < 1:
        raise UserError("pictures need at least one clip, one direction and one gloss; give more")
    return options


def main() -> None:
    from sign_latent.files import check_place

    options = parse()
    check_place(options.out)
    options.run(options)
    print(options.out)


if __name__ == "__main__":
    run(main)

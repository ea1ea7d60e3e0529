"""The command line. It only reads arguments: everything it does is a function of the library, imported when needed."""

import argparse
import os
from collections.abc import Callable
from typing import Any

from sign_latent import __version__
from sign_latent.errors import Parser, UserError, run

# Read when PyTorch is loaded, which no command has done yet. Threads that wait for each other by turning in circles for
# as long as they do unasked keep each other from the cores where others work too: a sentence then takes minutes.
_WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "3000"}
"""How threads wait where the user has not said it: a few turns, which costs nothing on cores that are free."""
_OUTPUT = "what to write; its suffix says how: .pose, .npz, .mp4, .webm, .gif or .html"


def main(arguments: list[str] | None = None) -> None:
    """Entry point of ``sign-latent``."""
    options = vars(_parser().parse_args(arguments))
    command: Callable[..., None] = options.pop("command")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not _WAITING.keys() & os.environ.keys():
        os.environ.update(_WAITING)
    run(lambda: command(**options))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="sign-latent", description="Sign language production by latent diffusion.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_generate(commands)
    _add_edit(commands)
    _add_export(commands)
    _add_registry(commands)
    _add_view(commands)
    _add_studio(commands)
    return parser


def _add_generate(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("generate", help="sign a text into a pose file, a video or a page")
    parser.set_defaults(command=_generate)
    parser.add_argument(
        "text",
        metavar="TEXT",
        nargs="?",
        help="sentences in the spoken language of the model; - reads standard input",
    )
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help=_OUTPUT)
    add = _add_sampling(parser)
    add("--text-file", metavar="FILE", help="read the text from a file instead, of any length; - is standard input")
    add("--vary-length", action="store_true", help="draw the length from its predicted distribution (by the seed)")
    add("--speed", type=float, metavar="X", help="signing speed; 2 is twice as fast, in half the --frames (default: 1)")
    add(
        "--overlap",
        type=int,
        metavar="N",
        help="of denoisers: neighbouring sentences share N latent frames instead of being led into each other",
    )
    add("--temperature", type=float, metavar="X", help="of translators: 0 takes the likeliest tokens, 1 draws them")
    add("--top-p", type=float, metavar="P", help="of translators: draws from the likeliest tokens of this probability")
    add("--beam", type=int, metavar="N", help="of translators: hypotheses that a search keeps")
    add("--renderer", metavar="NAME", help="a trained renderer makes the pictures of a video")
    add("--reference", metavar="IMAGE", help="of renderers of poses: a picture of the signer whose looks the video has")
    add(
        "--renderer-option",
        action="append",
        metavar="NAME=VALUE",
        help="of renderers of poses: how pictures are sampled, such as sampling_steps=10 or guidance=2 (repeatable)",
    )
    add("--style", metavar="CLIP", help="sign at the tempo, with the amplitude and proportions of this .npz or .pose")
    add("--style-text", metavar="TEXT", help="what the clip of --style signs: it is measured against the model's own")


def _add_edit(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("edit", help="keep frames or parts of a clip and generate the others, or what follows")
    parser.set_defaults(command=_edit)
    parser.add_argument("clip", metavar="CLIP", help="an .npz or .pose file")
    parser.add_argument("text", metavar="TEXT", help="what the whole edited clip shall say")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help=_OUTPUT)
    add = _add_sampling(parser)
    add("--keep", action="append", metavar="FIRST:LAST", help="frames that stay, to the bit; LAST is not one of them")
    add("--parts", nargs="+", metavar="PART", help="make only these anew, such as right_hand, face or right_arm")
    add("--continue", dest="extend", action="store_true", help="go on to the length that TEXT is expected to take")
    add("--left-handed", action="store_true", help="the clip's signer leads with the left hand")
    add("--jumps", type=int, metavar="N", help="times each step is gone back over to suit what is kept (default: 0)")


def _add_sampling(parser: argparse.ArgumentParser) -> Callable[..., argparse.Action]:
    """Options of everything that a generator makes."""
    # Absent options stay absent, so that the library's defaults are the only ones.
    add = _absent_by_default(parser)
    add("--model", metavar="NAME", help="generator, by name or name@hash (default: the one in the package)")
    add("--autoencoder", metavar="NAME", help="refuse a generator that was not trained on this one")
    add("--signed-language", metavar="TAG", help="ISO 639-3 code, such as ase or gsg")
    add("--spoken-language", metavar="TAG", help="BCP-47 tag of the text, such as en or de")
    add("--gloss", action="store_true", help="TEXT is glosses, for a model that was trained on them")
    add("--frames", type=int, metavar="N", help="length of the result in frames (default: predicted, or the clip's)")
    add("--sampler", metavar="NAME", help="ddim, ddpm, dpm_solver, euler or heun")
    add("--guidance-rescale", type=float, metavar="X", help="share of guidance's contrast that is taken back, 0 to 1")
    add("--guidance-interval", type=float, nargs=2, metavar=("LOW", "HIGH"), help="noise steps that are guided, 0 to 1")
    add(
        "--precision",
        metavar="NAME",
        help="32, bf16 or, of translators, int8: faster, but depending on the batch",
    )
    add("--steps", type=int, metavar="N", help="denoising steps")
    add("--guidance", type=float, metavar="W", help="weight of the text; 1 is none beyond the model's own")
    add("--seed", type=int, metavar="N", help="the same seed gives the same signing (default: 0)")
    add("--device", metavar="NAME", help="where models compute: cpu, cuda or cuda:N (default: a GPU if any)")
    add("--body", metavar="BODY", help="of videos: drawn (the default), capsules or a SMPL-X model .npz")
    add(
        "--look", type=int, metavar="N", help="of videos: an invented signer (default: the plain one, coloured fingers)"
    )
    add("--caption", action="store_true", help="of videos: TEXT is written below")
    add("--caption-font", metavar="FILE", help="a .ttf or .otf file for it (default: one that the system has)")
    return add


def _add_export(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("export", help="write a generator as ONNX graphs or PyTorch programs")
    parser.set_defaults(command=_export)
    parser.add_argument("name", metavar="NAME", help="a sald_denoiser, by name or name@hash")
    add = _absent_by_default(parser)
    add("--onnx", metavar="FOLDER", help="graphs, constants and tokenizer, run by sign_latent/export/run_onnx.py")
    add("--torch", metavar="FILE", help="a zip of torch.export programs and constants")
    add("--sampler", metavar="NAME", help="ddim, ddpm, dpm_solver or euler")
    add("--steps", type=int, metavar="N", help="denoising steps")
    add("--guidance", type=float, metavar="W", help="weight of the text; 1 is none beyond the model's own")


def _add_registry(commands: argparse._SubParsersAction) -> None:
    registry = commands.add_parser("registry", help="list, show, verify, push and pull trained artefacts")
    actions = registry.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="names, hashes, models and parents").set_defaults(command=_list)
    show = actions.add_parser("show", help="the card of an artefact")
    show.set_defaults(command=_show)
    show.add_argument("name", metavar="NAME")
    actions.add_parser("graph", help="what was trained on what").set_defaults(command=_graph)
    actions.add_parser("verify", help="compare every artefact with its hashes").set_defaults(command=_verify)
    push = actions.add_parser("push", help="upload an artefact and its parents to the Hugging Face Hub")
    push.set_defaults(command=_push)
    push.add_argument("name", metavar="NAME")
    push.add_argument("repository", metavar="USER/REPOSITORY")
    _absent_by_default(push)("--public", action="store_true", help="make a new repository public (default: private)")
    pull = actions.add_parser("pull", help="download an artefact and its parents from the Hugging Face Hub")
    pull.set_defaults(command=_pull)
    pull.add_argument("repository", metavar="USER/REPOSITORY")
    pull.add_argument("name", metavar="NAME")


def _add_view(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("view", help="make one offline page that plays .pose and .npz files")
    parser.set_defaults(command=_view)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("-o", "--output", required=True, metavar="PAGE.html")


def _add_studio(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("studio", help="serve a page on this machine that signs what is typed")
    parser.set_defaults(command=_studio)
    add = _absent_by_default(parser)
    add("--port", type=int, metavar="N", help="where to listen; 0 takes a free port (default: 8765)")
    add("--device", metavar="NAME", help="where models compute: cpu, cuda or cuda:N (default: a GPU if any)")
    add("--host", metavar="ADDRESS", help="another address of this machine (default: 127.0.0.1, for itself alone)")
    add("--pack", metavar="FOLDER", help="a pack of eval.human.pack, which raters judge at addresses that are printed")
    add("--answers", metavar="FOLDER", help="where their answers go (default: PACK-answers beside the pack)")


def _absent_by_default(parser: argparse.ArgumentParser) -> Callable[..., argparse.Action]:
    return lambda *names, **more: parser.add_argument(*names, default=argparse.SUPPRESS, **more)


def _generate(text: str | None, output: str, text_file: str | None = None, **options: Any) -> None:
    _check_languages(options)
    if (text is None) == (text_file is None):
        raise UserError("generate: give either TEXT or --text-file FILE")
    if text == "-" or text is None:
        from sign_latent.files import read_text

        text = read_text(text_file or "-")
    _picture(text, options)
    if "reference" in options and "renderer" not in options:
        raise UserError("reference: only a trained renderer can take looks from a picture; give --renderer NAME")
    if "renderer_option" in options and "renderer" not in options:
        raise UserError("renderer option: only a trained renderer has options; give --renderer NAME")
    if "renderer" in options:
        from sign_latent.generation.rendering import rendered_file as generate
    elif "style" in options or "style_text" in options:
        if not {"style", "style_text"} <= set(options):
            raise UserError("style: a clip is measured by what it signs; give both --style CLIP and --style-text TEXT")
        from sign_latent.generation.clips import generate_in_style as generate
    else:
        from sign_latent.generation.api import generate_file as generate
    _say(output, *generate(text, output, **options))


def _edit(clip: str, text: str, output: str, **options: Any) -> None:
    _check_languages(options)
    _picture(text, options)
    from sign_latent.generation.clips import edit_file

    _say(output, *edit_file(clip, text, output, **options))


def _picture(text: str, options: dict[str, Any]) -> None:
    """Puts what is said of a video's looks into one option, if anything is."""
    said = {name: options.pop(name) for name in ("body", "look", "caption", "caption_font") if name in options}
    if "caption_font" in said and "caption" not in said:
        raise UserError("caption font: there is no caption to write in it; give --caption too")
    if said:
        from sign_latent.generation.api import Picture

        font = said.pop("caption_font", None)
        options["picture"] = Picture(**said | ({"caption": text, "font": font} if "caption" in said else {}))


def _check_languages(options: dict[str, Any]) -> None:
    """Before the seconds that loading a model takes."""
    from sign_latent.text.languages import validate_signed, validate_spoken

    for key, validate in (("signed_language", validate_signed), ("spoken_language", validate_spoken)):
        if key in options:
            options[key] = validate(options[key])


def _say(output: str, frames: int, fps: float) -> None:
    print(f"{output}: {frames} frames, {frames / fps:.1f} s")


def _export(name: str, onnx: str | None = None, torch: str | None = None, **sampling: Any) -> None:
    if onnx is None and torch is None:
        raise UserError("export: give --onnx FOLDER, --torch FILE or both")
    from sign_latent.export.write import export_onnx, export_torch
    from sign_latent.generation.api import load

    generator = load(name, device="cpu")
    for export, place in ((export_onnx, onnx), (export_torch, torch)):
        if place is not None:
            print(export(generator, place, **sampling))


def _list() -> None:
    from sign_latent.registry import EMBEDDED, find, list_artefacts

    rows = [("NAME", "HASH", "MODEL", "MB", "FROM", "TRAINED ON")]
    for card in list_artefacts():
        folder, _ = find(card.reference)
        size = (folder / "model.safetensors").stat().st_size / 1e6
        place = "package" if folder.parent == EMBEDDED else str(folder.parent)
        rows.append((card.name, card.hash, card.model, f"{size:.1f}", place, " ".join(card.parents.values())))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _show(name: str) -> None:
    from sign_latent.registry import find

    print(find(name)[1].to_json(), end="")


def _graph() -> None:
    from sign_latent.registry import graph

    parents = graph()
    children: dict[str, list[tuple[str, str]]] = {}
    for child, roles in parents.items():
        for role, parent in roles.items():
            children.setdefault(parent, []).append((child, role))

    def show(name: str, note: str, depth: int) -> None:
        print("    " * depth + name + note)
        for child, role in children.get(name, []):
            show(child, f"  ({role} above)", depth + 1)

    for name in sorted({name for name, roles in parents.items() if not roles} | (set(children) - set(parents))):
        show(name, "" if name in parents else "  (missing)", 0)


def _verify() -> None:
    from sign_latent.registry import list_artefacts, verify

    problems = verify()
    if problems:
        raise UserError("; ".join(problems))
    print(f"{len(list_artefacts())} artefacts, all as published")


def _push(name: str, repository: str, public: bool = False) -> None:
    from sign_latent.hub import push

    print(push(name, repository, public))


def _pull(repository: str, name: str) -> None:
    from sign_latent.hub import pull

    for card in pull(repository, name):
        print(card.reference)


def _view(files: list[str], output: str) -> None:
    from sign_latent.renderer.page import load_clip, view_page

    view_page([load_clip(file) for file in files], output)
    print(output)


def _studio(**options: Any) -> None:
    from sign_latent.studio.serve import serve

    serve(**options)


if __name__ == "__main__":
    main()

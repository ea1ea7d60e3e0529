"""Bad input: one line on stderr that names the thing, exit code 2, and nothing written; at every entry point.

Entry points run in this process, as the command line calls them.
"""

import importlib
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import run
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.stage import run_stage

ABOUT = {"text": "rain", "spoken_language": "en", "signed_language": "qaa", "signer": "a", "source": "s"}


def posed(skeleton="smplx", frames=8) -> Pose:
    """Some motion on any skeleton."""
    known = get_skeleton(skeleton)
    shape = (frames, len(known.points), known.dimensions)
    points = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return Pose(points, np.ones(shape[:2], np.float32), 25.0, known)


def publish_chain() -> None:
    """An untrained autoencoder ``vae`` and a denoiser ``signer`` on it."""
    from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
    from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
    from sign_latent.text.encoder import TextEncoder

    vae = SkeletalVAE(SkeletalVAESettings(width=16, joint_width=8, latent_width=4))
    parent = registry.Card(name="vae", model="skeletal_vae", settings=asdict(vae.settings), spec=asdict(vae.spec))
    parent = registry.publish(parent, vae, {})
    encoder = TextEncoder.load()
    denoiser = SaldDenoiser(SaldSettings(width=16, layers=1, heads=2, latent_width=4, text_width=encoder.width))
    card = registry.Card(
        name="signer",
        model="sald_denoiser",
        settings=asdict(denoiser.settings),
        parents={"autoencoder": parent.reference},
        text_encoder=encoder.description,
        vocabulary=["rain"],
        languages={"spoken": ["en"], "signed": ["qaa"]},
    )
    registry.publish(card, denoiser, {})


@pytest.fixture(scope="module")
def store(tmp_path_factory, few_clips) -> Path:
    """Good and bad things; the tests only read them."""
    room = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "shelf"))
        publish_chain()
    shutil.copytree(room / "shelf" / "signer", room / "shelf" / "orphan")
    for bad in ("damaged", "halved"):  # other shelves, as the names on a shelf are those on the cards
        shutil.copytree(room / "shelf", room / bad)
    weights = room / "damaged" / "vae" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    card = room / "halved" / "signer" / "card.json"
    card.write_text(card.read_text()[:100])
    shutil.copytree(few_clips, room / "cut-corpus", ignore=shutil.ignore_patterns(".cache"))
    shard = next((room / "cut-corpus").glob("train*.parquet"))
    shard.write_bytes(shard.read_bytes()[:1000])
    split = ("train", "dev")
    clips = [Clip(id=str(i), pose=posed("phoenix50"), split=split[i % 2], **ABOUT) for i in range(4)]
    write_corpus(room / "phoenix", clips, get_skeleton("phoenix50"), 25.0, {})
    posed().save(room / "good.pose")
    (room / "cut.pose").write_bytes((room / "good.pose").read_bytes()[:2000])
    (room / "text.pose").write_text("no pose")
    with np.load(_saved(room / "good.npz")) as file:
        arrays = dict(file)
    arrays["points"][3, 2, 1] = np.nan
    np.savez(room / "nan.npz", **arrays)
    (room / "latin.txt").write_bytes("gr\xfc\xdfe".encode("latin-1"))
    (room / "empty.txt").write_text("\n \n")
    (room / "smile.txt").write_text("\U0001f642\n")
    (room / "long.txt").write_text("rain " * 300)
    for name, index in (("cut", "path,text\ncut.pose,rain\n"), ("klingon", "path,text\ngood.pose,rain\n")):
        (room / name).mkdir()
        (room / name / "index.csv").write_text(index)
        shutil.copy(room / f"{'cut' if name == 'cut' else 'good'}.pose", room / name)
    for suffix in ("pose", "html"):
        (room / f"folder.{suffix}").mkdir()
    (room / "skels").mkdir()
    (room / "skels" / "train.skels").write_text("nan " * 151 + "\n")
    (room / "skels" / "train.text").write_text("rain\n")
    (room / "cut.wlasl").write_bytes((room / "good.npz").read_bytes()[:-100])
    return room


def _saved(path: Path) -> Path:
    posed().save(path)
    return path


@pytest.fixture
def failing(store, few_clips, tmp_path, monkeypatch, capsys):
    """Runs an entry point that must fail; gives its line. ``{out}``, ``{store}``, ``{corpus}`` stand for folders."""
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    monkeypatch.setenv("SIGN_LATENT_HOME", str(out / "artefacts"))
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    places = {"out": out, "store": store, "corpus": few_clips}

    def fail(entry: str, arguments: str, home: str | None = None) -> str:
        words = [word.replace("~", " ").format(**places) for word in arguments.split()]
        if home:
            monkeypatch.setenv("SIGN_LATENT_HOME", str(store / home))
        before = seen(store)
        monkeypatch.setattr(sys, "argv", [entry, *words])
        with pytest.raises(SystemExit) as stopped:
            ENTRIES[entry.split("/")[0]](entry)
        printed = capsys.readouterr()
        assert stopped.value.code == 2, printed.err
        assert printed.err.startswith("error: ") and printed.err.count("\n") == 1, printed.err
        assert printed.out == "" and seen(out) == [] and seen(store) == before
        return printed.err

    return fail


def seen(folder: Path) -> list[tuple[str, int]]:
    """Folders, and files with their sizes, but for the copy that the first reading of a corpus makes."""
    found = (item for item in folder.rglob("*") if ".cache" not in item.parts)
    return sorted((str(item), item.stat().st_size if item.is_file() else 0) for item in found)


def run_cli(_: str) -> None:
    from sign_latent.cli import main

    main()


def run_script(entry: str) -> None:
    run(importlib.import_module(entry.replace("/", ".")).main)


def run_a_stage(entry: str) -> None:
    module = importlib.import_module(entry.replace("/", "."))
    if entry == "stages/recipe":
        run(module.main)
    elif entry == "stages/generate":
        run_stage(module.generate, module.Request)
    else:
        run_stage(module.train)


ENTRIES = {"sign-latent": run_cli, "stages": run_a_stage, "data_prep": run_script, "eval": run_script}


GENERATE = "generate rain -o x.pose --model signer"
SMILE, UNDECODABLE = "\U0001f642", "rain\udcff"


@pytest.mark.parametrize(
    "arguments, home, named",
    [
        ("generate ~ -o x.pose --model signer", "shelf", "text is empty"),
        (f"generate {'rain~' * 300} -o x.pose --model signer", "shelf", "a sentence of 1499 characters"),
        (f"generate {'rain~' * 1000} -o x.pose --model nobody", "shelf", "a sentence of 4999 characters"),
        (f"generate {SMILE} -o x.pose --model signer", "shelf", f"text '{SMILE}' has no words"),
        ("generate ?! -o x.pose --model signer", "shelf", "has no words"),
        (f"generate {UNDECODABLE} -o x.pose --model signer", "shelf", "is not UTF-8"),
        ("generate rain -o x.avi --model signer", "shelf", "x.avi"),
        ("generate rain -o x.gif --body none.npz --model signer", "shelf", "none.npz: no such file"),
        ("generate rain -o x.gif --body wire --model signer", "shelf", "body wire: unknown"),
        ("generate rain -o {store}/folder.pose --model signer", "shelf", "folder.pose: is a folder"),
        (f"generate rain -o {'x' * 250}.pose --model signer", "shelf", "File name too long"),
        ("generate rain -o none/x.pose --model signer", "shelf", "none"),
        (f"{GENERATE} --spoken-language klingon", "shelf", "klingon"),
        (f"{GENERATE} --signed-language GSL", "shelf", "GSL"),
        (f"{GENERATE} --signed-language ase", "shelf", "knows qaa"),
        (f"{GENERATE} --frames 0", "shelf", "frames 0"),
        (f"{GENERATE} --frames -5", "shelf", "frames -5"),
        (f"{GENERATE} --frames 1{'0' * 30}", "shelf", "give 1 to 5000 frames"),
        (f"{GENERATE} --frames 2.5", "shelf", "invalid int value: '2.5'; see sign-latent generate --help"),
        (f"{GENERATE} --sped 2", "shelf", "--sped"),
        ("generate rain", None, "-o/--output"),
        ("dance", None, "invalid choice: 'dance'"),
        (f"{GENERATE} --speed -1", "shelf", "speed -1"),
        (f"{GENERATE} --speed nan", "shelf", "speed nan"),
        (f"{GENERATE} --steps 0", "shelf", "0 sampling steps"),
        (f"{GENERATE} --guidance inf", "shelf", "guidance inf"),
        (f"{GENERATE} --sampler dpm", "shelf", "known: ddim"),
        (f"{GENERATE} --guidance-interval 0.5 0.1", "shelf", "two rising shares"),
        ("generate rain -o x.pose --model nobody", "shelf", "nobody: not found"),
        ("generate rain -o x.pose --model vae", "shelf", "its model is skeletal_vae"),
        ("generate rain -o x.pose --model signer@123456789012", "shelf", "retrained?"),
        (f"{GENERATE} --autoencoder nobody", "shelf", "nobody: not found"),
        (GENERATE, "damaged", "vae: its model.safetensors is damaged"),
        (GENERATE, "halved", "card.json is damaged"),
        ("generate rain -o x.pose --model orphan", "shelf", "orphan: its card says signer"),
        ("view none.pose -o page.html", None, "none.pose: no such file"),
        ("view {store}/cut.pose -o page.html", None, "cut.pose"),
        ("view {store}/text.pose -o page.html", None, "text.pose"),
        ("view {store}/good.pose {store}/nan.npz -o page.html", None, "NaN"),
        ("view {store}/empty.txt -o page.html", None, "empty.txt"),
        ("view {store}/folder.pose -o page.html", None, "folder.pose: is a folder"),
        ("view {store} -o page.html", None, "not a pose file"),
        ("view {store}/good.pose -o {out}/page", None, "written as .html"),
        ("view {store}/good.pose -o again.pose", None, "written as .html"),
        ("view {store}/good.pose -o {store}/folder.html", None, "is a folder"),
        ("view {store}/good.pose -o {store}/good.npz/page.html", None, "cannot be made"),
        ("registry show nobody", "shelf", "nobody"),
        ("registry verify", "damaged", "vae: its model.safetensors is damaged"),
    ],
)
def test_the_command_line(failing, arguments, home, named):
    assert named in failing("sign-latent", arguments, home)


TINY = "--train.steps 2 --train.batch_size 4 --train.accelerator cpu --train.logger none"
NEW = f"--name new {TINY}"


@pytest.mark.parametrize(
    "stage, arguments, named",
    [
        ("autoencoder", f"{NEW} --corpus none", "corpus none"),
        ("autoencoder", f"{NEW} --corpus {{store}}/cut-corpus", "is missing or truncated"),
        ("autoencoder", f"{TINY} --corpus {{corpus}} --name My~VAE", "'My VAE': not a name"),
        ("autoencoder", f"{NEW} --corpus {{corpus}} --train.stepz 3", "stepz"),
        ("autoencoder", f"{NEW} --corpus {{corpus}} --train.steps many", "train.steps"),
        ("autoencoder", f"{NEW} --corpus {{corpus}} --config none.yaml", "none.yaml"),
        ("autoencoder", f"{NEW} --corpus {{corpus}} --config {{store}}/latin.txt", "utf-8"),
        ("autoencoder", NEW, "corpus"),
        ("aligner", f"{NEW} --corpus {{corpus}} --aligner.width wide", "width"),
        ("aligner", f"{NEW} --corpus {{corpus}}", "--autoencoder NAME"),
        ("aligner", f"{NEW} --corpus {{corpus}} --aligner.reads points --text_encoder none", "text encoder none"),
        ("evaluator", f"{NEW} --corpus none", "corpus none"),
        ("evaluator", f"{NEW} --corpus {{store}}/phoenix --judge.model ctc_translator", "has no glosses"),
        ("evaluator", f"{NEW} --corpus {{corpus}} --judge.ctc_translator.widht 8", "widht"),
        ("regression", f"{NEW} --corpus {{corpus}} --autoencoder nobody", "nobody: not found"),
        ("regression", f"{NEW} --corpus {{corpus}} --autoencoder signer", "signer"),
        ("stitching", f"{NEW} --corpus {{store}}/phoenix", "has no timed glosses"),
        ("stitching", f"{NEW} --corpus {{corpus}} --examples 0", "at least 1 of --examples"),
        ("retrieval", "--name new --corpus none", "corpus none"),
        ("retrieval", "--name new --corpus {corpus} --split none", "no split 'none'"),
        ("recogniser", f"{NEW} --corpus none", "corpus none"),
        ("recogniser", f"{NEW} --corpus {{corpus}} --split none", "no split 'none'"),
        ("denoiser", f"{NEW} --corpus {{corpus}} --autoencoder nobody", "nobody: not found"),
        ("denoiser", f"{NEW} --corpus {{corpus}} --autoencoder signer", "signer"),
        ("denoiser", f"{NEW} --corpus {{store}}/phoenix --autoencoder vae", "phoenix50"),
        ("denoiser", f"{NEW} --corpus {{corpus}} --autoencoder vae --text.encoder none", "text encoder none"),
        ("denoiser", f"{NEW} --corpus {{corpus}} --autoencoder vae --init_from vae", "its model is skeletal_vae"),
        ("generate", "--model signer --out poses", "either --corpus or --texts"),
        ("generate", "--model signer --out poses --texts none.txt", "none.txt: no such file"),
        ("generate", "--model signer --out poses --texts {store}/latin.txt", "is not UTF-8"),
        ("generate", "--model signer --out poses --texts {store}/empty.txt", "is empty"),
        ("generate", "--model signer --out poses --texts {store}/long.txt", "00000: text of 1499 characters"),
        ("generate", "--model signer --out poses --corpus {corpus} --split none", "no split 'none'"),
        ("generate", "--model signer --out poses --corpus {corpus} --split dev --clips 0", "nothing to generate"),
        ("generate", "--model nobody --out poses --corpus {corpus} --split dev", "nobody: not found"),
        ("generate", "--model signer --out poses --corpus {corpus} --split dev --format gif", "format"),
        ("generate", "--model signer --out poses --corpus {corpus} --split dev --steps 0", "0 sampling steps"),
        ("generate", "--model signer --out poses --texts {store}/smile.txt", "00000: text"),
        ("generate", "--model signer --out {store}/good.pose --texts {store}/long.txt", "is a file"),
        ("renderer", f"{NEW} --corpus none", "corpus none"),
        ("renderer", f"{NEW} --corpus {{corpus}} --renderer.size [30,30]", "size [30, 30]: give multiples of 4"),
        ("renderer", f"{NEW} --corpus {{corpus}} --renderer.diffusion.begin none", "begin none: unknown"),
        ("renderer", f"{NEW} --corpus {{corpus}} --start.spatial none", "weights none: cannot be read"),
        ("renderer", f"{NEW} --corpus {{corpus}} --video.source filmed --video.folder none", "none"),
        ("condition_autoencoder", f"{NEW} --corpus {{corpus}} --renderer nobody", "nobody: not found"),
        ("condition_autoencoder", f"{NEW} --corpus {{corpus}} --renderer signer", "model is sald_denoiser"),
        ("text_video", f"{NEW} --corpus none", "corpus none"),
        ("text_video", f"{NEW} --corpus {{corpus}} --model.size 9", "size 9"),
        ("video_judges", f"{NEW} --corpus none", "corpus none"),
        ("recipe", "--recipe none.yaml --corpus {corpus}", "none.yaml: no such file"),
        ("recipe", "--recipe {store}/latin.txt --corpus {corpus}", "latin.txt: is no list of stages"),
        ("recipe", "--corpus {corpus}", "--recipe"),
    ],
)
def test_the_stages(failing, stage, arguments, named):
    assert named in failing(f"stages/{stage}", arguments, "shelf")


def test_a_stage_on_a_damaged_parent(failing):
    line = failing("stages/denoiser", f"{NEW} --corpus {{corpus}} --autoencoder vae", "damaged")
    assert "vae: its model.safetensors is damaged" in line


def test_a_stage_whose_shelf_cannot_be_made_is_stopped_before_it_trains(failing):
    line = failing("stages/autoencoder", f"{NEW} --corpus {{corpus}}", "good.pose/shelf")
    assert "good.pose: is a file" in line


@pytest.mark.parametrize(
    "script, arguments, named",
    [
        ("convert", "nothing {store} --out new", "unknown format 'nothing'"),
        ("convert", "pose none --out new", "none: no such file"),
        ("convert", "pose {store} --out new", "spoken language"),
        ("convert", "pose {store}/cut --out new", "cut.pose"),
        ("convert", "pose {store}/klingon --out new --spoken-language en --signed-language klingon", "klingon"),
        ("convert", "pose {store}/klingon --out new", "language"),
        ("convert", "pose {store}/klingon --out {store}/phoenix", "exists already"),
        ("convert", "pose {store}/klingon --out new --skeleton octopus", "octopus"),
        ("convert", "skels {store}/skels --out new", "holds NaN"),
        ("convert", "skels {store} --out new", "holds no clips"),
        ("convert", "wlasl_smplx {store}/cut.wlasl --out new", "cut.wlasl"),
        ("convert", "pose {store}/klingon --out new --fps fast", "--fps"),
        ("synthesise", "--out new --clips 3", "--clips 3"),
        ("synthesise", "--out new --clips few", "--clips"),
        ("synthesise", "--out new --clips 12 --language tlh", "--language tlh"),
        ("synthesise", "--out {store}/phoenix --clips 12", "exists already"),
    ],
)
def test_the_makers_of_corpora(failing, script, arguments, named):
    assert named in failing(f"data_prep/{script}", arguments)


@pytest.mark.parametrize(
    "script, arguments, named",
    [
        ("report", "--generator signer --out new --corpus none", "corpus none"),
        ("report", "--generator signer --out new --corpus {corpus} --split none", "no split 'none'"),
        ("report", "--generator signer --out new --corpus {corpus} --split dev --judge nobody", "nobody: not found"),
        ("report", "--generator signer --out new --corpus {corpus} --split dev --judge vae", "skeletal_vae"),
        ("report", "--generator signer --out new --corpus {corpus} --split dev --clips 1", "at least 2 clips"),
        ("renderer", "--renderer nobody --out new --corpus {corpus}", "nobody: not found"),
        ("renderer", "--renderer vae --out new --corpus {corpus}", "a skeletal_vae renders nothing"),
        ("renderer", "--renderer vae --out new --corpus none", "corpus none"),
        ("renderer", "--renderer vae --device cuda:99 --videos none --out new --corpus {corpus}", "not allowed with"),
        ("pictures", "--renderer vae --out new", "a skeletal_vae renders nothing"),
        ("pictures", "--model nobody --out new", "nobody: not found"),
        ("pictures", "--columns 1 --out new", "--columns 1"),
    ],
)
def test_the_scores(failing, script, arguments, named):
    assert named in failing(f"eval/{script}", arguments, "shelf")

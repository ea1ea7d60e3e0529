"""Generates poses for a whole split of a corpus, or for the lines of a text file.

python stages/generate.py --model my-denoiser --corpus CORPUS --split test_sentences --out DIR
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.generation.api import load, provenance, write
from sign_latent.generation.request import check_text
from sign_latent.stage import run_stage


def read_texts(corpus: str | None, split: str, texts: str | None) -> tuple[list[str], list[str], list[int] | None]:
    """Names, texts and true lengths (None for a text file). UserError unless exactly one source is given."""
    if (corpus is None) == (texts is None):
        raise UserError("generate: give either --corpus or --texts")
    if corpus is not None:
        clips = Corpus.open(corpus).split(split)
        return clips.ids, clips.texts, clips.lengths.tolist()
    path = Path(texts)
    if not path.is_file():
        raise UserError(f"texts {path}: no such file; give a file with a sentence a line")
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise UserError(f"texts {path}: is not UTF-8 text; give a file with a sentence a line") from None
    if not lines:
        raise UserError(f"texts {path}: is empty; give a file with a sentence a line")
    return [f"{i:05d}" for i in range(len(lines))], lines, None


def generate(
    model: str,
    out: str,
    corpus: str | None = None,
    split: str = "test_sentences",
    texts: str | None = None,
    autoencoder: str | None = None,
    clips: int | None = None,
    length: Literal["predicted", "given"] = "predicted",
    format: Literal["pose", "npz", "mp4"] = "pose",
    steps: int | None = None,
    guidance: float | None = None,
    speed: float = 1.0,
    seed: int = 0,
    batch_size: int = 32,
):
    """Generates a file for each text; those that are there already are kept, so a killed run goes on.

    Args:
        model: Published generator.
        out: Folder to write to.
        corpus: Corpus whose texts are signed.
        split: Split of the corpus.
        texts: Text file with a sentence a line, instead of a corpus.
        autoencoder: The autoencoder the generator must have been trained on.
        clips: Only the first so many.
        length: Lengths predicted from the text, or those of the corpus (say so when you report scores).
        format: Kind of files.
        steps: Sampling steps.
        guidance: Guidance weight.
        speed: Factor on the speed of signing.
        seed: Seed of the noise.
        batch_size: Texts sampled together.
    """
    from tqdm import tqdm

    names, sentences, lengths = read_texts(corpus, split, texts)
    if length == "given" and lengths is None:
        raise UserError("generate: lengths are given by a corpus only; drop --length given, or name --corpus")
    names = names[: max(0, clips)] if clips is not None else names
    for name, sentence in zip(names, sentences, strict=False):
        check_text(sentence, name)
    if batch_size < 1 or not names:
        raise UserError("generate: there is nothing to generate; give --clips and --batch_size of at least 1")
    generator = load(model, autoencoder)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for start in tqdm(range(0, len(names), batch_size), desc="generate"):
        rows = range(start, min(start + batch_size, len(names)))
        paths = [folder / f"{names[i]}.{format}" for i in rows]
        if all(path.exists() for path in paths):
            continue
        poses = generator.generate(
            [sentences[i] for i in rows],
            frames=[lengths[i] for i in rows] if length == "given" else None,
            speed=speed,
            steps=steps,
            guidance=guidance,
            seed=seed + start,
            batch_size=batch_size,
        )
        for i, path, pose in zip(rows, paths, poses, strict=True):
            write(pose, path, provenance(generator.card, sentences[i], seed + start), sentences[i])


if __name__ == "__main__":
    run_stage(generate)

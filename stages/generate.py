"""Generates poses for a whole split of a corpus, or for the lines of a text file.

python stages/generate.py --model my-denoiser --corpus CORPUS --split test_sentences --out DIR
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sign_latent.corpus.read import Corpus
from sign_latent.device import AUTO
from sign_latent.errors import UserError
from sign_latent.generation.api import load, write
from sign_latent.generation.base import TextToPose
from sign_latent.generation.request import told_languages
from sign_latent.stage import run_stage
from sign_latent.text.checks import check_text


def read_texts(
    corpus: str | None, split: str, texts: str | None, gloss: bool = False
) -> tuple[list[str], list[str], list[int] | None]:
    """Names, texts or glosses, and true lengths (None for a text file). UserError unless one source is given."""
    if (corpus is None) == (texts is None):
        raise UserError("generate: give either --corpus or --texts")
    if corpus is not None:
        clips = Corpus.open(corpus).split(split)
        return clips.ids, clips.glosses if gloss else clips.texts, clips.lengths.tolist()
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


def write_all(
    generator: TextToPose,
    folder: Path,
    suffix: str,
    named: list[tuple[str, str]],
    lengths: list[int] | None,
    batch_size: int,
    seed: int,
    languages: list[tuple[str, str]] | None = None,
    **options: Any,
) -> None:
    """A file for each (name, text), so many texts at a time; a batch whose files are all there is left as it is.

    languages: of each text, for a generator that signs several.
    """
    from tqdm import tqdm

    for start in tqdm(range(0, len(named), batch_size), desc="generate", delay=2):
        names, texts = zip(*named[start : start + batch_size], strict=True)
        paths = [folder / f"{name}.{suffix}" for name in names]
        if all(path.exists() for path in paths):
            continue
        frames = None if lengths is None else lengths[start : start + batch_size]
        told = {} if languages is None else told_languages(generator.card, languages[start : start + batch_size])
        how = {**options, **told, "seed": seed + start, "batch_size": batch_size}
        poses = generator.generate(texts, frames=frames, **how)
        for text, path, pose in zip(texts, paths, poses, strict=True):
            write([pose], path, pose.provenance, text)


@dataclass
class Request:
    """Generates a file for each text; those that are there already are kept, so a killed run goes on."""

    model: str
    """Published generator."""
    out: str
    """Folder to write to."""
    corpus: str | None = None
    """Corpus whose texts are signed."""
    split: str = "test_sentences"
    """Split of the corpus."""
    texts: str | None = None
    """Text file with a sentence a line, instead of a corpus."""
    autoencoder: str | None = None
    """The autoencoder the generator must have been trained on."""
    clips: int | None = None
    """Only the first so many."""
    length: Literal["predicted", "drawn", "given"] = "predicted"
    """Lengths predicted from the text (the median of what the model expects, or a draw from that), or those of the
    corpus (say so when you report scores)."""
    format: Literal["pose", "npz", "mp4"] = "pose"
    """Kind of files."""
    steps: int | None = None
    """Sampling steps."""
    guidance: float | None = None
    """Guidance weight."""
    temperature: float | None = None
    """Of a translator's choice of tokens; 0 takes the likeliest."""
    top_p: float | None = None
    """Share of the probability that a translator draws tokens from."""
    beam: int | None = None
    """Hypotheses that a translator's search keeps."""
    speed: float = 1.0
    """Factor on the speed of signing; lengths are divided by it, those of the corpus too."""
    seed: int = 0
    """Seed of the noise."""
    batch_size: int = 32
    """Texts sampled together."""
    sampler: str | None = None
    """ddim, ddpm, dpm_solver, euler or heun."""
    guidance_rescale: float | None = None
    """Share of guidance's contrast that is taken back, 0 to 1."""
    guidance_interval: tuple[float, float] | None = None
    """Noise steps that are guided, as shares from 0 to 1."""
    precision: str | None = None
    """32, bf16 or, of translators, int8: faster, but their roundings depend on the batch."""
    gloss: bool = False
    """Sign glosses: those of the corpus, or the lines of the text file."""
    spoken_language: str | None = None
    """BCP-47 tag of the lines of a text file, where the model knows several."""
    signed_language: str | None = None
    """ISO 639-3 code of what they are signed in; a corpus says both for each clip."""
    device: str = AUTO
    """Where models compute: cpu, cuda or cuda:N; auto is a GPU where there is one."""


OPTIONS = (
    *("steps", "guidance", "sampler", "guidance_rescale", "guidance_interval", "precision"),
    *("temperature", "top_p", "beam", "speed", "gloss", "spoken_language", "signed_language"),
)
"""What of a request a generator is given as it is."""


def generate(asked: Request) -> None:
    """Writes what is asked for. UserError for what cannot be signed, before anything is written."""
    if Path(asked.out).is_file():
        raise UserError(f"generate: {asked.out} is a file; give a folder as --out")
    names, sentences, lengths = read_texts(asked.corpus, asked.split, asked.texts, asked.gloss)
    if asked.length == "given" and lengths is None:
        raise UserError("generate: lengths are given by a corpus only; drop --length given, or name --corpus")
    named = list(zip(names, sentences, strict=True))[: None if asked.clips is None else max(0, asked.clips)]
    for name, sentence in named:
        check_text(sentence, name)
    if asked.batch_size < 1 or not named:
        raise UserError("generate: there is nothing to generate; give --clips and --batch_size of at least 1")
    generator = load(asked.model, asked.autoencoder, device=asked.device)
    given = lengths[: len(named)] if lengths and asked.length == "given" else None
    options = {name: getattr(asked, name) for name in OPTIONS} | {"vary_length": asked.length == "drawn"}
    told = asked.corpus is None or asked.spoken_language or asked.signed_language
    pairs = None if told else Corpus.open(asked.corpus).split(asked.split).languages
    write_all(generator, Path(asked.out), asked.format, named, given, asked.batch_size, asked.seed, pairs, **options)


if __name__ == "__main__":
    run_stage(generate, Request)

"""Does one model sign each language that it is told? Every text in every language, read by a reader of each.

python -m eval.languages --generator NAME --corpus CORPUS [--split test_sentences] [--clips 40] [--input gloss]

On the invented languages only, whose readers know the lexicon and look at the geometry alone
(`data_prep.invented.reading`); no trained judge takes part. The readers are strict: of clips too blurred for them, the
distance to the recordings of the same text in each language still tells which language was meant. The corpus has its
texts in each language (`data_prep.synthesise --language qaa --language qab`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eval.bootstrap import Sample, mean_of, ratio_of
from eval.computing import add_device
from eval.likeness import sketches, warped
from eval.text_scores import edits
from sign_latent.corpus.clip import Clip
from sign_latent.errors import Parser, UserError, run
from sign_latent.pose.pose import Pose

TRUTH = "ground truth"
Reader = Callable[[Pose], list[str]]
"""A clip -> the glosses that are read of it."""


def in_every_language(clips: Sequence[Clip], most: int | None = None) -> list[dict[str, Clip]]:
    """Signed language -> clip, for texts that there are in all of them. UserError where there are none such."""
    languages = sorted({clip.signed_language for clip in clips})
    found: dict[tuple[str, str], dict[str, Clip]] = {}
    for clip in clips:
        found.setdefault((clip.spoken_language, clip.text), {})[clip.signed_language] = clip
    whole = [{tag: clips[tag] for tag in languages} for clips in found.values() if len(clips) == len(languages)]
    if len(languages) < 2 or not whole:
        raise UserError(
            f"the clips are in {', '.join(languages) or 'no language'}, and no text is in several; make a corpus with "
            "data_prep.synthesise --language qaa --language qab"
        )
    return whole[:most]


def readers(languages: Sequence[str]) -> dict[str, Reader]:
    """A reader of each invented language. UserError for any other one."""
    from data_prep.invented.clips import FPS
    from data_prep.invented.lexicon import lexicon
    from data_prep.invented.reading import read

    def of(tag: str) -> Reader:
        lexicon(tag)
        return lambda pose: list(read((pose if pose.fps == FPS else pose.resampled(FPS)).points, tag).glosses)

    return {tag: of(tag) for tag in languages}


def errors(
    made: Mapping[str, Sequence[Pose]], texts: Sequence[Mapping[str, Clip]], read: Mapping[str, Reader]
) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Language told -> language read -> edits and reference glosses [n] of what is read there, against what the text is
    in the language that is read.
    """
    from tqdm import tqdm

    found: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for told, poses in tqdm(made.items(), desc="reading", delay=5):
        found[told] = {}
        for tag, reader in read.items():
            wanted = [text[tag].gloss.split() for text in texts]
            wrong = [edits(reader(pose), line) for pose, line in zip(poses, wanted, strict=True)]
            found[told][tag] = np.array(wrong, float), np.array([len(line) for line in wanted], float)
    return found


def distances(
    made: Mapping[str, Sequence[Pose]], texts: Sequence[Mapping[str, Clip]]
) -> dict[str, dict[str, np.ndarray]]:
    """Language told -> language -> warped distance [n] to the recordings of the same texts in it, shoulder widths."""
    real = {tag: sketches([text[tag].pose for text in texts]) for tag in texts[0]}
    own = {told: sketches(poses) for told, poses in made.items()}
    return {told: {tag: warped(some, real[tag]) for tag in real} for told, some in own.items()}


def table(
    found: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]],
    apart: Mapping[str, Mapping[str, np.ndarray]],
    sample: Sample,
) -> dict[str, dict]:
    """Told -> read -> gloss error rate and share of texts of which no other language's recording is as near, percent,
    with 95 % bootstrap intervals over texts.
    """
    rows: dict[str, dict] = {}
    for told, row in found.items():
        rows[told] = {}
        for tag, (wrong, count) in row.items():
            others = np.min([d for other, d in apart[told].items() if other != tag], axis=0)
            nearer = (apart[told][tag] < others).astype(float)
            figures = {"gloss_wer": ratio_of(100 * wrong, count), "nearest": mean_of(100 * nearer)}
            rows[told][tag] = {
                name: {"value": e.value, "interval": e.interval}
                for name, e in ((name, sample.estimate([figure])) for name, figure in figures.items())
            }
    return rows


def lines_of(rows: Mapping[str, Mapping[str, Mapping]]) -> list[str]:
    """Two tables, a line for each language told: gloss errors of the readers, and which recordings are nearer."""
    tags, lines = list(next(iter(rows.values()))), []
    for name, title, column in (
        ("gloss_wer", "gloss errors, %", "read as "),
        ("nearest", "nearest, % of texts", "to "),
    ):
        lines.append(f"{title:24}" + "".join(f"{column + tag:>26}" for tag in tags))
        for told, row in rows.items():
            cells = [row[tag][name] for tag in tags]
            shown = [f"{c['value']:.1f} [{c['interval'][0]:.1f}, {c['interval'][1]:.1f}]" for c in cells]
            lines.append(f"{told:24}" + "".join(f"{cell:>26}" for cell in shown))
    return lines


def rows_of(name: str, corpus: str, split: str, clips: int, seed: int, gloss: bool, device: str) -> dict[str, dict]:
    """The table of a published generator, each text told in each language, and of the recordings."""
    from eval.systems import generate_all
    from sign_latent.corpus.read import Corpus
    from sign_latent.generation.api import load

    chosen = in_every_language(list(Corpus.open(corpus).split(split, dominant=True)), clips)
    languages, generator = list(chosen[0]), load(name, device=device)
    read, options = readers(languages), {"seed": seed} | ({"gloss": True} if gloss else {})
    made = {f"told {tag}": generate_all(generator, [text[tag] for text in chosen], None, options) for tag in languages}
    made |= {f"{TRUTH}, {tag}": [text[tag].pose for text in chosen] for tag in languages}
    sample = Sample.of([text[languages[0]] for text in chosen])
    return table(errors(made, chosen, read), distances(made, chosen), sample)


def main() -> None:
    parser = Parser(prog="python -m eval.languages", description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="name of a published generator of several languages")
    parser.add_argument("--corpus", required=True, help="corpus folder with the same texts in several languages")
    parser.add_argument("--split", default="test_sentences", help="split whose texts are signed")
    parser.add_argument("--clips", type=int, default=40, help="texts (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--input", choices=("text", "gloss"), default="text", help="what the generator is given")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    add_device(parser)
    o = parser.parse_args()
    if o.clips < 2:
        raise UserError(f"--clips {o.clips}: give at least 2")
    rows = rows_of(o.generator, o.corpus, o.split, o.clips, o.seed, o.input == "gloss", o.device)
    print(json.dumps(rows, indent=1) if o.json else "\n".join(lines_of(rows)))


if __name__ == "__main__":
    run(main)

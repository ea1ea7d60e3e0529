"""Does one model sign each language that it is told? Every text in every language, read by a reader of each.

python -m eval.languages --generator NAME --corpus CORPUS [--split test_sentences] [--clips 40] [--input gloss]

On the invented languages only, whose readers know the lexicon and look at the geometry alone
(`data_prep.invented.reading`); no trained judge takes part. The corpus has its texts in each language
(`data_prep.synthesise --language qaa --language qab`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eval.bootstrap import Sample, ratio_of
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


def table(found: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]], sample: Sample) -> dict[str, dict]:
    """Gloss error rates, percent, with 95 % bootstrap intervals over texts."""
    return {
        told: {
            tag: {"gloss_wer": (e := sample.estimate([ratio_of(100 * wrong, count)])).value, "interval": e.interval}
            for tag, (wrong, count) in row.items()
        }
        for told, row in found.items()
    }


def lines_of(rows: Mapping[str, Mapping[str, Mapping]]) -> list[str]:
    """A line for each language told: gloss errors of the readers."""
    tags = list(next(iter(rows.values())))
    lines = [f"{'gloss errors, %':24}" + "".join(f"{'read as ' + tag:>26}" for tag in tags)]
    for told, row in rows.items():
        cells = [f"{row[t]['gloss_wer']:.1f} [{row[t]['interval'][0]:.1f}, {row[t]['interval'][1]:.1f}]" for t in tags]
        lines.append(f"{told:24}" + "".join(f"{cell:>26}" for cell in cells))
    return lines


def rows_of(name: str, corpus: str, split: str, clips: int, seed: int, gloss: bool) -> dict[str, dict]:
    """The table of a published generator, each text told in each language, and of the recordings."""
    from eval.systems import generate_all
    from sign_latent.corpus.read import Corpus
    from sign_latent.generation.api import load

    chosen = in_every_language(list(Corpus.open(corpus).split(split, dominant=True)), clips)
    languages, generator = list(chosen[0]), load(name)
    read, options = readers(languages), {"seed": seed} | ({"gloss": True} if gloss else {})
    made = {f"told {tag}": generate_all(generator, [text[tag] for text in chosen], None, options) for tag in languages}
    made |= {f"{TRUTH}, {tag}": [text[tag].pose for text in chosen] for tag in languages}
    return table(errors(made, chosen, read), Sample.of([text[languages[0]] for text in chosen]))


def main() -> None:
    parser = Parser(prog="python -m eval.languages", description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True, help="name of a published generator of several languages")
    parser.add_argument("--corpus", required=True, help="corpus folder with the same texts in several languages")
    parser.add_argument("--split", default="test_sentences", help="split whose texts are signed")
    parser.add_argument("--clips", type=int, default=40, help="texts (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generation")
    parser.add_argument("--input", choices=("text", "gloss"), default="text", help="what the generator is given")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    o = parser.parse_args()
    if o.clips < 2:
        raise UserError(f"--clips {o.clips}: give at least 2")
    rows = rows_of(o.generator, o.corpus, o.split, o.clips, o.seed, o.input == "gloss")
    print(json.dumps(rows, indent=1) if o.json else "\n".join(lines_of(rows)))


if __name__ == "__main__":
    run(main)

"""What a judge reads of each system, and every text score as a function of clip weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from eval.bootstrap import Sample, Statistic, each_draw, mean_of
from eval.schema import Estimate
from eval.text_scores import TextScores, edits
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.text.vocabulary import normalise_text

SYSTEM, GIVEN, TRUTH = "system", "system, given length", "ground truth"
RETRIEVAL, THROUGH = "nearest-text retrieval", "ground truth through the autoencoder"
RANDOM, STATIC = "random training clip", "static mean pose"
TURNED = ", shuffled text"
SHUFFLED, FLOOR = SYSTEM + TURNED, TRUTH + TURNED
Runs = dict[str, list[list[Pose | None]]]
"""Row -> generation seeds -> one pose a clip, None for a failed one."""


def failed(pose: Pose | None) -> bool:
    """Whether there is nothing to score: no clip, no frames, numbers that are not finite, or no point ever seen."""
    if pose is None or len(pose) == 0:
        return True
    return not (np.isfinite(pose.points).all() and np.isfinite(pose.confidence).all() and (pose.confidence > 0).any())


def blank(pose: Pose) -> Pose:
    """As many frames in which nothing is seen: what a judge expects of a text that it was not shown."""
    return Pose(np.zeros_like(pose.points), np.zeros_like(pose.confidence), pose.fps, pose.skeleton)


@dataclass
class Reading:
    """What a judge made of one system's clips, against some texts."""

    hypotheses: list[str]
    """A failed clip reads as the empty text."""
    texts: list[str]
    nll: np.ndarray
    """Nats a token of the texts given the clips [n]; of a failed clip, given a blank one."""
    known: frozenset[str] = frozenset()
    """Words that the judge writes whole; all others, such as names, it spells."""

    @cached_property
    def scores(self) -> TextScores:
        """Sufficient statistics of BLEU and WER."""
        return TextScores(self.hypotheses, self.texts)

    @cached_property
    def single(self) -> dict[str, np.ndarray]:
        """chrF, ROUGE-L in two forms and exactness of each sentence [n], in percent."""
        tables = [TextScores([h], [t]).table() for h, t in zip(self.hypotheses, self.texts, strict=True)]
        return {name: np.array([table[name] for table in tables]) for name in _SINGLE}

    @cached_property
    def chrf_rows(self) -> np.ndarray:
        """[n, 18] counts of character n-grams: hypothesis, reference and match, for each of six orders."""
        # The counts are not in sacrebleu's public interface; its own bootstrap reads them in the same way.
        return np.array(_chrf()._extract_corpus_statistics(self.scores.hypotheses, [self.scores.references]))

    def chrf(self, weights: np.ndarray) -> np.ndarray:
        """Corpus chrF (Popović 2015), percent, where sentence i counts weights[..., i] times."""
        of_counts = each_draw(lambda counts: _chrf()._compute_f_score(counts.tolist()))
        return of_counts(weights @ self.chrf_rows)

    def wer(self, weights: np.ndarray) -> np.ndarray:
        """Word errors in percent of the words."""
        wrong, words = np.moveaxis(weights @ self.scores.word_errors, -1, 0)
        return 100 * wrong / np.maximum(words, 1.0)

    @cached_property
    def letter_errors(self) -> np.ndarray:
        """[n, 2]: edits and letters of what each text spells, its words together."""
        pairs = zip(self.hypotheses, self.texts, strict=True)
        lines = [(spelled(read, self.known), spelled(text, self.known)) for read, text in pairs]
        return np.array([[edits(read, text) if text else 0, len(text)] for read, text in lines]).reshape(-1, 2)

    def letters(self, weights: np.ndarray) -> np.ndarray:
        """Letters of spelled words that are read, in percent: 1 − edits ÷ letters, at least 0; nan without any."""
        wrong, letters = np.moveaxis(weights @ self.letter_errors, -1, 0)
        return 100 * np.maximum(0.0, 1 - wrong / np.where(letters > 0, letters, np.nan))

    def against(self, texts: list[str]) -> "Reading":
        """The same readings against other texts, whose likelihood is unknown."""
        return replace(self, texts=texts, nll=np.full(len(texts), np.nan))


def spelled(text: str, known: frozenset[str]) -> str:
    """The letters of the words of a text that are not among the known ones."""
    return "".join(word for word in normalise_text(text).split() if word.isalpha() and word not in known)


_SINGLE = ("chrf", "rouge_l", "rouge_l_legacy", "exact")


def _chrf():
    from sacrebleu.metrics import CHRF

    return CHRF(lowercase=True)


def _bleu(order: int) -> Callable[[Reading], Statistic]:
    return lambda reading: lambda weights: reading.scores.bleu(weights, order)


STATISTICS: dict[str, Callable[[Reading], Statistic]] = {
    **{f"bleu{order}": _bleu(order) for order in (1, 2, 3, 4)},
    "chrf": lambda reading: reading.chrf,
    "rouge_l": lambda reading: mean_of(reading.single["rouge_l"]),
    "rouge_l_legacy": lambda reading: mean_of(reading.single["rouge_l_legacy"]),
    "wer": lambda reading: reading.wer,
    "exact": lambda reading: mean_of(reading.single["exact"]),
    "letters": lambda reading: reading.letters,
    "nll": lambda reading: mean_of(reading.nll),
}
"""Name of a text score -> the score as a function of clip weights."""


def read_row(
    judge, poses: Sequence[Pose | None], clips: Sequence, beam: int, note: str, without: str | None = None
) -> Reading:
    """One system's clips under a judge, with a part hidden if `without` names one.

    Poses of another skeleton are converted; UserError where that cannot be.
    """
    from sign_latent.evaluator.back_translation import read_poses

    texts, lost = [clip.text for clip in clips], [failed(pose) for pose in poses]
    shown = [blank(clip.pose) if gone else pose for pose, clip, gone in zip(poses, clips, lost, strict=True)]
    ready = [convert(pose, judge.settings.skeleton) for pose in shown]
    found = read_poses(judge, ready, texts, beam=beam, note=f"judging {note}", without=without)
    words = ["" if gone else text for text, gone in zip(found.texts, lost, strict=True)]
    return Reading(words, texts, np.asarray(found.nll, dtype=float), frozenset(judge.tokens.words))


def score_table(readings: Sequence[Reading], sample: Sample, names: Sequence[str] = tuple(STATISTICS)) -> dict:
    """Score -> `Estimate` of a row, from its readings (one a seed)."""
    found: dict[str, Estimate] = {}
    for name in names:
        found[name] = sample.estimate([STATISTICS[name](reading) for reading in readings])
    return found

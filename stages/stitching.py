"""Builds a dictionary stitcher, a baseline: examples of every gloss from training clips, and a translator to glosses.

python stages/stitching.py --config configs/stitching/small.yaml --corpus CORPUS --name stitching
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import torch

from sign_latent.baselines.dictionary import Dictionary
from sign_latent.baselines.glosses import GlossTranslator, GlossTranslatorSettings, names_in
from sign_latent.baselines.joining import jump
from sign_latent.baselines.stitcher import CLOSING, FIRST, OPENING, Stitcher, StitcherSettings
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.tokens import pad_ids
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, one_language, refuse_taken, run_stage, stored_precision, tell_warnings
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit

ENOUGH = 95.0
"""Percent of held-out glosses that a dictionary must have to bear no warning."""


@dataclass
class Occurrence:
    """A gloss in a clip: frames ``start`` to ``end`` of it."""

    clip: int
    signer: str
    start: int
    end: int
    crossing: int
    """Tiers that run over an end of it: brows, head and the like, which belong to the sentence and not to the sign."""


@dataclass
class Timing:
    """Where glosses stand in clips."""

    found: dict[str, list[Occurrence]] = field(default_factory=lambda: defaultdict(list))
    gaps: list[int] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    trails: list[int] = field(default_factory=list)

    def add(self, number: int, clip: Clip) -> None:
        """Enter the glosses of a clip; an isolated sign without tiers is its whole clip."""
        spans = sorted((t for t in clip.tiers if t.channel == "gloss"), key=lambda t: t.start)
        if not spans and len(clip.gloss.split()) == 1:
            spans = [Tier("gloss", clip.gloss, 0, len(clip.pose))]
        for span in spans:
            inside = (t for t in clip.tiers if t.start < span.end and t.end > span.start)
            crossing = sum(t.start < span.start or t.end > span.end for t in inside)
            self.found[span.value].append(Occurrence(number, clip.signer, span.start, span.end, crossing))
        if spans:
            self.gaps += [b.start - a.end for a, b in itertools.pairwise(spans)]
            self.leads.append(spans[0].start)
            self.trails.append(len(clip.pose) - spans[-1].end)


def best(found: list[Occurrence], most: int) -> list[Occurrence]:
    """The most typical occurrences of a gloss, of as many signers as can be.

    First those with nothing of the sentence on them, then those of about the median length.
    """
    middle = np.median([o.end - o.start for o in found] or [0])
    ranked = sorted(found, key=lambda o: (o.crossing, abs(o.end - o.start - middle), o.clip))
    turn: Counter[str] = Counter()
    rounds = []
    for occurrence in ranked:
        rounds.append(turn[occurrence.signer])
        turn[occurrence.signer] += 1
    return [ranked[i] for i in np.argsort(rounds, kind="stable")[:most]]


def cut(pose: Pose, start: int, end: int) -> Pose:
    """Frames of a clip."""
    return read_at(pose, np.arange(start, end, dtype=np.float64))


def dictionary_of(clips: ClipSet, timing: Timing, glosses: list[str], examples: int) -> tuple[Dictionary, float]:
    """Examples of each gloss and of how clips open and close; and the median over their clips of the largest jump."""
    pieces, signs, jumps = [], [], []
    for i in range(0, len(clips), max(1, len(clips) // examples)):
        pose = clips[i].pose
        pieces += [cut(pose, 0, 1), cut(pose, len(pose) - 1, len(pose))]
        signs += [OPENING, CLOSING]
    for number, gloss in enumerate(glosses):
        for occurrence in best(timing.found.get(gloss, []), examples):
            pose = clips[occurrence.clip].pose
            pieces.append(cut(pose, occurrence.start, occurrence.end))
            signs.append(FIRST + number)
            jumps.append(jump(pose))
    return Dictionary.of(pieces, signs, clips.corpus.skeleton, clips.corpus.fps), float(np.median(jumps))


def read_timing(clips: ClipSet) -> Timing:
    """Where the glosses of all clips stand. UserError where no clip has timed glosses."""
    from tqdm import tqdm

    timing = Timing()
    for i, clip in enumerate(tqdm(clips, desc="reading glosses", unit="clip", disable=None)):
        timing.add(i, clip)
    if not timing.found:
        raise UserError(f"corpus {clips.corpus.path}: has no timed glosses (tier gloss), so there is nothing to stitch")
    return timing


def trained(name: str, clips: ClipSet, settings: GlossTranslatorSettings, how: TrainSettings) -> GlossTranslator:
    """A translator of the clips' texts to their glosses."""
    torch.manual_seed(how.seed)
    model = GlossTranslator(settings)
    read = [model.text_ids(text) for text in clips.texts]
    lines = [model.line_ids(line, names) for line, (_, names) in zip(clips.glosses, read, strict=True)]
    lengths = np.array([len(line) for line in lines])

    def batch(step: int):
        chosen = batch_indices(lengths, how.batch_size, how.seed, step)
        return pad_ids([read[i][0] for i in chosen]), pad_ids([lines[i] for i in chosen])

    about = {"corpus": clips.corpus.hash, "model": asdict(settings)}
    return fit(name, model, lambda m, b: m.losses(*b), batch, how, about)


def audit(model: Stitcher, clips: ClipSet, most: int = 300) -> dict[str, float]:
    """Gloss error of the translation of held-out texts, and the share of their glosses that the dictionary has."""
    from torchmetrics.functional.text import word_error_rate

    texts, lines = clips.texts[:most], clips.glosses[:most]
    found = [" ".join(line) for line in model.translator.translate(texts)]
    wanted = [gloss for line in lines for gloss in line.split()]
    return {
        "gloss_wer": 100 * float(word_error_rate(found, lines)),
        "gloss_exact": 100 * sum(a == b for a, b in zip(found, lines, strict=True)) / len(lines),
        "glosses_in_dictionary": 100 * len(model.known(wanted)) / max(1, len(wanted)),
        "clips": len(texts),
    }


def warnings_of(facts: dict[str, float] | None) -> list[str]:
    """Words for the card where the dictionary has gaps."""
    there = 100.0 if facts is None else facts["glosses_in_dictionary"]
    return [f"the dictionary has only {there:.0f} % of the glosses of held-out clips"] if there < ENOUGH else []


def train(
    name: str,
    corpus: str,
    translator: GlossTranslatorSettings = GlossTranslatorSettings(),
    train: TrainSettings = TrainSettings(),
    examples: int = 6,
    candidates: int = 3,
    intended_use: str = "A baseline that generators of signing are compared with; it holds pieces of training clips.",
):
    """Builds and publishes a stitcher.

    Args:
        name: Name to publish under.
        corpus: Corpus folder whose split `train` has glosses with their times, left-handed clips in the mirror.
        translator: Size of the translator from text to glosses.
        train: How it is trained.
        examples: Most examples of a gloss in the dictionary.
        candidates: Examples drawn for a clip, of which the best-fitting one is taken.
        intended_use: A sentence for the card.
    """
    if examples < 1 or candidates < 1:
        raise UserError("stitching: give at least 1 of --examples and of --candidates")
    refuse_taken(name, train)
    data = one_language(Corpus.open(corpus))
    clips = data.split("train", dominant=True)
    timing = read_timing(clips)
    glosses = sorted({gloss for line in clips.glosses for gloss in line.split()} | set(timing.found))
    names = names_in(clips.texts, clips.glosses)
    words = [word for word in Vocabulary.build(clips.texts, minimum=1).words if word not in names]
    dictionary, fastest = dictionary_of(clips, timing, glosses, examples)
    gap, lead, trail = (max(1, round(np.median(x or [1]))) for x in (timing.gaps, timing.leads, timing.trails))
    settings = StitcherSettings(
        translator=replace(translator, words=words, glosses=glosses),
        dictionary=dictionary.settings,
        candidates=candidates,
        gap=gap,
        lead=max(1, lead - 1),  # the opening is a frame itself, and so is the closing
        trail=max(1, trail - 1),
        fastest=fastest,
    )
    model = Stitcher(settings, dictionary)
    model.translator = trained(name, clips, settings.translator, train)
    stored_precision(model, half=True)
    facts = audit(model.eval(), data.split("dev", dominant=True)) if "dev" in data.splits else None
    card = Card(
        name=name,
        model="stitcher",
        settings=asdict(settings),
        vocabulary=words,
        audit=facts,
        warnings=warnings_of(facts),
        seed=train.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    tell_warnings(card)
    config = {"corpus": corpus, "translator": asdict(translator), "train": asdict(train)}
    return publish(card, model, config | {"examples": examples, "candidates": candidates}, half=True)


if __name__ == "__main__":
    run_stage(train)

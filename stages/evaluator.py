"""Trains a judge: a back-translator that reads ground-truth poses and writes their text.

python stages/evaluator.py --config configs/evaluator/dev.yaml --corpus CORPUS --name judge-dev
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.back_translation import read_poses
from sign_latent.evaluator.back_translator import BackTranslator, Settings, pad_ids
from sign_latent.evaluator.clips import LocalClips
from sign_latent.evaluator.features import Rows
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.vocabulary import Vocabulary, normalise_text
from sign_latent.training import TrainSettings, fit, step_seed


def settings_for(corpus: Corpus, clips: ClipSet, settings: Settings, minimum: int) -> Settings:
    """The model's settings with what the corpus decides: skeleton, frame rate, words and glosses."""
    words = sorted(Vocabulary.build(clips.texts, minimum=minimum).words)
    glosses = sorted({gloss for line in clips.glosses for gloss in line.split()})
    weight = settings.gloss_weight if glosses else 0.0
    known = {"skeleton": corpus.skeleton.name, "fps": corpus.fps, "words": words, "glosses": glosses}
    return replace(settings, **known, gloss_weight=weight)


def batches(model: BackTranslator, clips: ClipSet, local: LocalClips, how: TrainSettings, join: float):
    """``batches(step)``: coordinates [B, T, R, C], presence [B, T, R], lengths [B], token ids [B, L], gloss ids.

    In a share ``join`` of the steps the clips are joined in pairs, up to 8 frames shorter on either side of the seam.
    """
    texts = [model.tokens.encode(text) for text in clips.texts]
    glosses = [model.gloss_line(line) for line in clips.glosses]

    def batch(step: int):
        chosen = batch_indices(local.lengths, how.batch_size, how.seed, step)
        chance = np.random.default_rng(step_seed(how.seed, step))
        if chance.random() >= join or len(chosen) < 2:
            return *local.batch(chosen), pad_ids([texts[i] for i in chosen]), [glosses[i] for i in chosen]
        first, second = chance.permutation(chosen)[: len(chosen) // 2 * 2].reshape(2, -1)
        pairs = list(zip(first, second, strict=True))
        ids = pad_ids([texts[i][:-1] + texts[j] for i, j in pairs])
        cut = chance.integers(0, 9, (2, len(pairs)))
        return *local.joined(first, second, cut), ids, [glosses[i] + glosses[j] for i, j in pairs]

    return batch


def loss_of(changes: Augment, rows: Rows):
    """Loss of a batch whose clips are changed on the way."""

    def loss(model: BackTranslator, batch) -> dict[str, torch.Tensor]:
        local, present, lengths, ids, glosses = batch
        local, present, mask = augment(local, present, lengths, rows, changes)
        return model.losses(*model.states(local, present, mask), ids, glosses)

    return loss


def audit_of(model: BackTranslator, clips: ClipSet, most: int) -> dict[str, float]:
    """What the judge makes of ground truth it was not trained on: BLEU-4, chrF, exact sentences (percent)."""
    from sacrebleu.metrics import BLEU, CHRF

    chosen = range(min(most, len(clips)))
    true = [normalise_text(clips.texts[i]) for i in chosen]
    read = read_poses(model, [clips[i].pose for i in chosen], true)
    scorers = {"bleu4": BLEU(lowercase=True), "chrf": CHRF(lowercase=True)}
    scores = {name: scorer.corpus_score(read.texts, [true]).score for name, scorer in scorers.items()}
    exact = sum(a == b for a, b in zip(read.texts, true, strict=True)) / len(true)
    return {**scores, "exact": 100 * exact, "nll": float(read.nll.mean()), "clips": len(true)}


def train(
    name: str,
    corpus: str,
    model: Settings | None = None,
    augment: Augment | None = None,
    train: TrainSettings | None = None,
    minimum: int = 20,
    join: float = 0.2,
    dev: str = "dev",
    dev_clips: int = 300,
    intended_use: str = "Judging generated signing; never for guidance or selection of what it judges.",
):
    """Trains and publishes a judge.

    Args:
        name: Name to publish under.
        corpus: Corpus folder; its split `train` is read, left-handed clips in the mirror.
        model: Size and shape of the judge.
        augment: How clips are changed in training.
        train: How it is trained.
        minimum: A word seen at least so often in training is written whole, all others are spelled.
        join: Share of the steps in which clips are joined in pairs, so that long texts are read.
        dev: Split scored before publishing, if the corpus has it.
        dev_clips: Most clips of it that are scored.
        intended_use: A sentence for the card.
    """
    how, changes = train or TrainSettings(), augment or Augment()
    refuse_taken(name)
    data = Corpus.open(corpus)
    clips = data.split("train", dominant=True)
    torch.manual_seed(how.seed)
    judge = BackTranslator(settings_for(data, clips, model or Settings(), minimum))
    local = LocalClips(judge.features, clips, "training clips")
    judge.features.fit_statistics(local[i] for i in range(len(local)))
    about = {"corpus": data.hash, "model": asdict(judge.settings), "augment": asdict(changes), "join": join}
    fit(name, judge, loss_of(changes, judge.features.rows), batches(judge, clips, local, how, join), how, about)
    stored_precision(judge, half=True)
    audit = audit_of(judge, data.split(dev, dominant=True), dev_clips) if dev in data.splits else None
    card = Card(
        name=name,
        model="back_translator",
        settings=asdict(judge.settings),
        vocabulary=judge.settings.words,
        audit=audit,
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "augment": asdict(changes), "train": asdict(how), "minimum": minimum, "join": join}
    return publish(card, judge, config, half=True)


if __name__ == "__main__":
    run_stage(train)

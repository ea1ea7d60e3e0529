"""Trains a judge that reads ground-truth poses and writes their text, and where it has glosses, their glosses.

python stages/evaluator.py --config configs/evaluator/dev.yaml --corpus CORPUS --name judge-dev
python stages/evaluator.py --config configs/evaluator/ctc.yaml --corpus CORPUS --name judge-ctc
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch

from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.back_translation import REGRESSOR, read_glosses, read_poses
from sign_latent.evaluator.back_translator import BackTranslator
from sign_latent.evaluator.back_translator import Settings as BackTranslatorSettings
from sign_latent.evaluator.clips import LocalClips, check_recorded
from sign_latent.evaluator.ctc_translator import CtcTranslator
from sign_latent.evaluator.ctc_translator import Settings as CtcTranslatorSettings
from sign_latent.evaluator.features import Rows
from sign_latent.evaluator.parts import hidden_in_training
from sign_latent.evaluator.text_judge import TextJudge, TextJudgeSettings
from sign_latent.evaluator.tokens import pad_ids
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.vocabulary import Vocabulary, normalise_text
from sign_latent.training import TrainSettings, fit, step_seed


@dataclass
class JudgeChoice:
    """Which judge, and its settings."""

    model: Literal["back_translator", "ctc_translator"] = "back_translator"
    """Key of the models table."""
    back_translator: BackTranslatorSettings = field(default_factory=BackTranslatorSettings)
    """Read when model is back_translator."""
    ctc_translator: CtcTranslatorSettings = field(default_factory=CtcTranslatorSettings)
    """Read when model is ctc_translator."""


MODELS = {"back_translator": BackTranslator, "ctc_translator": CtcTranslator}


def settings_for(corpus: Corpus, clips: ClipSet, settings: TextJudgeSettings, minimum: int) -> TextJudgeSettings:
    """The model's settings with what the corpus decides: skeleton, frame rate, words and glosses."""
    words = sorted(Vocabulary.build(clips.texts, minimum=minimum).words)
    glosses = sorted({gloss for line in clips.glosses for gloss in line.split()})
    weight = settings.gloss_weight if glosses else 0.0
    known = {"skeleton": corpus.skeleton.name, "fps": corpus.fps, "words": words, "glosses": glosses}
    return replace(settings, **known, gloss_weight=weight)


def build(choice: JudgeChoice, corpus: Corpus, clips: ClipSet, minimum: int) -> TextJudge:
    """The judge for a corpus. UserError for a judge of glosses where the corpus has none."""
    settings = settings_for(corpus, clips, getattr(choice, choice.model), minimum)
    if choice.model == "ctc_translator" and not settings.glosses:
        raise UserError(f"corpus {corpus.path}: has no glosses for a ctc_translator; train a back_translator on it")
    return MODELS[choice.model](settings)


def found_by(corpus: Corpus) -> dict[str, str]:
    """The regressor that found the poses of a corpus in pictures (`data_prep.see`), by its role; none of recordings."""
    seen = corpus.info.get("seen") or []
    return {REGRESSOR: seen[-1]["regressor"]} if seen else {}


def batches(model: TextJudge, clips: ClipSet, local: LocalClips, how: TrainSettings, join: float):
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

    def loss(model: TextJudge, batch) -> dict[str, torch.Tensor]:
        local, present, lengths, ids, glosses = batch
        local, present, mask = augment(local, present, lengths, rows, changes)
        return model.losses(*model.states(local, present, mask), ids, glosses)

    return loss


def audit_of(model: TextJudge, clips: ClipSet, most: int, changes: Augment) -> dict[str, Any]:
    """What the judge makes of ground truth it was not trained on: BLEU-4, chrF, exact sentences, gloss WER (percent).

    ``bleu4_without`` is BLEU-4 with a part hidden; ``hidden_in_training`` names the parts it learnt to do without.
    """
    from sacrebleu.metrics import BLEU, CHRF
    from torchmetrics.functional.text import word_error_rate

    chosen = range(min(most, len(clips)))
    poses, true = [clips[i].pose for i in chosen], [normalise_text(clips.texts[i]) for i in chosen]
    read = read_poses(model, poses, true)
    scorers = {"bleu4": BLEU(lowercase=True), "chrf": CHRF(lowercase=True)}
    audit: dict[str, Any] = {k: scorer.corpus_score(read.texts, [true]).score for k, scorer in scorers.items()}
    exact = sum(a == b for a, b in zip(read.texts, true, strict=True)) / len(true)
    audit |= {"exact": 100 * exact, "nll": float(read.nll.mean()), "clips": len(true)}
    if model.settings.glosses:
        found = word_error_rate(read_glosses(model, poses), [clips.glosses[i] for i in chosen])
        audit["gloss_wer"] = 100 * float(found)
    parts = [part for part in model.settings.parts if clips.corpus.skeleton.parts[part]]
    partly = {part: read_poses(model, poses, without=part, note=f"without {part}").texts for part in parts}
    audit["bleu4_without"] = {part: scorers["bleu4"].corpus_score(t, [true]).score for part, t in partly.items()}
    audit["hidden_in_training"] = [part for part in parts if hidden_in_training(part, asdict(changes))]
    return audit


def train(
    name: str,
    corpus: str,
    judge: JudgeChoice = JudgeChoice(),
    augment: Augment = Augment(),
    train: TrainSettings = TrainSettings(),
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
        judge: Which judge, and its settings.
        augment: How clips are changed in training.
        train: How it is trained.
        minimum: A word seen at least so often in training is written whole, all others are spelled.
        join: Share of the steps in which clips are joined in pairs, so that long texts are read.
        dev: Split scored before publishing, if the corpus has it.
        dev_clips: Most clips of it that are scored.
        intended_use: A sentence for the card.
    """
    choice, how, changes = deepcopy(judge), train, augment
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    clips = data.split("train", dominant=True)
    check_recorded(clips, "some training clips")
    torch.manual_seed(how.seed)
    model = build(choice, data, clips, minimum)
    local = LocalClips(model.features, clips, "training clips")
    model.features.fit_statistics(local[i] for i in range(len(local)))
    about = {"corpus": data.hash, "model": asdict(model.settings), "augment": asdict(changes), "join": join}
    fit(name, model, loss_of(changes, model.features.rows), batches(model, clips, local, how, join), how, about)
    stored_precision(model, half=True)
    held_out = data.split(dev, dominant=True) if dev in data.splits else None
    card = Card(
        name=name,
        model=choice.model,
        settings=asdict(model.settings),
        vocabulary=model.settings.words,
        parents=found_by(data),
        audit=None if held_out is None else audit_of(model, held_out, dev_clips, changes),
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "judge": asdict(choice), "augment": asdict(changes), "train": asdict(how)}
    return publish(card, model, config | {"minimum": minimum, "join": join}, half=True)


if __name__ == "__main__":
    run_stage(train)

"""Trains a recogniser of isolated signs on one split of a corpus.

python stages/recogniser.py --config configs/recogniser/small.yaml --corpus CORPUS --split dev --name recogniser-dev
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.clips import LocalClips, check_recorded
from sign_latent.evaluator.recogniser import Recogniser, Settings
from sign_latent.registry import Card, publish
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.training import TrainSettings, fit
from stages.beginning import begin_with


def loss_of(changes: Augment, local: LocalClips, labels: torch.Tensor):
    """Loss of the clips of a step, changed on the way."""

    def loss(model: Recogniser, chosen: np.ndarray) -> dict[str, torch.Tensor]:
        found, present, lengths = local.batch(chosen)
        found, present, mask = augment(found, present, lengths, local.rows, changes)
        return model.losses(found, present, mask, labels[chosen])

    return loss


def trained(
    name: str,
    clips: ClipSet,
    glosses: list[str],
    settings: Settings,
    changes: Augment,
    how: TrainSettings,
    init_from: str | None = None,
) -> tuple[Recogniser, dict[str, str]]:
    """A recogniser of `glosses` trained on `clips`, whose gloss is their label; and its parents by role.

    UserError for clips that models made.
    """
    check_recorded(clips, "some training clips")
    torch.manual_seed(how.seed)
    known = {"skeleton": clips.corpus.skeleton.name, "fps": clips.corpus.fps, "glosses": glosses}
    model = Recogniser(replace(settings, **known))
    local = LocalClips(model.features, clips, "training clips")
    parents = begin_with(model, "recogniser", init_from)
    if not parents:
        model.features.fit_statistics(local[i] for i in range(len(local)))
    loss = loss_of(changes, local, model.labels(clips.glosses))
    about = {"corpus": clips.corpus.hash, "model": asdict(model.settings), "augment": asdict(changes), **parents}
    fit(name, model, loss, lambda step: batch_indices(local.lengths, how.batch_size, how.seed, step), how, about)
    return model, parents


def train(
    name: str,
    corpus: str,
    split: str = "train",
    model: Settings = Settings(),
    augment: Augment = Augment(),
    train: TrainSettings = TrainSettings(),
    init_from: str | None = None,
    intended_use: str = "Judging whether generated signs are recognisable; never for clips it was trained on.",
):
    """Trains and publishes a recogniser.

    Args:
        name: Name to publish under.
        corpus: Corpus folder of isolated signs.
        split: Split it is trained on; judge other clips with it.
        model: Size and shape of the recogniser.
        augment: How clips are changed in training.
        train: How it is trained.
        init_from: Published recogniser to start from; it has seen its clips as well, which are not to be judged either.
        intended_use: A sentence for the card.
    """
    how = train
    refuse_taken(name, how)
    data = Corpus.open(corpus)
    glosses = sorted({gloss for part in data.splits for gloss in data.split(part).glosses})
    judge, parents = trained(name, data.split(split), glosses, model, augment, how, init_from)
    stored_precision(judge, half=True)
    card = Card(
        name=name,
        model="recogniser",
        settings=asdict(judge.settings),
        parents=parents,
        audit={"trained_on": split},
        seed=how.seed,
        intended_use=intended_use,
        **corpus_facts(data),
    )
    config = {"corpus": corpus, "split": split, "augment": asdict(augment), "train": asdict(how)}
    return publish(card, judge, config, half=True)


if __name__ == "__main__":
    run_stage(train)

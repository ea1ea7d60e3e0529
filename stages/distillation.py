"""Distils a published denoiser into a student of few steps, guidance built in; audits that it uses the text.

python stages/distillation.py --config configs/distillation/small.yaml --corpus CORPUS --teacher my-denoiser --name fast
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
from tqdm import tqdm

from sign_latent import registry
from sign_latent.aligner.vectors import encoder_of
from sign_latent.cache import Ragged, cached, ragged
from sign_latent.corpus.batching import batch_indices
from sign_latent.corpus.read import Corpus
from sign_latent.denoiser.distillation import (
    DistillationSettings,
    Leaps,
    distillation_loss,
    stops,
    student_of,
    teachers_way,
    walked,
)
from sign_latent.errors import UserError
from sign_latent.generation.back_translation import BackTranslationSettings, check_judge, with_audit
from sign_latent.generation.generator import Generator
from sign_latent.generation.inputs import kinds_of
from sign_latent.generation.precision import halved
from sign_latent.generation.sampling import check_taught
from sign_latent.stage import corpus_facts, refuse_taken, run_stage, stored_precision
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import TrainSettings, fit, step_seed
from stages.denoiser import MODELS, Data, audit, read_data
from stages.inputs import Reading


def trajectories(
    teacher: registry.Artefact, data: Data, how: DistillationSettings, seed: int
) -> tuple[Ragged, np.ndarray]:
    """Places of the teacher on its way, and the rows of their texts; cached by all they depend on."""
    model, lengths = teacher.model, data.latents.mean.lengths
    chosen = np.resize(np.random.default_rng(seed).permutation(len(lengths)), how.trajectories)

    def compute() -> dict[str, np.ndarray]:
        moved = halved(model) if how.precision == "bf16" else model
        order, found = np.argsort(lengths[chosen], kind="stable"), [None] * len(chosen)
        for start in tqdm(range(0, len(order), 64), desc="trajectories", delay=2, leave=False):
            rows = order[start : start + 64]
            text = data.inputs.batch(chosen[rows], kinds_of_rows(data, chosen, rows))
            seeds = [step_seed(seed, int(row)) for row in rows]
            for row, places in zip(rows, walked(moved, text, lengths[chosen[rows]], seeds, how), strict=True):
                found[row] = places.astype(np.float16)
        places = ragged(found)
        return {"places": places.values, "lengths": places.lengths}

    way = asdict(teachers_way(model, how)) | {"stops": how.steps}
    arrays = cached("trajectories", (teacher.card.reference, way, seed, *lengths[chosen], len(lengths)), compute)
    return Ragged(arrays["places"], arrays["lengths"]), chosen


def kinds_of_rows(data: Data, chosen: np.ndarray, rows: np.ndarray) -> list[str]:
    """What each trajectory reads of its clip: texts and glosses in turn where the teacher reads both."""
    kinds = list(data.inputs.lines)
    wanted = [kinds[i % len(kinds)] for i in rows]
    return [k if data.inputs.lines[k][chosen[i]].strip() else kinds[0] for k, i in zip(wanted, rows, strict=True)]


def of_step(places: Ragged, chosen: np.ndarray, data: Data, how: TrainSettings, step: int) -> Leaps:
    """The batch of a training step."""
    rows = batch_indices(places.lengths, how.batch_size, how.seed, step)
    return Leaps(*places.batch(rows), data.inputs.batch(chosen[rows], kinds_of_rows(data, chosen, rows)))


def reading_of(generator: registry.Artefact) -> Reading:
    """How a published denoiser reads."""
    card, kinds = generator.card, kinds_of(generator.card)
    reads = "both" if len(kinds) > 1 else kinds[0]
    marks, longest = tuple(generator.model.settings.marks), (card.text_encoder or {}).get("longest", {})
    return Reading(encoder_of(card), Vocabulary(card.vocabulary), reads, marks, longest)


def check_teacher(teacher: registry.Artefact, data: Corpus, settings: DistillationSettings) -> None:
    """UserError where the teacher learnt from another corpus, or would go a way that it was never shown itself."""
    if data.hash != teacher.card.corpus_hash:
        raise UserError(f"corpus {data.path}: {teacher.card.name} was trained on another; give that one")
    way = teachers_way(teacher.model, settings)
    check_taught(teacher.card, teacher.model.settings.diffusion, way.sampler, way.steps)


def train(
    name: str,
    corpus: str,
    teacher: str,
    distillation: DistillationSettings = DistillationSettings(),
    train: TrainSettings = TrainSettings(),
    half: bool = False,
    back_translation: BackTranslationSettings = BackTranslationSettings(),
    intended_use: str = "Signing poses from text in few steps, for research; not reviewed by signers.",
):
    """Distils and publishes a denoiser.

    Args:
        name: Name to publish under.
        corpus: Corpus folder; its texts and lengths are what the teacher signs.
        teacher: Published denoiser; or a student, to halve its steps once more, which goes its own way (`ddim`).
        distillation: What the teacher shows, and in how many steps the student follows.
        train: How it is trained.
        half: Store weights in half precision.
        back_translation: Who reads its clips before it is published; `clips: 0` switches that off.
        intended_use: A sentence for the card.
    """
    how = train
    refuse_taken(name, how)
    distillation.check()
    check_judge(back_translation)
    source = registry.load(teacher, expect={"model": tuple(MODELS)})
    data = Corpus.open(corpus)
    check_teacher(source, data, distillation)
    parent = registry.load(source.card.parents["autoencoder"])
    reading = reading_of(source)
    clips, dev = (data.split(split, dominant=True) for split in ("train", "dev"))
    found = read_data(parent, clips, "train", reading)
    places, rows = trajectories(source, found, distillation, how.seed)
    model = student_of(source.model, distillation.steps)
    about = {"corpus": data.hash, "teacher": source.card.reference, "distillation": asdict(distillation)}
    fit(name, model, distillation_loss, lambda step: of_step(places, rows, found, how, step), how, about)
    stored_precision(model, half)
    own = (stops(model.settings.diffusion)[0] / model.settings.diffusion.steps).tolist()
    held_out, lengths = read_data(parent, dev, "dev", reading), found.latents.mean.lengths
    facts = audit(model, held_out, lengths, parent.card.latent.seconds, how.seed, own)
    card = replace(
        source.card,
        name=name,
        settings=asdict(model.settings),
        parents=source.card.parents | {"teacher": source.card.reference},
        seed=how.seed,
        intended_use=intended_use,
        weights_sha256="",
        code_commit="",
        code_dirty=False,
        created="",
        **corpus_facts(data),
    )
    made = Generator(card, model, parent.model, reading.encoder, reading.vocabulary)
    card = with_audit(made, facts, dev, back_translation)
    config = {"corpus": corpus, "teacher": teacher, "distillation": asdict(distillation), "train": asdict(how)}
    return registry.publish(card, model, config, half=half)


if __name__ == "__main__":
    run_stage(train)

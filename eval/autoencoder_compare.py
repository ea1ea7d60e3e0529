"""The comparison of autoencoders: everything in `autoencoder.json`, a function of clips, models and nets."""

import numpy as np

from eval.autoencoder_rows import Chunk, Gathered, Instruments, Subject, controls
from eval.autoencoder_schema import Comparison, Latent, Row
from eval.bootstrap import LEVEL, Sample
from eval.interpretation import CLIPS, Slots, interpretation, slot_names
from eval.latent_statistics import chunks, tokens_of
from eval.rates import rate_of
from eval.reconstruction import on_skeleton
from eval.references import References
from eval.schema import Uncertainty
from sign_latent.pose.convert import convert
from sign_latent.progress import Progress

CHUNK = 128
"""Clips in memory at once, with all that is made of them."""


def compare(
    references: References, found: list[Subject], tools: Instruments, draws: int
) -> tuple[Comparison, dict[str, Slots]]:
    """The whole comparison, and the directions of each autoencoder's slots; `found` gathers what it is made of."""
    clips, skeleton = references.clips, references.train.corpus.skeleton
    others, features = gather(clips, found, skeleton, references.train, tools)
    sample = Sample.of(clips, draws)
    rows = {s.name: s.gathered.row(sample, features.get(s.model.settings.skeleton, {})) for s in found}
    rows |= {name: one.row(sample, features.get(skeleton.name, {})) for name, one in others.items()}
    about, slots = {}, {}
    for subject in found:
        about[subject.name], slots[subject.name] = latent_of(subject, rows[subject.name], clips, references.about.fps)
    report = Comparison(
        references=references.about,
        uncertainty=Uncertainty(sample.unit, int(sample.clusters.max()) + 1, draws, LEVEL),
        judge=tools.judge.card.reference if tools.judge else None,
        feature_net=tools.net.card.reference if tools.net else None,
        rows=rows,
        order=list(rows),
        latents=about,
        shown=shown_clips(found, [clip.id for clip in clips]),
        notes=notes(found, skeleton.name, tools, features),
    )
    return report, slots


def gather(clips: list, found: list[Subject], corpus_skeleton, train, tools: Instruments):
    """Scores every chunk of clips under every autoencoder and control; the controls' rows and reference features.

    Controls are on the corpus's own skeleton.
    """
    make = controls(corpus_skeleton, train)
    others = {name: Gathered() for name in make}
    features: dict[str, dict[str, list[np.ndarray]]] = {}
    progress = Progress("clips of every row", len(clips) * (len(found) + len(others)), unit="clips")
    for number, some in enumerate(chunks(clips, CHUNK)):
        by_skeleton = {
            name: chunk_of(some, number * CHUNK, name, tools)
            for name in dict.fromkeys([corpus_skeleton.name, *(s.model.settings.skeleton for s in found)])
        }
        for name, chunk in by_skeleton.items():
            for against, values in chunk.features.items():
                features.setdefault(name, {}).setdefault(against, []).append(values)
        for subject in found:
            subject.add(by_skeleton[subject.model.settings.skeleton], tools)
            progress.advance(len(some))
        for name, gathered in others.items():
            own = by_skeleton[corpus_skeleton.name]
            gathered.add(make[name](own), own, tools, name)
            progress.advance(len(some))
    progress.close()
    whole = {name: {a: np.concatenate(v) for a, v in kinds.items()} for name, kinds in features.items()}
    return others, whole


def chunk_of(clips: list, first: int, skeleton: str, tools: Instruments) -> Chunk:
    """Clips as they are given to autoencoders of a skeleton."""
    recorded = [convert(clip.pose, skeleton) for clip in clips]
    given = [on_skeleton(pose, skeleton) for pose in recorded]
    chunk = Chunk(clips, recorded, given, first)
    if tools.net is not None:
        chunk.features = {"encoded": tools.features(given), "recording": tools.features([c.pose for c in clips])}
    return chunk


def latent_of(subject: Subject, row: Row, clips: list, fps: float) -> tuple[Latent, Slots]:
    """All that is said of an autoencoder besides its row, and the directions of its slots."""
    model, spec, card = subject.model, subject.model.spec, subject.card
    names, tokens = slot_names(model), tokens_of(subject.train, subject.held_out)
    held_out = subject.held_out.latents(names)
    slots = Slots.of(model, np.concatenate(subject.frames))
    shown = [on_skeleton(clip.pose, spec.skeleton) for clip in clips[:CLIPS]]
    bits = tokens.held_out_bits if tokens else None
    about = Latent(
        model=card.model,
        kind="discrete" if spec.codes else "continuous",
        skeleton=spec.skeleton,
        features=list(spec.features),
        fps=float(spec.fps),
        stride=spec.stride,
        slots=names,
        width=spec.width,
        codes=spec.codes,
        places=spec.places,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        trained_on=card.corpus_hash,
        rate=rate_of(model, fps, subject.mean_distortions(row), held_out.kl_bits, bits),
        train=subject.train.latents(names),
        held_out=held_out,
        tokens=tokens,
        interpretation=interpretation(model, shown, slots, subject.all_signs()),
    )
    return about, slots


def shown_clips(found: list[Subject], ids: list[str]) -> dict[str, str]:
    """`best`, `median`, `worst` -> id, by MPJPE, a mean over the autoencoders."""
    errors = np.mean([[row["mpjpe/all"][0] for row in subject.gathered.encoded] for subject in found], 0)
    order = np.argsort(errors, kind="stable")
    return {name: ids[order[at]] for name, at in (("best", 0), ("median", len(order) // 2), ("worst", -1))}


def notes(found: list[Subject], skeleton: str, tools: Instruments, features: dict) -> list[str]:
    """What was not measured, or not as one may think."""
    from eval.distribution import scores

    said = []
    if tools.judge is None:
        said.append("back-translation: no judge was named (--judge NAME)")
    if tools.net is None:
        said.append("FID and KID: no feature net was named (--features NAME, or --judge NAME)")
    for values in list(features.values())[:1]:
        refused = {k: v for k, v in scores(values["recording"], values["recording"]).items() if isinstance(v, str)}
        said += [f"{name.removesuffix('_refused').upper()}: {reason}" for name, reason in refused.items()]
    for subject in found:
        own = subject.model.settings.skeleton
        if own != skeleton:
            said.append(f"{subject.name} is scored on its own skeleton, {own}: its distances are over other points")
    return said

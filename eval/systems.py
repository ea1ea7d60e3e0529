"""The clips of the judged system: generated here, or read from files; and of the controls beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from eval.controls import CONTROLS, Context
from eval.inputs import matched, read_folder, received
from eval.lengths import predicted_quantiles
from eval.references import References, files_hash
from eval.rows import GIVEN, SYSTEM, THROUGH, TRUTH, Runs
from eval.sanity import SANITY
from eval.schema import Fault, System
from sign_latent.card import Card
from sign_latent.corpus.clip import Clip
from sign_latent.device import AUTO
from sign_latent.errors import UserError
from sign_latent.generation.request import told_languages
from sign_latent.pose.pose import Pose

LENGTHS = ("predicted", "given")
VIEWS = ("dominant", "recorded")


@dataclass
class Submission:
    """What is judged: its clips by row and seed, what is said of it, and what was found in its clips."""

    runs: Runs
    about: System
    faults: list[Fault]
    quantiles: dict[str, np.ndarray]
    """Level -> predicted quantile of each clip's length in seconds [n]; empty where lengths are not predicted."""
    autoencoder: object | None = None
    """That of a generator, for the control through it."""
    generator: object | None = None
    """What makes the clips, if it is here to be tried."""
    card: Card | None = None
    """Of the generator."""
    said: dict[str, Clip] = field(default_factory=dict)
    """Text -> a clip of it, whose glosses and languages a generator is told with the text."""

    def generate(self, texts: list[str], seed: int) -> list[Pose]:
        """Clips of other texts or seeds, with the settings that are judged and lengths of the generator's own."""
        clips = [self.said[text] for text in texts]
        return generate_all(self.generator, clips, None, {**self.about.settings, "seed": seed})


def generate_all(generator, clips: Sequence[Clip], frames: list[int] | None, options: dict) -> list:
    """The generator's clips for the texts of clips, or for their glosses with the option `gloss`, with a progress bar.

    Batch b of 32 takes the seed `seed` + b. A generator of several languages is told those of each clip.
    """
    from tqdm import tqdm

    texts, pairs = _said(clips, options)

    made, size = [], 32
    for batch, first in enumerate(tqdm(range(0, len(texts), size), desc="generating", unit="batch", disable=None)):
        given = None if frames is None else frames[first : first + size]
        seeded = {**options, "seed": options["seed"] + batch}
        told = told_languages(generator.card, pairs[first : first + size])
        made += generator.generate(texts[first : first + size], frames=given, **told, **seeded)
    return made


def _said(clips: Sequence[Clip], options: dict) -> tuple[list[str], list[tuple[str, str]]]:
    """What a generator is given of clips, texts or glosses, and their languages. UserError where there is no gloss."""
    gloss = bool(options.get("gloss"))
    if gloss and (bare := [clip.id for clip in clips if not clip.gloss.strip()]):
        raise UserError(f"--input gloss: {len(bare)} of {len(clips)} clips have no glosses (first: {bare[0]}); drop it")
    texts = [clip.gloss if gloss else clip.text for clip in clips]
    return texts, [(clip.spoken_language, clip.signed_language) for clip in clips]


def generated(
    name: str, references: References, lengths: Sequence[str], seeds: Sequence[int], settings: dict, device: str = AUTO
):
    """A `Submission` of a published generator: a row for each way to set lengths, a run for each seed."""
    from sign_latent import registry
    from sign_latent.generation.api import load

    generator, card = load(name, device=device), registry.find(name)[1]
    parent = card.parents.get("autoencoder")
    clips = references.clips
    ids, real = [c.id for c in clips], [c.pose for c in clips]
    runs: Runs = {}
    faults: list[Fault] = []
    made: list[Pose] = []
    for way in lengths:
        row = {"predicted": SYSTEM, "given": GIVEN}[way]
        frames = None if way == "predicted" else _frames(clips, generator)
        for seed in seeds:
            made = generate_all(generator, clips, frames, {**settings, "seed": seed})
            found = received(made, real, ids, policy="note")
            runs.setdefault(row, []).append(found.poses)
            faults += [fault for fault in found.faults if fault not in faults]
    about = System(
        name=card.reference,
        kind="generator",
        parents=dict(card.parents),
        settings=settings,
        seeds=list(seeds),
        fps=float(made[0].fps),
        skeleton=made[0].skeleton.name,
    )
    quantiles = predicted_quantiles(generator, *_said(clips, settings), bool(settings.get("gloss")))
    autoencoder = registry.load(parent).model if parent else None
    said = {clip.text: clip for clip in reversed(clips)}
    return Submission(runs, about, faults, quantiles, autoencoder, generator, card, said)


def baseline_runs(names: Sequence[str], references: References, seed: int, device: str = AUTO) -> Runs:
    """Rows of published baselines, by `name@hash`: their clips of one seed. UserError without texts to sign."""
    from sign_latent.generation.api import load

    if names and not references.has_texts:
        raise UserError(f"baseline {names[0]}: the references have no texts to sign; give --texts, or no baseline")
    clips = references.clips
    found: Runs = {}
    for name in names:
        generator = load(name, device=device)
        made = generate_all(generator, clips, None, {"seed": seed})
        ready = received(made, [clip.pose for clip in clips], [clip.id for clip in clips], policy="note")
        found[generator.card.reference] = [ready.poses]
    return found


def _frames(clips: Sequence, generator) -> list[int]:
    """The recordings' lengths in frames of the generator; one without an autoencoder shows its rate in a clip."""
    own = getattr(generator, "autoencoder", None)
    fps = own.settings.fps if own else generate_all(generator, clips[:1], None, {"seed": 0})[0].fps
    return [max(1, round(len(clip.pose) * fps / clip.pose.fps)) for clip in clips]


def submitted(folder: Path, references: References, name: str | None, mend: bool, view: str) -> Submission:
    """A `Submission` of pose files, matched with the references by name.

    view: `dominant` if left-handed signing is mirrored in them, as it is in the references; `recorded` if it is not.
    """
    files = read_folder(folder)
    if name is not None and not re.fullmatch(r"[\w.-]+", name):
        raise UserError(f"name {name}: is no plain word; use letters, digits and - _ . only")
    clips = references.clips
    ids, real = [clip.id for clip in clips], [clip.pose for clip in clips]
    found = matched(files, ids, folder)
    turned = [name in references.left and view == "recorded" for name in ids]
    shown = [p.mirrored() if p is not None and turn else p for p, turn in zip(found.poses, turned, strict=True)]
    ready = received(shown, real, ids, policy="mend" if mend else "refuse")
    first = next(pose for pose in files.values() if isinstance(pose, Pose))
    about = System(
        name=f"{name or folder.resolve().name}@{files_hash(folder, ids)[:12]}",
        kind="files",
        parents={},
        settings=({"mend": True} if mend else {}) | ({"view": view} if references.left else {}),
        seeds=[],
        fps=float(first.fps),
        skeleton=first.skeleton.name,
    )
    return Submission({SYSTEM: [ready.poses]}, about, found.faults + ready.faults, {})


def control_runs(references: References, autoencoder: object | None) -> Runs:
    """The controls that the references allow (without a training split only the recordings), and spoiled recordings."""
    context = Context(references.clips, references.train, autoencoder)
    usable = {
        name: control
        for name, control in CONTROLS.items()
        if (autoencoder is not None or name != THROUGH) and (references.train is not None or name in (TRUTH, THROUGH))
    }
    return {name: [control(context)] for name, control in (usable | SANITY).items()}

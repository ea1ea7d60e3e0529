"""Everything that a report on a renderer needs, loaded before anything is rendered."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from eval.rows import SYSTEM
from eval.sections import Net, refuse_guide
from eval.video import plugged
from eval.video.chain import Chain
from eval.video.extraction import Extraction
from eval.video.files import VideoFolder
from eval.video.measure import Ground, Instruments
from eval.video.report import Task
from eval.video.scenes import Scene, Stage, at_rate, scenes_of, single_signs
from eval.video.schema import Judged, Recordings
from eval.video.space import STEP
from eval.video.systems import CONDITIONS, CONTROLS, SHUFFLED, System, heeds_reference, systems_of
from sign_latent import registry
from sign_latent.cache import cache_directory
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.device import chosen_device
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translation import REGRESSOR, load_judge
from sign_latent.generation.rendering import value_of
from sign_latent.renderer.aspect import Size, sides
from sign_latent.renderer.trained import load_renderer

MISSING = {
    "regressor": "re-estimated points and the perceptual distance are left out: no --regressor is given",
    "classifier": "signs read and distances of windows are left out: no --classifier is given",
    "judge": "back-translation is left out: no --judge is given, or no --regressor whose poses it could read",
}
"""Instrument -> what is said where it is not given."""
UNUSED = (
    "judge {name}: learnt to read recorded poses, not those that a regressor finds in pictures, in which depth and "
    "handshapes are blurred; train one on what data_prep.see makes of a corpus"
)
"""What is said of a judge that never saw a pose as videos show it."""
Given = plugged.FrameNet | plugged.WindowNet
NETS: dict[str, tuple[str, Callable[..., Given]]] = {
    "CLIP": ("clip_weights", plugged.clip),
    "VideoMAE": ("video_weights", plugged.video_mae),
    "I3D": ("i3d_weights", plugged.i3d),
    "Inception": ("inception_weights", plugged.inception),
}
"""Name of a net of the user's -> the option that gives its weights, and how they are read."""
PUBLISHED = (
    f"fvd/I3D: of windows of {plugged.I3D_FRAMES} frames, one every {STEP}; published values are of other recordings, "
    "often of other weights of this net, and fall with the number of videos: compare only what is computed alike"
)
"""What is said of the net by which FVD is defined."""


@dataclass
class Entry:
    """What is judged: a published renderer, a chain that ends in one, or a folder of videos."""

    name: str
    """`name@hash`."""
    condition: str
    fps: float
    size: Size | None
    """Of its pictures, as its settings say: a side, or height and width."""
    heeds: bool
    """Whether it is to show the signer of the reference image."""
    systems: Callable[[dict[str, Any]], dict[str, System]]
    """Options -> rows."""
    cards: tuple[registry.Card, ...] = ()
    parents: dict[str, str] = field(default_factory=dict)
    longest: int | None = None
    """Frames of the longest video that it makes; None where there is no such bound."""


def entry_of(options: argparse.Namespace, corpus: Corpus) -> Entry:
    """What is judged. UserError for what renders nothing, or is given what cannot be given here."""
    if options.videos:
        held = VideoFolder(options.videos, corpus.fps, options.made_from)
        own = {SYSTEM: held.system(), SHUFFLED: held.system(shuffled=True)} | CONTROLS
        heeds = options.made_from != "text"
        return Entry(held.reference, held.condition, corpus.fps, options.size, heeds, lambda _: own)
    renderer, card = load_renderer(options.renderer, options.device)
    kind = renderer.condition
    if kind not in CONDITIONS:
        known = ", ".join(CONDITIONS)
        raise UserError(f"artefact {options.renderer}: is given {kind}; renderers of {known} can be judged")
    settings = renderer.settings if hasattr(renderer, "settings") else renderer.model.settings
    size = options.size or getattr(settings, "size", None)
    heeds, own = heeds_reference(renderer), (card,)
    if options.model:
        given = dict(map(value_of, options.model_option or []))
        chain = Chain.of(options.model, renderer, card, options.lengths, given, options.device)
        cards = (*own, chain.signer)
        return Entry(chain.name, "text", settings.fps, size, heeds, chain.systems, cards, chain.parents)

    def rows(given: dict[str, Any]) -> dict[str, System]:
        return systems_of(renderer, kind, given)

    longest = getattr(renderer, "longest", None)
    return Entry(card.reference, kind, settings.fps, size, heeds, rows, own, card.parents, longest)


def stage_of(options: argparse.Namespace, size: Size | None, fps: float) -> Stage:
    """How recordings are drawn for a renderer: in its size and aspect, and at its frame rate.

    UserError where it does not say how large its pictures are.
    """
    if size is None:
        raise UserError(f"renderer {options.renderer}: does not say how large its pictures are; give --size")
    looks, frames = options.looks, options.frames or None
    return Stage(size, fps, looks, options.body, frames, options.look_seed)


def instrument(name: str | None, kind: str, systems: Sequence[registry.Card]) -> registry.Artefact | None:
    """A published judge that had no part in the training of what it judges. UserError for any other artefact."""
    if name is None:
        return None
    found = registry.load(name, expect={"model": kind})
    refuse_guide(Net(found.card.reference, found.model, found.card), systems, kind.replace("_", " "))
    return found


def refuse_tempo(classifier: registry.Artefact | None, fps: float) -> None:
    """UserError for a classifier that learnt signs at another frame rate than that of the videos: it counts frames."""
    if classifier is not None and (learnt := classifier.model.settings.fps) != fps:
        raise UserError(
            f"classifier {classifier.card.name}: learnt signs at {learnt:g} frames a second, and the videos have "
            f"{fps:g}; leave it out, or train one at that rate"
        )


def refuse_long(clips: Sequence[Clip], how: Stage, entry: Entry) -> None:
    """UserError where what is shown of a clip has more frames than the longest video that a renderer makes."""
    lengths = (round(len(clip.pose) * how.fps / clip.pose.fps) for clip in clips)
    most = max(min(length, how.frames or length) for length in lengths)
    if entry.longest is not None and most > entry.longest:
        raise UserError(
            f"renderer {entry.name}: makes at most {entry.longest} frames, and {most} of a clip are judged; give "
            f"--frames {entry.longest} or fewer, or --signs with a --classifier"
        )


def scenes_for(options: argparse.Namespace, corpus: Corpus, how: Stage, classifier: Any, entry: Entry) -> list[Scene]:
    """The clips that are judged, or single signs of them. UserError as of ``refuse_long``, before any is drawn."""
    # as the judges of texts have learnt to read: with the dominant hand on the right
    splits = [corpus.split(name, dominant=True) for name in options.split or ["test_sentences"]]
    watched, glosses = (16, []) if classifier is None else (classifier.settings.frames, classifier.settings.glosses)
    if options.signs:
        whole = [at_rate(clip, how.fps) for part in splits for clip in part]
        clips = single_signs(whole, watched, glosses, options.clips)
    else:
        clips = [part[i] for part in splits for i in range(min(options.clips, len(part)))]
    if clips:
        refuse_long(clips, how, entry)
    return scenes_of(clips, how, cache_directory(), watched, glosses)


def task_of(options: argparse.Namespace, held: ExitStack) -> Task:
    """Everything that is loaded before anything is rendered. UserError for what does not go together."""
    corpus = Corpus.open(options.corpus)
    entry = entry_of(options, corpus)
    systems = entry.cards
    regressor = instrument(options.regressor, "pose_regressor", systems)
    classifier = instrument(options.classifier, "video_classifier", systems)
    judge = judge_of(options.judge, regressor, systems)
    nets = nets_of(options)
    how = stage_of(options, entry.size, entry.fps)
    refuse_tempo(classifier, how.fps)
    given_options = dict(map(value_of, options.option or []))
    extraction = extraction_of(options, how.fps, held)
    tools = Instruments(*(a and a.model for a in (regressor, classifier)), nets, extraction, how.fps, judge is not None)
    scenes = scenes_for(options, corpus, how, tools.classifier, entry)
    given = {"regressor": regressor, "classifier": classifier, "judge": judge}
    named = {role: artefact.card.reference for role, artefact in given.items() if artefact}
    named |= {f"net {name}": net.name for name, net in nets.items()}
    seeds = list(range(options.seed, options.seed + options.seeds))
    splits, frames = options.split or ["test_sentences"], sum(len(scene.real) for scene in scenes)
    return Task(
        Judged(entry.name, entry.condition, entry.parents, given_options, seeds, options.lengths),
        Recordings(
            corpus.hash,
            splits,
            len(scenes),
            frames,
            list(sides(how.size)),
            how.fps,
            len({s.look for s in scenes}),
            how.body,
        ),
        named,
        scenes,
        entry.systems(given_options),
        tools,
        Ground.of(scenes, entry.condition != "text", entry.heeds),
        judge and judge.model,
        options.draws,
        said_of(tools, how.size, [role for role in given if given[role] is None], judge),
    )


def said_of(tools: Instruments, size: Size, missing: Sequence[str], judge: registry.Artefact | None) -> tuple[str, ...]:
    """What is to be told of the instruments beside what they find."""
    published = [PUBLISHED] if "I3D" in tools.nets else []
    unused = judge is not None and REGRESSOR not in judge.card.parents
    reading = [UNUSED.format(name=judge.card.name)] if unused else []
    return (*(MISSING[role] for role in missing), *published, *reading, *brought(tools, size))


def nets_of(options: argparse.Namespace) -> dict[str, Given]:
    """The nets whose weights are given, where pictures are made. UserError for weights of others."""
    device = chosen_device(options.device)
    found = {name: (read, getattr(options, option)) for name, (option, read) in NETS.items()}
    return {name: read(weights, device) for name, (read, weights) in found.items() if weights}


def brought(tools: Instruments, size: Size) -> list[str]:
    """How pictures that are no squares were brought to nets that see squares, where there are any."""
    height, width = sides(size)
    found = {"regressor": tools.regressor, "classifier": tools.classifier, **tools.nets}
    seeing = [name for name, net in found.items() if net is not None]
    if height == width or not seeing:
        return []
    return [
        f"pictures of {width}×{height}: {', '.join(seeing)} see squares, so their edges were repeated to either side "
        "until they were; frame by frame, points outside the pictures are not scored"
    ]


def judge_of(
    name: str | None, regressor: registry.Artefact | None, systems: Sequence[registry.Card]
) -> registry.Artefact | None:
    """A judge of texts that can read what the regressor sees, and had no part in the training of what it judges.

    UserError for any other artefact, and where it reads another skeleton, or what another regressor sees.
    """
    if name is None or regressor is None:
        return None
    judge = load_judge(name, regressor.card.reference)
    refuse_guide(Net(judge.card.reference, judge.model, judge.card), systems, "judge")
    seen, read = regressor.model.settings.skeleton, judge.model.settings.skeleton
    if seen != read:
        raise UserError(
            f"judge {name}: reads skeleton {read}, and {regressor.card.name} sees {seen}; name another judge"
        )
    return judge


def extraction_of(options: argparse.Namespace, fps: float, held: ExitStack) -> Extraction | None:
    """The extractor that is asked for, open until `held` closes. UserError where it is not installed."""
    from data_prep.extraction.backend import Settings, open_extractor

    if not options.extractor:
        return None
    return Extraction(held.enter_context(open_extractor(Settings(options.extractor, options.extractor_model))), fps)

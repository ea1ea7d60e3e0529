"""Does the verdict name every cheat, and accuse no honest system? Tried on a corpus, as one command.

python -m eval.gallery --corpus CORPUS [--generator NAME] [--clips 48]
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from data_prep.invented.lexicon import LANGUAGES
from eval.cheats import CHEATS, Material, retimed
from eval.honest import HONEST, resigned, sign_spans
from eval.verdict import Finding, Reality, System, accused, examine
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError, run
from sign_latent.pose.pose import Pose

TEMPO = 0.15


@dataclass
class Trial:
    """One system tried: what the verdict must call it (empty: nothing, it is honest) and what was found."""

    name: str
    wanted: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """A cheat is named; an honest system is not accused."""
        named = [finding.name for finding in self.findings if finding.severity == "accusation"]
        return self.wanted in named if self.wanted else not accused(self.findings)


def try_cheats(material: Material, reality: Reality) -> list[Trial]:
    """All cheats that the material allows, examined."""
    faces = reality.traits["seen/face"].any() if "seen/face" in reality.traits else False
    trials = []
    for name, cheat in CHEATS.items():
        if (cheat.needs and getattr(material, cheat.needs) is None) or (cheat.named == "frozen face" and not faces):
            continue
        found = examine(System(cheat.make(material), material.clips), reality)
        trials.append(Trial(name, cheat.named, found))
    return trials


def try_honest(systems: dict[str, System], reality: Reality) -> list[Trial]:
    """Honest systems, examined."""
    return [Trial(name, "", examine(system, reality)) for name, system in systems.items()]


def honest_systems(material: Material, others: Sequence[Clip] = ()) -> dict[str, System]:
    """Honest variants that clips alone allow; `others` are real clips of other splits, shown as their own truth."""
    timed = bool(sign_spans(material.train))
    makers = {name: make for name, make in HONEST.items() if timed or name != "dictionary stitching"}
    found = {name: System(make(material), material.clips) for name, make in makers.items()}
    found["ground truth"] = System(material.truth, material.clips, made_from="recording")
    if others:
        poses = [clip.pose for clip in others]
        found["truth of other splits"] = System(poses, others, made_from="recording")
    return found


def resigned_systems(clips: Sequence[Clip], seed: int) -> dict[str, System]:
    """The judged sentences of the invented language signed anew: by other signers, at other tempi, left-handed."""
    from data_prep.invented.signers import LEFT_HANDED, TRAIN_SIGNERS

    left = [name for name in LEFT_HANDED if name in TRAIN_SIGNERS]
    right = [name for name in TRAIN_SIGNERS if name not in LEFT_HANDED]
    spread = lambda names, clip, i: [n for n in names if n != clip.signer][i % (len(names) - 1)]  # noqa: E731
    makers = {
        "signed by others": lambda clip, i: resigned(clip, spread(right, clip, i), seed),
        "signed by left-handed signers": lambda clip, i: resigned(clip, left[i % len(left)], seed),
        "signed 15 % faster": lambda clip, i: resigned(clip, spread(right, clip, i), seed, 1 + TEMPO),
        "signed 15 % slower": lambda clip, i: resigned(clip, spread(right, clip, i), seed, 1 - TEMPO),
    }
    made = {name: [make(clip, i).pose for i, clip in enumerate(clips)] for name, make in makers.items()}
    return {name: System(poses, clips) for name, poses in made.items()}


def through(autoencoder, clips: Sequence[Clip], levels: float = 0.0) -> list[Pose]:
    """The recordings encoded and decoded; with `levels` > 0 the latent is rounded to so many steps a unit."""
    import torch

    poses = [clip.pose for clip in clips]
    with torch.no_grad():
        z, _ = autoencoder.encode(poses)
        z = torch.round(z * levels) / levels if levels else z
        return autoencoder.poses(z, [len(pose) for pose in poses])


def generator_systems(generator, clips: Sequence[Clip], seeds: Sequence[int]) -> dict[str, System]:
    """A generator's clips of several seeds, and the recordings through its autoencoder, plain and coarsely rounded."""
    texts = [clip.text for clip in clips]
    made = {f"generated, seed {seed}": generator.generate(texts, seed=seed) for seed in seeds}
    made["truth through the autoencoder"] = through(generator.autoencoder, clips)
    made["truth through a coarse latent"] = through(generator.autoencoder, clips, levels=2.0)
    return {name: System(poses, clips) for name, poses in made.items()}


def lines_of(trials: Sequence[Trial]) -> list[str]:
    """A line a trial: passed or not, what was found first and by which numbers."""
    lines = []
    for trial in trials:
        named = list(dict.fromkeys(f.name for f in trial.findings if f.severity == "accusation"))
        shown = next(
            (f for f in trial.findings if f.name == trial.wanted), trial.findings[0] if trial.findings else None
        )
        numbers = ", ".join(f"{k} {v:.3g}" for k, v in shown.evidence.items()) if shown else ""
        lines.append(
            f"{'ok' if trial.passed else 'FAILED':7}{trial.name:40}{'; '.join(named) or 'not accused':60}{numbers}"
        )
    return lines


def main(arguments: list[str] | None = None) -> None:
    """The command line; exit code 1 if a cheat passes or an honest system is accused."""
    from sign_latent.corpus.read import Corpus
    from sign_latent.generation.api import load

    parser = argparse.ArgumentParser(prog="python -m eval.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--split", default="test_sentences", help="split whose clips are judged")
    parser.add_argument("--held-out", default="dev", help="split of real clips that set the thresholds")
    parser.add_argument("--clips", type=int, default=48, help="judged clips")
    parser.add_argument("--generator", help="an honest generator: its clips are tried, and cheats made of them")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of the generator that are tried")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")
    options = parser.parse_args(arguments)
    corpus = Corpus.open(options.corpus)
    judged, held_out = (corpus.split(name, dominant=True) for name in (options.split, options.held_out))
    clips = [judged[i] for i in range(min(options.clips, len(judged)))]
    if len(clips) < 2:
        raise UserError(f"--clips {options.clips}: the gallery needs at least 2 clips")
    reality = Reality(
        corpus.split("train", dominant=True),
        [clip for clip in held_out if options.held_out != options.split or clip.id not in {c.id for c in clips}],
    )
    material, honest = Material(clips, reality.train), {}
    if clips[0].signed_language in LANGUAGES:
        honest |= resigned_systems(clips, corpus.info.get("seed", 0))
        material.generated = list(honest["signed by others"].poses)
        material.given_length = [retimed(p, len(c.pose)) for p, c in zip(material.generated, clips, strict=True)]
    if options.generator:
        generator = load(options.generator)
        honest |= generator_systems(generator, clips, range(options.seeds))
        texts, frames = [clip.text for clip in clips], [len(clip.pose) for clip in clips]
        material = replace(material, generated=list(honest["generated, seed 0"].poses))
        material.given_length = generator.generate(texts, frames=frames)
    others = [
        corpus.split(name, dominant=True)[i]
        for name in corpus.splits
        if name.startswith("test") and name != options.split
        for i in range(8)
    ]
    trials = try_cheats(material, reality) + try_honest({**honest_systems(material, others), **honest}, reality)
    print(
        json.dumps([asdict(t) | {"passed": t.passed} for t in trials]) if options.json else "\n".join(lines_of(trials))
    )
    if not all(trial.passed for trial in trials):
        raise SystemExit(1)


if __name__ == "__main__":
    run(main)

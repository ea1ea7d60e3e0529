"""How few sampling steps a generator needs: scores by steps, of teachers under several samplers and of their students.

python -m eval.few_steps --generator TEACHER --generator STUDENT --corpus CORPUS --out DIR
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import references as known
from eval.beside import beside, cleaned, failed, scored_groups
from eval.bootstrap import LEVEL, Sample, ratio_of
from eval.computing import add_device
from eval.curves import Series, alone, curves
from eval.judging import Judge, loaded
from eval.markup import cell, document, plain, table
from eval.motion import ratios, totals
from eval.report_file import to_json
from eval.rows import STATISTICS, read_row
from eval.schema import Estimate, References, Uncertainty
from eval.systems import generate_all
from sign_latent.corpus.clip import Clip
from sign_latent.errors import Parser, UserError, run
from sign_latent.pose.pose import Pose

STEPS, SAMPLERS = (1, 2, 4, 8, 10, 20, 50), ("ddim", "dpm_solver")
SCORES = {"bleu4": ("BLEU-4", 1), "jerk_ratio": ("jerk ratio", 2), "motion_ratio": ("motion ratio", 2)}
"""Score -> its name and decimals; of the ratios, generated to recorded, 1 is right."""


@dataclass
class Point:
    """A generator at one number of steps."""

    steps: int
    calls: float
    """Passes of the denoiser a clip; guidance takes two a step."""
    scores: dict[str, Estimate]


@dataclass
class Curve:
    """A generator with one sampler."""

    generator: str
    """`name@hash`."""
    teacher: str | None
    """What it was distilled from."""
    sampler: str
    guidance: float
    points: list[Point]

    @property
    def name(self) -> str:
        """What it is called in a picture."""
        return f"{self.generator.partition('@')[0]}, {self.sampler}"


@dataclass
class FewSteps:
    """The file `few_steps.json`."""

    judge: str
    references: References
    uncertainty: Uncertainty
    truth: Estimate
    """BLEU-4 of the recordings."""
    curves: list[Curve]
    seed: int
    version: int = 1


def plan(generator, steps: Sequence[int], samplers: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Samplers and steps that a generator is tried with; a student only with its own, up to the steps it was taught.

    UserError for a generator that samples in no steps.
    """
    denoiser = getattr(generator, "denoiser", None)
    if denoiser is None:
        raise UserError(f"generator {generator.card.name}: samples in no steps; name a denoiser")
    own = denoiser.settings.diffusion
    if "teacher" in generator.card.parents:
        return [(own.sampler, [n for n in steps if n <= own.sampling_steps])]
    return [(sampler, list(steps)) for sampler in samplers]


def signed(generator, clips: Sequence[Clip], sampler: str, steps: int, seed: int) -> tuple[list[Pose], float]:
    """What is made of the texts of clips, and how many passes of the denoiser each cost."""
    passes: list[int] = []
    hook = generator.denoiser.register_forward_hook(lambda model, given, made: passes.append(len(given[0])))
    try:
        made = generate_all(generator, clips, None, {"seed": seed, "sampler": sampler, "steps": steps})
    finally:
        hook.remove()
    return made, sum(passes) / len(clips)


def scored(poses: Sequence[Pose | None], clips: Sequence, judge: Judge, sample: Sample, note: str) -> dict:
    """Score -> `Estimate` of one row of clips."""
    reading = read_row(judge.model, poses, clips, judge.beam, note)
    pairs = [beside(None if failed(made) else made, clip.pose) for made, clip in zip(poses, clips, strict=True)]
    group = {"all": scored_groups(clips[0].pose.skeleton)["all"]}
    made, real = ([totals(cleaned(pose), group) for pose in side] for side in zip(*pairs, strict=True))
    moved = ratios(made, real)
    found = {"bleu4": sample.estimate([STATISTICS["bleu4"](reading)])}
    return found | {name: sample.estimate([ratio_of(*moved[name])]) for name in SCORES if name in moved}


def curves_of(generator, references: known.References, judge: Judge, sample: Sample, options) -> list[Curve]:
    """The curves of one generator."""
    clips, card = references.clips, generator.card
    found = []
    for sampler, steps in plan(generator, options.steps, options.sampler):
        guidance = generator.denoiser.settings.diffusion.guidance
        curve = Curve(card.reference, card.parents.get("teacher"), sampler, guidance, [])
        for n in steps:
            made, calls = signed(generator, clips, sampler, n, options.seed)
            note = f"{curve.name}, {n} steps"
            curve.points.append(Point(n, calls, scored(made, clips, judge, sample, note)))
        found.append(curve)
    return found


def build(options: argparse.Namespace) -> FewSteps:
    """All curves, on the same clips and noise."""
    from sign_latent.generation.api import load

    generators = [load(name, device=options.device) for name in options.generator]
    for generator in generators:
        plan(generator, options.steps, options.sampler)  # refused before the minutes that the others take
    judge = loaded(options.judge, options.beam)
    references = known.of_corpus(options.corpus, [options.split], options.clips)
    sample = Sample.of(references.clips, options.draws)
    truth = read_row(judge.model, [clip.pose for clip in references.clips], references.clips, judge.beam, "recordings")
    return FewSteps(
        judge=judge.name,
        references=references.about,
        uncertainty=Uncertainty(sample.unit, int(sample.clusters.max()) + 1, options.draws, LEVEL),
        truth=sample.estimate([STATISTICS["bleu4"](truth)]),
        curves=[curve for one in generators for curve in curves_of(one, references, judge, sample, options)],
        seed=options.seed,
    )


def picture(report: FewSteps, score: str, by: str = "steps") -> str:
    """A score by the number of steps, or of passes of the denoiser (`calls`)."""
    name = SCORES[score][0]
    series = [
        Series(c.name, [(getattr(p, by), p.scores[score].value) for p in c.points if score in p.scores], line=True)
        for c in report.curves
    ]
    levels = [("recordings", report.truth.value if score == "bleu4" else 1.0)]
    across = {"steps": "sampling steps", "calls": "passes of the denoiser a clip"}[by]
    return curves(f"{name} by {across}", series, across, name, levels, logarithmic="across")


def html_of(report: FewSteps) -> str:
    """One page: pictures, and every figure in a table."""
    about, sure = report.references, report.uncertainty
    said = (
        f"{about.clips} of {about.available} clips of {', '.join(about.splits)}, judged by {report.judge}, seed "
        f"{report.seed}. Intervals: {100 * sure.level:.0f} %, {sure.draws} draws over {sure.clusters} clusters "
        f"({sure.unit}). BLEU-4 of the recordings: {plain(report.truth, 1)}. A student is tried up to the steps it "
        "was taught; its guidance is built in."
    )
    head = ["generator", "steps", "passes a clip", *(name for name, _ in SCORES.values())]
    rows = [
        (curve.name, [str(p.steps), f"{p.calls:g}", *(cell(p.scores[s], d) for s, (_, d) in SCORES.items())])
        for curve in report.curves
        for p in curve.points
    ]
    plots = picture(report, "bleu4") + picture(report, "bleu4", "calls") + picture(report, "jerk_ratio")
    body = f'<p class="note">{said}</p><div class="plots">{plots}</div>' + table("By steps", head, rows)
    return document("Few steps", body)


def lines_of(report: FewSteps) -> list[str]:
    """The table for the terminal."""
    lines = [f"{'':32}{'steps':>6}{'passes':>8}" + "".join(f"{name:>24}" for name, _ in SCORES.values())]
    for curve in report.curves:
        for p in curve.points:
            figures = "".join(f"{plain(p.scores[s], d):>24}" for s, (_, d) in SCORES.items())
            lines.append(f"{curve.name:32}{p.steps:6}{p.calls:8g}{figures}")
    return [*lines, f"{'recordings':46}{plain(report.truth, 1):>24}"]


def write(report: FewSteps, out: Path) -> None:
    """few_steps.json, few_steps.html and few_steps.svg, each whole or not at all."""
    from sign_latent.files import file_aside

    pages = {"json": to_json(report), "html": html_of(report), "svg": alone(picture(report, "bleu4"))}
    for suffix, content in pages.items():
        with file_aside(out / f"few_steps.{suffix}") as aside:
            aside.write_text(content, encoding="utf-8")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options. UserError for numbers that mean nothing."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", action="append", required=True, help="a published denoiser (may be repeated)")
    parser.add_argument("--corpus", required=True, help="corpus folder")
    parser.add_argument("--split", default="dev", help="which clips")
    parser.add_argument("--clips", type=int, default=100, help="the first so many of them")
    parser.add_argument("--judge", default="judge-dev", help="a published back-translator")
    parser.add_argument("--beam", type=int, default=1, help="beam of the judge")
    parser.add_argument("--steps", type=int, nargs="+", default=list(STEPS), help="sampling steps")
    parser.add_argument("--sampler", nargs="+", default=list(SAMPLERS), help="samplers of what is no student")
    parser.add_argument("--seed", type=int, default=0, help="seed of the noise")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap draws")
    parser.add_argument("--out", required=True, type=Path, help="folder for few_steps.json, .html and .svg")
    add_device(parser)
    options = parser.parse_args(arguments)
    if options.clips < 2 or min(options.steps) < 1:
        raise UserError("few steps: a curve needs at least 2 clips and 1 step; give more")
    return options


def main() -> None:
    from sign_latent.files import check_place

    options = parse()
    check_place(options.out)
    report = build(options)
    write(report, options.out)
    print("\n".join(lines_of(report)))


if __name__ == "__main__":
    run(main)

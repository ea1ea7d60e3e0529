"""Examines a system and scores it against controls under frozen judges: report.json, report.html and report.tex.

python eval/report.py --generator NAME --corpus CORPUS --out DIR
python eval/report.py --poses FOLDER --references FOLDER --texts FILE.csv --out DIR

A system is a published generator, or the outputs of any other one as .pose or .npz files named like the references.
Known cheats are named first (`eval.verdict`). The schema of report.json is `eval.schema`; a copy is kept under
reports/<name@hash>/.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from eval import references as known
from eval.bootstrap import LEVEL, Sample
from eval.distances import pose_row
from eval.examination import reality_of, verdict_of
from eval.figures import card_findings, findings
from eval.judging import Judge, assess, loaded, read_all
from eval.latex import latex_of
from eval.lengths import calibration, seconds_of
from eval.options import SAMPLING, parse
from eval.page import html_of
from eval.players import players_of
from eval.pose_scores import ClipScores, per_clip
from eval.report_file import finite, from_json, to_json
from eval.rows import SYSTEM, Runs, failed
from eval.schema import Report, Uncertainty
from eval.sections import Net, channels, distribution, diversity, load_aligner, refuse_guide, retrieved
from eval.summary import lines_of
from eval.systems import Submission, baseline_runs, control_runs, generate_all, generated, submitted
from eval.text_scores import signatures
from sign_latent.errors import UserError, run
from sign_latent.registry import find

__all__ = ["build", "compose", "finite", "generate_all"]
DEFAULT_JUDGES = ["judge-report", "judge-ctc"]
"""Two of different kinds, which never serve to choose between systems."""


def at_longest(runs: list[list]) -> int:
    """Clips, over the seeds, that are as long as the longest of them."""
    seconds = [s for poses in runs for s in seconds_of(poses).round(6).tolist() if s == s]
    return seconds.count(max(seconds)) if seconds else 0


def compose(
    submission: Submission,
    references: known.References,
    judges: list[Judge],
    runs: Runs,
    draws: int,
    net: Net | None = None,
    aligner: Net | None = None,
    baselines: Sequence[str] = (),
) -> Report:
    """The report of runs that are ready: readings -> verdicts; rows -> tables -> figures -> warnings.

    judges: those that can read something of the references. net: whose features clips are compared in. baselines:
    rows of `runs` that have figures of their own.
    """
    clips = references.clips
    real, texts = [clip.pose for clip in clips], [clip.text for clip in clips]
    sample, own = Sample.of(clips, draws), list(submission.runs)
    readings = [read_all(judge, runs, clips) for judge in judges]
    reality = reality_of(references)
    read = {row: readings[0][row][0].hypotheses if readings else None for row in own}
    report = Report(
        system=submission.about,
        references=references.about,
        uncertainty=Uncertainty(sample.unit, int(sample.clusters.max()) + 1, draws, LEVEL),
        verdicts={row: verdict_of(row, submission, references, reality, judges, read[row]) for row in own},
        inputs=submission.faults,
        findings=[],
        baselines=list(baselines),
        judges=[
            assess(judge, runs, clips, sample, matched, baselines)
            for judge, matched in zip(judges, readings, strict=True)
        ],
        pose={row: pose_row([_scored(poses, real) for poses in seeds], sample) for row, seeds in runs.items()},
        failures={row: [sum(map(failed, poses)) for poses in seeds] for row, seeds in runs.items()},
        distribution=distribution(net, runs, real),
        diversity=diversity(runs, texts),
        retrieval=retrieved(aligner, runs, clips),
        channels=channels(runs, clips, sample),
        longest_clips=at_longest(runs[own[0]]),
        lengths=calibration(runs, SYSTEM, real, submission.quantiles, sample) if SYSTEM in runs else None,
        signatures=signatures(),
    )
    report.findings = card_findings(submission.card) + findings(report)
    return report


def _scored(poses: list, real: list) -> list[ClipScores]:
    return per_clip(list(zip(poses, real, strict=True)))


def build(options: argparse.Namespace) -> tuple[Report, str]:
    """The whole report, and the players of the clips it shows (HTML)."""
    judges = [loaded(name, options.beam) for name in options.judge or DEFAULT_JUDGES]
    aligner = load_aligner(options.aligner) if options.aligner else None
    if aligner:
        refuse_guide(aligner, [find(name)[1] for name in [options.generator, *(options.baseline or [])] if name])
    if options.corpus:
        references = known.of_corpus(options.corpus, options.split or ["test_sentences"], options.clips)
    else:
        references = known.of_folder(options.references, options.texts, options.clips)
    if len(references.clips) < 2:
        raise UserError("references: a report needs at least 2 clips; give more of them")
    if options.generator:
        settings = {name: value for name in SAMPLING if (value := getattr(options, name)) is not None}
        if options.input == "gloss":
            settings["gloss"] = True
        seeds = range(options.seed, options.seed + options.seeds)
        submission = generated(options.generator, references, options.lengths, seeds, settings, options.device)
    else:
        view = options.view or ("dominant" if options.corpus else "recorded")
        submission = submitted(options.poses, references, options.name, options.mend, view)
    rivals = baseline_runs(options.baseline or [], references, options.seed, options.device)
    runs = submission.runs | rivals | control_runs(references, submission.autoencoder)
    able = judges if references.has_texts else []
    net = Net(judges[0].name, judges[0].model)
    report = compose(submission, references, able, runs, options.draws, net, aligner, list(rivals))
    return report, players_of(report, submission, references.clips)


def write(report: Report, players: str, out: Path, kept: Path) -> Path:
    """report.json, report.html and report.tex, each whole or not at all; returns the copy kept of the first."""
    from sign_latent.files import file_aside

    text = to_json(report)
    read = from_json(text)  # what is shown is what is written, digit for digit
    copy = kept / report.system.name / f"{'+'.join(report.references.splits) or 'files'}-{settings_hash(report)}.json"
    pages = {out / "report.json": text, out / "report.html": html_of(read, players), out / "report.tex": latex_of(read)}
    for path, content in {**pages, copy: text}.items():
        with file_aside(path) as aside:
            aside.write_text(content, encoding="utf-8")
    return copy


def settings_hash(report: Report) -> str:
    """Digest of what was judged by whom and how, so that a report of other settings does not take its place."""
    judges = [[judged.name, judged.beam] for judged in report.judges]
    said = [asdict(report.system), asdict(report.references), asdict(report.uncertainty), judges, sorted(report.pose)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def main() -> None:
    options = parse(__doc__)
    report, players = build(options)
    copy = write(report, players, options.out, options.reports)
    print("\n".join(lines_of(report)))
    print(f"{options.out / 'report.html'} (a copy of report.json: {copy})")


if __name__ == "__main__":
    run(main)

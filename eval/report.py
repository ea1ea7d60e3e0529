"""Scores a system against controls under frozen judges, with uncertainty: report.json, report.html and report.tex.

python eval/report.py --generator NAME --corpus CORPUS --out DIR
python eval/report.py --poses FOLDER --references FOLDER --texts FILE.csv --out DIR

A system is a published generator, or the outputs of any other one as .pose or .npz files named like the references.
The schema of report.json is `eval.schema`; a copy is kept under reports/<name@hash>/.
"""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from eval import references as known
from eval.bootstrap import LEVEL, Sample
from eval.distances import pose_row
from eval.figures import figures, findings
from eval.latex import latex_of
from eval.lengths import calibration, seconds_of
from eval.page import html_of
from eval.pairs import scored_pairs
from eval.players import chosen_clips, players_of
from eval.pose_scores import per_clip
from eval.report_file import finite, from_json, to_json
from eval.rows import SYSTEM, TRUTH, TURNED, Reading, Runs, failed, read_row, score_table
from eval.schema import Judged, Report, Sentence, Uncertainty
from eval.slices import scored_slices
from eval.summary import lines_of
from eval.systems import LENGTHS, Submission, control_runs, generate_all, generated, submitted
from eval.text_scores import signatures
from sign_latent.errors import UserError, run

__all__ = ["assess", "build", "finite", "generate_all"]
DRAWS = 1000


@dataclass
class Judge:
    """A loaded back-translator and the name it goes by."""

    name: str
    model: object
    beam: int = 1


def load_judge(name: str, beam: int) -> Judge:
    """A published model that writes texts of poses. UserError for any other artefact."""
    from sign_latent import registry

    found = registry.load(name)
    if not callable(getattr(found.model, "translate", None)):
        raise UserError(f"judge {name}: is a {found.card.model}, which writes no texts; name a back-translator")
    return Judge(found.card.reference, found.model, beam)


def assess(judge: Judge, runs: Runs, clips: list, sample: Sample) -> Judged:
    """Everything one judge says of the systems; a pure function of its inputs. The first row is the judged system."""
    from eval.controls import derangement

    texts = [clip.text for clip in clips]
    readings = {
        row: [read_row(judge.model, poses, clips, judge.beam, row) for poses in seeds] for row, seeds in runs.items()
    }
    turned = [texts[i] for i in derangement(texts)]
    own = [row for row in runs if row.startswith(SYSTEM)]
    for row in (*own, TRUTH):
        readings[row + TURNED] = [reading.against(turned) for reading in readings[row]]
    matched = {row: found for row, found in readings.items() if not row.endswith(TURNED)}
    sentences = sentence_scores(readings[own[0]][0], runs[own[0]][0], clips)
    return Judged(
        name=judge.name,
        beam=judge.beam,
        fps=float(judge.model.settings.fps),
        skeleton=judge.model.settings.skeleton,
        truncated=truncated(judge.model, texts, readings[own[0]][0].hypotheses),
        rows={row: score_table(found, sample) for row, found in readings.items()},
        figures={row: figures(readings, row, sample) for row in own},
        slices=scored_slices(clips, matched, sample),
        pairs=scored_pairs(clips, matched, sample),
        sentences=sentences,
        shown=chosen_clips(sentences),
    )


def sentence_scores(reading: Reading, poses: list, clips: list) -> list[Sentence]:
    """What was read of each clip, with its sentence chrF."""
    parts = zip(clips, reading.hypotheses, reading.single["chrf"], poses, strict=True)
    return [Sentence(clip.id, clip.text, read, float(score), failed(pose)) for clip, read, score, pose in parts]


def truncated(model, texts: list[str], readings: list[str]) -> dict[str, int]:
    """Texts that are longer than the judge can write, and readings that fill all it can write."""
    longest = model.settings.longest
    return {
        name: sum(len(model.tokens.encode(text)) > longest for text in some)
        for name, some in (("texts", texts), ("readings", readings))
    }


def at_longest(runs: list[list]) -> int:
    """Clips, over the seeds, that are as long as the longest of them."""
    seconds = [s for poses in runs for s in seconds_of(poses).round(6).tolist() if s == s]
    return seconds.count(max(seconds)) if seconds else 0


def compose(
    submission: Submission, references: known.References, judges: list[Judge], runs: Runs, draws: int
) -> Report:
    """The report of runs that are ready: rows -> figures -> findings."""
    clips = references.clips
    real = [clip.pose for clip in clips]
    scored = lambda poses: per_clip(list(zip(poses, real, strict=True)))  # noqa: E731
    sample = Sample.of(clips, draws)
    own = next(iter(submission.runs))
    report = Report(
        system=submission.about,
        references=references.about,
        uncertainty=Uncertainty(sample.unit, int(sample.clusters.max()) + 1, draws, LEVEL),
        inputs=submission.faults,
        findings=[],
        judges=[assess(judge, runs, clips, sample) for judge in judges],
        pose={row: pose_row([scored(poses) for poses in seeds], sample) for row, seeds in runs.items()},
        failures={row: [sum(map(failed, poses)) for poses in seeds] for row, seeds in runs.items()},
        longest_clips=at_longest(runs[own]),
        lengths=calibration(runs, SYSTEM, real, submission.quantiles, sample) if SYSTEM in runs else None,
        signatures=signatures(),
    )
    report.findings = findings(report)
    return report


def build(options: argparse.Namespace) -> tuple[Report, str]:
    """The whole report, and the players of the clips it shows (HTML)."""
    judges = [load_judge(name, options.beam) for name in options.judge or ["judge-report"]]
    if options.corpus:
        references = known.of_corpus(options.corpus, options.split or ["test_sentences"], options.clips)
    else:
        references = known.of_folder(options.references, options.texts, options.clips)
    if len(references.clips) < 2:
        raise UserError("references: a report needs at least 2 clips; give more of them")
    if options.generator:
        given = {"steps": options.steps, "guidance": options.guidance}
        settings = {name: value for name, value in given.items() if value is not None}
        seeds = range(options.seed, options.seed + options.seeds)
        submission = generated(options.generator, references, options.lengths, seeds, settings)
    else:
        submission = submitted(options.poses, references, options.name, options.mend)
    runs = submission.runs | control_runs(references, submission.autoencoder)
    report = compose(submission, references, judges if references.has_texts else [], runs, options.draws)
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


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    system = parser.add_mutually_exclusive_group(required=True)
    system.add_argument("--generator", help="name of a published generator")
    system.add_argument("--poses", type=Path, help="folder of another system's .pose or .npz files")
    real = parser.add_mutually_exclusive_group(required=True)
    real.add_argument("--corpus", help="corpus folder; files of --poses are named by its clip ids")
    real.add_argument("--references", type=Path, help="folder of recorded .pose or .npz files instead of a corpus")
    parser.add_argument("--out", required=True, type=Path, help="folder for report.json, report.html and report.tex")
    parser.add_argument("--texts", type=Path, help="texts of --references: csv or tsv with columns id and text")
    parser.add_argument(
        "--split", action="append", help="split that is judged (may be repeated; default test_sentences)"
    )
    parser.add_argument("--judge", action="append", help="a published back-translator (may be repeated)")
    parser.add_argument("--name", help="what to call the system of --poses (default: its folder)")
    parser.add_argument(
        "--mend", action="store_true", help="put wrong axes, units and rates of --poses right, and say so"
    )
    parser.add_argument("--clips", type=int, help="judge only the first so many clips (of each split)")
    parser.add_argument("--beam", type=int, default=1, help="beam of the judges")
    parser.add_argument("--lengths", nargs="+", choices=LENGTHS, default=list(LENGTHS), help="rows of a generator")
    parser.add_argument("--seeds", type=int, default=3, help="generation seeds")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--guidance", type=float, help="guidance (default: the generator's)")
    parser.add_argument("--draws", type=int, default=DRAWS, help="bootstrap draws")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="folder that keeps a copy by name@hash")
    options = parser.parse_args(arguments)
    if options.draws < DRAWS or (options.clips is not None and options.clips < 2) or options.seeds < 1:
        raise UserError(f"a report needs at least 2 clips, {DRAWS} bootstrap draws and one seed; give more")
    if options.generator and not options.corpus:
        raise UserError(
            "a generator is judged on a corpus, whose texts it signs; give --corpus instead of --references"
        )
    for option, needed in _ONLY_WITH.items():
        if getattr(options, option) and not getattr(options, needed):
            raise UserError(f"--{option} means nothing without --{needed}; drop it, or give both")
    return options


_ONLY_WITH = {"texts": "references", "split": "corpus", "name": "poses", "mend": "poses"}
"""Option -> the option without which it would be ignored in silence."""


def main() -> None:
    options = parse()
    report, players = build(options)
    copy = write(report, players, options.out, options.reports)
    print("\n".join(lines_of(report)))
    print(f"{options.out / 'report.html'} (a copy of report.json: {copy})")


if __name__ == "__main__":
    run(main)

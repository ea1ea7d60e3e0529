"""The verdict on a row of a report: `eval.verdict` and `eval.leaks` asked with what the report has.

For a generator everything is tried. Of files nobody knows what made them, and a folder of references has no training
clips: what cannot be examined is said.
"""

from collections.abc import Sequence
from dataclasses import asdict

from eval.case import UNEXAMINED
from eval.judging import Judge
from eval.leaks import TRIED, judge_leaks, overlap, reference_intervention, signature_leaks
from eval.references import DEV, TRAIN, References
from eval.rows import GIVEN
from eval.schema import Finding, Verdict
from eval.systems import Submission
from eval.verdict import ORDER, Reality, System, accused, examine, looked_for
from eval.verdict import Finding as Found


def reality_of(references: References) -> Reality:
    """Training clips and held-out ones of a corpus; of a folder the references alone, which then show what is real."""
    return Reality([] if references.train is None else references.train, references.held_out or references.clips)


def verdict_of(
    row: str,
    submission: Submission,
    references: References,
    reality: Reality,
    judges: Sequence[Judge],
    readings: Sequence[str] | None,
) -> Verdict:
    """The verdict on a row's first seed; `readings` is what the first judge read of it."""
    free = submission.generator is not None and row != GIVEN
    system = System(
        poses=submission.runs[row][0],
        clips=references.clips,
        readings=readings,
        made_from="text" if submission.about.kind == "generator" else "",
        lengths="given" if row == GIVEN else "predicted",
        generate=submission.generate if free else None,
    )
    found = examine(system, reality)
    names = looked_for(system, reality, found)
    for look in (_generation if free else _no_generation, _splits):
        more, looked = look(submission, references, judges)
        found, names = found + more, names + looked
    found = list({(f.name, f.reason): f for f in sorted(found, key=lambda f: ORDER.index(f.severity))}.values())
    return Verdict(
        accusations=list(dict.fromkeys(f.name for f in found if accused([f]))),
        examined=names,
        findings=[Finding(**asdict(finding)) for finding in found],
        about=_about(references, submission, free),
    )


Looked = tuple[list[Found], list[str]]
"""Findings, and the names of what was looked for."""


def _generation(submission: Submission, references: References, judges: Sequence[Judge]) -> Looked:
    """Whether anything of a recording reaches generation, tried on a few clips."""
    seed = submission.about.seeds[0]
    tried = references.clips[:TRIED]
    leak = reference_intervention(lambda clips: submission.generate([clip.text for clip in clips], seed), tried)
    found = signature_leaks(submission.generator.generate) + ([] if leak is None else [leak])
    return found, ["generation under other texts, seeds and recordings"]


def _no_generation(submission: Submission, references: References, judges: Sequence[Judge]) -> Looked:
    given = submission.generator is not None
    reason = "lengths of the recordings were given on purpose" if given else "files were given, and nothing to run"
    line = f"{reason}: what generation depends on was not tried"
    return [Found("generation under other texts, seeds and recordings", line, severity=UNEXAMINED)], []


def _splits(submission: Submission, references: References, judges: Sequence[Judge]) -> Looked:
    """Whether judged clips were seen in training, by the system or by a judge, as far as corpus and cards tell."""
    found, looked = [], []
    cards = [judge.card for judge in judges if judge.card is not None]
    for split in references.about.splits or [""]:
        for card in cards:
            found += judge_leaks(card, references.about.hash, split, submission.card)
    if cards and not any(f.severity == UNEXAMINED for f in found):
        looked.append("judges trained on what they judge")
    if references.train is None:
        line = "no training clips were given: whether judged texts or recordings occur in training is not known"
        found.append(Found("seen in training", line, severity=UNEXAMINED))
    elif TRAIN not in references.about.splits:
        found += overlap(references.clips, references.train)
        looked.append("texts and recordings seen in training")
    return found, looked


def _about(references: References, submission: Submission, free: bool) -> str:
    train, held_out = references.train, references.held_out
    beside = "no training clips" if train is None else f"{len(train)} training clips"
    real = f"{len(held_out)} held-out clips ({DEV})" if held_out else "the references themselves as real signing"
    seed = f"seed {submission.about.seeds[0]}" if submission.about.seeds else "the files"
    tried = f"; generation was tried on up to {TRIED} texts" if free else ""
    return f"{len(references.clips)} clips of {seed}, beside {beside} and {real}{tried}"

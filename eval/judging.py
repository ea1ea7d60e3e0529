"""All that one frozen judge says of the systems: scores of texts, figures, slices, pairs, sanity and parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.bootstrap import Sample, minus
from eval.controls import derangement
from eval.figures import figures
from eval.pairs import scored_pairs
from eval.players import chosen_clips
from eval.rows import STATISTICS, SYSTEM, TRUTH, TURNED, Reading, Runs, failed, read_row, score_table
from eval.sanity import SANITY
from eval.schema import Estimate, Judged, Sentence, Table
from eval.slices import scored_slices
from sign_latent.card import Card
from sign_latent.evaluator.back_translation import load_judge
from sign_latent.evaluator.parts import qualification


@dataclass
class Judge:
    """A loaded back-translator and the name it goes by."""

    name: str
    model: object
    beam: int = 1
    card: Card | None = None
    """What is known of its training."""


def loaded(name: str, beam: int) -> Judge:
    """A published model that writes texts of poses. UserError for any other artefact."""
    found = load_judge(name)
    return Judge(found.card.reference, found.model, beam, found.card)


def read_all(judge: Judge, runs: Runs, clips: list) -> dict[str, list[Reading]]:
    """Row -> what the judge reads of it under each seed."""
    return {
        row: [read_row(judge.model, poses, clips, judge.beam, row) for poses in seeds] for row, seeds in runs.items()
    }


def deranged(
    matched: Mapping[str, list[Reading]], rows: Sequence[str], texts: Sequence[str]
) -> dict[str, list[Reading]]:
    """The readings of some rows against one fixed derangement of the texts, the same for all."""
    turned = [texts[i] for i in derangement(texts)]
    return {row + TURNED: [reading.against(turned) for reading in matched[row]] for row in rows}


def assess(
    judge: Judge, runs: Runs, clips: list, sample: Sample, matched: dict[str, list[Reading]], rivals: Sequence[str] = ()
) -> Judged:
    """Everything one judge says of the systems; a pure function of its inputs.

    matched: what `read_all` gives. rivals: rows of baselines, which have figures too. The first row is the judged
    system.
    """
    texts = [clip.text for clip in clips]
    own = [row for row in runs if row.startswith(SYSTEM)]
    readings = dict(matched) | deranged(matched, (*own, *rivals, TRUTH), texts)
    sentences = sentence_scores(matched[own[0]][0], runs[own[0]][0], clips)
    return Judged(
        name=judge.name,
        beam=judge.beam,
        fps=float(judge.model.settings.fps),
        skeleton=judge.model.settings.skeleton,
        truncated=truncated(judge.model, texts, matched[own[0]][0].hypotheses),
        rows={row: score_table(found, sample) for row, found in readings.items()},
        figures={row: figures(readings, row, sample) for row in (*own, *rivals)},
        slices=scored_slices(clips, matched, sample),
        pairs=scored_pairs(clips, matched, sample),
        sentences=sentences,
        sanity=sanity(matched, sample),
        parts=without_parts(judge, runs, clips, sample, matched),
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


def sanity(matched: Mapping[str, list[Reading]], sample: Sample) -> dict[str, Estimate]:
    """Spoiled recording -> BLEU-4 of ground truth minus its own, over the same draws."""
    truth = matched[TRUTH][0].scores.bleu
    spoiled = {row: matched[row][0].scores.bleu for row in SANITY if row in matched}
    return {row: sample.estimate([minus(truth, score)]) for row, score in spoiled.items()}


def without_parts(judge: Judge, runs: Runs, clips: list, sample: Sample, matched: Mapping[str, list[Reading]]) -> Table:
    """BLEU-4 with a part hidden from the judge, of the system's first seed and of ground truth.

    A judge that never saw a clip without the part in its training may fail for that alone, so it is not asked.
    """
    about = (
        "BLEU-4, percent, with a part hidden from the judge, and how far it falls; a part whose hiding costs the "
        "recordings much and the system nothing is one that the system does not use. First seed alone."
    )
    audit = {} if judge.card is None else judge.card.audit or {}
    parts = (
        [part for part in judge.model.settings.parts if part in audit.get("hidden_in_training", ())] if audit else []
    )
    unlearnt = "the judge's card is not known" if judge.card is None else qualification(judge.card)
    missing = [f"{unlearnt}; so it was not asked"] if unlearnt else []
    rows: dict[str, dict[str, Estimate]] = {}
    for row in [row for row in runs if parts and (row.startswith(SYSTEM) or row == TRUTH)]:
        whole = STATISTICS["bleu4"](matched[row][0])
        rows[row] = {"bleu4": sample.estimate([whole])}
        for part in parts:
            read = read_row(judge.model, runs[row][0], clips, judge.beam, f"{row} without {part}", without=part)
            hidden = STATISTICS["bleu4"](read)
            rows[row][f"bleu4/{part}"] = sample.estimate([hidden])
            rows[row][f"fall/{part}"] = sample.estimate([minus(whole, hidden)])
    return Table(judge.name, about, rows, missing)

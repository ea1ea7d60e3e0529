"""From the ledger to the diagnosis."""

import re
from collections import Counter
from itertools import permutations

from data_prep.health.checks import findings
from data_prep.health.ledger import Ledger
from data_prep.health.schema import Diagnosis, Overlap, Part, Split
from sign_latent.corpus.read import Corpus

REASONS = 20


def diagnosis_of(corpus: Corpus, ledger: Ledger, allowed: dict[str, float]) -> Diagnosis:
    """Everything that `doctor.json` says; thresholds by the names of findings."""
    parts = {part: column for part in corpus.skeleton.parts if (column := f"no_{part}")}
    return Diagnosis(
        corpus=corpus.hash,
        title=str(corpus.info.get("title", "")),
        licence=str(corpus.info.get("licence", "")),
        skeleton=corpus.skeleton.name,
        fps=corpus.fps,
        clips=ledger.value("COUNT(*)"),
        frames=ledger.value("SUM(frames)"),
        seconds=ledger.value("SUM(seconds)"),
        splits={name: _split(ledger, name) for name in corpus.splits},
        overlaps=[_overlap(ledger, *pair) for pair in permutations(corpus.splits, 2) if _of_interest(*pair)],
        parts={part: _part(ledger, column) for part, column in parts.items() if corpus.skeleton.parts[part]},
        spoken_languages=ledger.counted("spoken"),
        signed_languages=ledger.counted("signed"),
        handedness=ledger.counted("handedness"),
        unknown_signers=ledger.value("COUNT(*)", "signer = ''"),
        jitter=ledger.quantiles("jitter"),
        dropped=dict(
            Counter(re.sub(r"\d+(\.\d+)?", "#", drop["reason"]) for drop in corpus.drops).most_common(REASONS)
        ),
        findings=findings(ledger, len(corpus.drops), allowed),
    )


def _split(ledger: Ledger, name: str) -> Split:
    def ask(what: str) -> float:
        return ledger.value(what, "split = ?", name)

    return Split(
        clips=ask("COUNT(*)"),
        frames=ask("SUM(frames)"),
        seconds=ask("SUM(seconds)"),
        texts=ask("COUNT(DISTINCT text_key)"),
        signers=ask("COUNT(DISTINCT NULLIF(signer, ''))"),
        sources=ask("COUNT(DISTINCT NULLIF(source, ''))"),
        duration=ledger.quantiles("seconds", "split = ?", name),
        words=ledger.quantiles("words", "split = ?", name),
    )


def _of_interest(first: str, second: str) -> bool:
    """Each pair once; the training split, where there is one, comes first."""
    return first == "train" or (second != "train" and first < second)


def _overlap(ledger: Ledger, first: str, second: str) -> Overlap:
    def clips(column: str, what: str = "COUNT(*)") -> int:
        shared = f"split = ? AND {column} != '' AND {column} IN (SELECT {column} FROM clips WHERE split = ?)"
        return ledger.value(what, shared, second, first)

    return Overlap(
        first=first,
        second=second,
        signers=clips("signer", "COUNT(DISTINCT signer)"),
        clips_of_shared_signers=clips("signer"),
        clips_of_shared_sources=clips("source"),
        clips_of_shared_texts=clips("text_key"),
        shared_clips=clips("motion_key"),
    )


def _part(ledger: Ledger, column: str) -> Part:
    unseen = ledger.value(f"SUM({column} * frames) / SUM(frames)")
    return Part(seen=1 - unseen, never=ledger.value("COUNT(*)", f"{column} = 1"))

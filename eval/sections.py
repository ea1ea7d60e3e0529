"""Tables of a report beside texts and distances: distribution, diversity, retrieval by an aligner, intended channels.

Each is computed for the first seed alone (diversity: for all), and says why where it cannot be computed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval import distribution as spread
from eval import retrieval, variety
from eval.beside import GROUPS, failed, scored_groups
from eval.bootstrap import Sample, ratio_of
from eval.channels import CHANNELS, TOGETHER, Count, counts_by_clip
from eval.rows import RANDOM, STATIC, SYSTEM, THROUGH, TRUTH, Runs
from eval.schema import Estimate, Table
from sign_latent.card import Card
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import PARTS

VIEWS = {"all": None, "hands": "hands", "face": "face"}
"""What of a clip a feature net is shown -> the group that alone it sees."""
CHANNEL_CLIPS = 100
"""Most clips whose channels are read: each takes a third of a second."""


@dataclass
class Net:
    """A frozen network that measures, and the name it goes by."""

    name: str
    model: Any
    card: Card | None = None


def load_aligner(name: str) -> Net:
    """A published aligner that reads points. UserError for any other artefact."""
    from sign_latent.aligner.vectors import loaded_aligner

    found = loaded_aligner(name, reads="points")
    return Net(found.card.reference, found.model, found.card)


def refuse_guide(judge: Net, systems: Sequence[Card], kind: str = "aligner") -> None:
    """UserError where a system, or what it was trained on, was trained on what is to judge it, called a `kind`.

    It would be judged by its own teacher; or by what its teacher became, where the judge's training began with that. By
    ``name@hash``, and by the hash of the weights, which another name does not change.
    """
    itself = {key for one in [judge.card, *beginnings(judge.card)] for key in (one.reference, one.weights_sha256)}
    for card in systems:
        for parent in _ancestors(card):
            if itself & {parent.reference, parent.weights_sha256}:
                raise UserError(
                    f"{kind} {judge.name}: {card.reference} was trained on it ({parent.reference}), so it cannot "
                    "judge it; name another"
                )


def beginnings(card: Card) -> Iterator[Card]:
    """Cards of what a model's training began with, and of what that one's did."""
    from sign_latent import registry

    if "initial" in card.parents:
        found = registry.find(card.parents["initial"])[1]
        yield found
        yield from beginnings(found)


def _ancestors(card: Card) -> Iterator[Card]:
    """Cards of all that a model was trained on, and of all that these were trained on."""
    from sign_latent import registry

    for reference in card.parents.values():
        parent = registry.find(reference)[1]
        yield parent
        yield from _ancestors(parent)


def table(by: str, about: str, compute: Callable[[], tuple[dict, list[str]]], missing: str = "") -> Table:
    """The rows that are computed and what is missing from them; where nothing can be, the reason alone."""
    if missing:
        return Table(by, about, {}, [missing])
    try:
        rows, lacking = compute()
    except UserError as error:
        return Table(by, about, {}, [str(error)])
    return Table(by, about, rows, lacking)


def shown(poses: Sequence[Pose | None], skeleton: str) -> list[Pose | None]:
    """Poses on the skeleton that a net reads; None for failed ones. UserError where that cannot be."""
    return [None if failed(pose) else convert(pose, skeleton) for pose in poses]


def distribution(net: Net | None, runs: Runs, real: Sequence[Pose]) -> Table:
    """FID and KID of rows to the recordings, in the feature space of a frozen judge."""
    about = (
        "Fréchet and kernel distance of the clips' features (the judge's encoder states, averaged over a clip) to the "
        f"recordings'. The row '{RANDOM}' shows what real signing scores. They say nothing of the text. First seed."
    )

    def compute() -> tuple[dict, list[str]]:
        skeleton = net.model.settings.skeleton
        recorded = shown(real, skeleton)
        if any(pose is None for pose in recorded):
            raise UserError("a recording is empty or not finite, so that there is no distribution to compare with")
        known, read = scored_groups(recorded[0].skeleton), set(getattr(net.model.settings, "parts", PARTS))
        views = {n: g for n, g in VIEWS.items() if g is None or (g in known and read.intersection(GROUPS[g]))}
        theirs = {name: spread.features(net.model, recorded, group) for name, group in views.items()}
        rows: dict[str, dict[str, Estimate]] = {}
        missing: dict[str, None] = {}
        for row in [row for row in runs if row != TRUTH]:
            made = shown(runs[row][0], skeleton)
            for name, group in views.items():
                found = spread.scores(spread.features(net.model, made, group), theirs[name])
                missing |= dict.fromkeys(v for k, v in found.items() if k.endswith("_refused"))
                values = {k: v for k, v in found.items() if not isinstance(v, str) and np.isfinite(v)}
                rows.setdefault(row, {}).update({f"{k}/{name}": Estimate(v) for k, v in values.items()})
        return {row: scores for row, scores in rows.items() if scores}, list(missing)

    return table(
        net.name if net else "", about, compute, "" if net else "no judge is given whose features are compared"
    )


def diversity(runs: Runs, texts: Sequence[str]) -> Table:
    """How different clips of the same text, and of different texts, are."""
    about = (
        "Mean distance in centimetres between two clips of the same text (over seeds, and where texts repeat) and of "
        "different texts, tempo taken out. Noise is varied within a text, copies of the recordings over texts: read "
        "both. All seeds."
    )
    rows = [row for row in runs if row.startswith(SYSTEM) or row in (TRUTH, RANDOM, STATIC)]

    def compute() -> tuple[dict, list[str]]:
        found = {row: variety.varieties(runs[row], texts) for row in rows}
        finite = {r: {n: Estimate(v) for n, v in scores.items() if np.isfinite(v)} for r, scores in found.items()}
        single = [row for row in rows if not any(n.startswith("diversity_same_text") for n in finite[row])]
        line = f"{'; '.join(single)}: one clip a text, so that nothing is said of variety within a text"
        return finite, [line] if single else []

    return table("", about, compute, "" if any(texts) else "the references have no texts that clips could share")


def retrieved(aligner: Net | None, runs: Runs, clips: Sequence[Clip]) -> Table:
    """R@k both ways and matched ÷ mismatched distance of rows, in the space of an aligner."""
    about = (
        f"Which of the {len(clips)} texts is nearest to a clip and which clip to a text (percent among the first k, "
        "median rank), and the distance to the own text ÷ that to others. First seed."
    )

    texts = [clip.text for clip in clips]

    def compute() -> tuple[dict, list[str]]:
        from sign_latent.aligner.vectors import text_vectors
        from sign_latent.evaluator.embedding import embed_poses

        tags = [(clip.spoken_language, clip.signed_language) for clip in clips]
        told = tags if all(map(all, tags)) else None
        words = text_vectors(aligner, texts, told)
        rows: dict[str, dict[str, Estimate]] = {}
        for row, seeds in runs.items():
            vectors = embed_poses(aligner.model, shown(seeds[0], aligner.model.settings.skeleton))
            lost = np.full_like(words, np.nan)
            found = retrieval.table(vectors if vectors.shape == words.shape else lost, words, texts)
            rows[row] = {
                **{f"{way}/{n}": Estimate(v) for way in retrieval.WAYS for n, v in found[way].items()},
                "distance_ratio": Estimate(found["distance_ratio"]),
            }
            rows["chance"] = {f"{way}/{n}": Estimate(v) for way in retrieval.WAYS for n, v in found["chance"].items()}
        return rows, []

    missing = "" if aligner else "no aligner is given (--aligner NAME)"
    missing = missing or ("" if all(texts) else "the references have no texts")
    return table(aligner.name if aligner else "", about, compute, missing)


def channels(runs: Runs, clips: Sequence[Clip], sample: Sample) -> Table:
    """Precision, recall and F1 of what the sentences mean to show, channel by channel; of the invented language."""
    chosen = np.arange(min(len(clips), CHANNEL_CLIPS))
    about = (
        "Share of what is shown that is meant at its time (precision) and of what is meant that is shown (recall), "
        f"and F1, read off the geometry of the first {len(chosen)} clips; no trained judge takes part. First seed."
    )
    rows = [row for row in runs if row.startswith(SYSTEM) or row in (TRUTH, THROUGH, STATIC)]

    def compute() -> tuple[dict, list[str]]:
        part = sample.part(chosen)
        some = [clips[i] for i in chosen]
        counted = {row: counts_by_clip([runs[row][0][i] for i in chosen], some, row) for row in rows}
        return {row: channel_scores(counts, part) for row, counts in counted.items()}, []

    return table("", about, compute)


def channel_scores(counts: Sequence[dict[str, Count]], sample: Sample) -> dict[str, Estimate]:
    """`precision/…`, `recall/…`, `f1/…` of each channel and of all (non-)manual ones together, from counts a clip."""
    found = {}
    for name, members in {**{channel: (channel,) for channel in CHANNELS}, **TOGETHER}.items():
        whole = [sum((row[channel] for channel in members), Count()) for row in counts]
        meant, seen, right = (np.array([getattr(c, n) for c in whole], float) for n in ("meant", "shown", "right"))
        pairs = {"precision": (right, seen), "recall": (right, meant), "f1": (2 * right, seen + meant)}
        found |= {f"{score}/{name}": sample.estimate([ratio_of(*pair)]) for score, pair in pairs.items()}
    return found

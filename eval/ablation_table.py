"""The table of ablations: a section a recipe, its variants by their main figure, with what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from eval.markup import cell, document, number, plain, table
from eval.plots import forest
from eval.schema import Estimate

HEAD = (
    "(system − floor) ÷ (ground truth − floor)",
    "BLEU-4 (of ground truth)",
    "own texts − others', BLEU-4",
    "denoising error or likelihood, other texts",
    "length ÷ recordings'",
    "steps",
    "processor seconds",
    "parameters",
)
NOTICE = "Machine-generated signing, read by a model. No signer has judged it."


@dataclass
class Ablation:
    """A variant of a recipe, trained from one seed."""

    recipe: str
    shows: str
    """What is changed in it."""
    artefact: str
    training_seed: int
    steps: int
    """Training steps of the generator."""
    parameters: int
    """Of the generator."""
    seconds: float | None = None
    """Processor time of its training, the audit included; null where it was trained elsewhere."""
    audit_gap: float | None = None
    """How much worse the generator explains held-out clips with other texts, relative to their own."""
    audit_interval: list[float] | None = None
    main_figure: Estimate = field(default_factory=lambda: Estimate(None))
    bleu4: Estimate = field(default_factory=lambda: Estimate(None))
    truth: float | None = None
    """BLEU-4 of the recordings."""
    text_gap: Estimate = field(default_factory=lambda: Estimate(None))
    duration_ratio: Estimate = field(default_factory=lambda: Estimate(None))
    conditions: dict[str, Any] = field(default_factory=dict)
    """How it was scored: corpus, split, clips, generation seeds, judge."""
    version: int = 1


def ranked(rows: Sequence[Ablation]) -> list[Ablation]:
    """The best first; those without a figure last."""

    def figure(row: Ablation) -> float:
        value = row.main_figure.value
        return -math.inf if value is None or value != value else value

    return sorted(rows, key=lambda row: (-figure(row), row.shows, row.training_seed))


def name_of(row: Ablation) -> str:
    """What a row is called: the change, and the training seed where it is not the first."""
    return row.shows + (f" (training seed {row.training_seed})" if row.training_seed else "")


def sections(rows: Sequence[Ablation]) -> dict[str, list[Ablation]]:
    """Recipe -> its rows, the best first, a variant's further training seeds right after it."""
    found: dict[str, list[Ablation]] = {}
    for recipe in sorted({row.recipe for row in rows}):
        own = [row for row in rows if row.recipe == recipe]
        first = ranked([row for row in own if not row.training_seed])
        again = ranked([row for row in own if row.training_seed])
        found[recipe] = [one for row in first for one in (row, *(r for r in again if r.shows == row.shows))]
    return found


def between_seeds(rows: Sequence[Ablation]) -> str:
    """How far apart the same variant lies when it is trained from other seeds."""
    told = []
    for shows in dict.fromkeys(row.shows for row in rows if row.training_seed):
        values = [row.main_figure.value for row in rows if row.shows == shows]
        told.append(f"{shows}: {number(min(values), 3)} to {number(max(values), 3)} over {len(values)} training seeds")
    return "; ".join(told)


def cells(row: Ablation) -> list[str]:
    """The row as HTML."""
    gap = Estimate(row.audit_gap, row.audit_interval)
    return [
        cell(row.main_figure, 3),
        f"{cell(row.bleu4, 1)} ({number(row.truth, 1)})",
        cell(row.text_gap, 1),
        cell(gap, 2),
        cell(row.duration_ratio, 2),
        str(row.steps),
        number(row.seconds, 0),
        f"{row.parameters / 1e6:.2f} M",
    ]


def page_of(rows: Sequence[Ablation]) -> str:
    """The page: conditions, and for each recipe a plot and a table."""
    body = "".join(f"<p>{escape(line)}</p>" for line in conditions(rows))
    for recipe, own in sections(rows).items():
        body += f"<h2>{escape(recipe)}</h2>"
        body += forest(f"{recipe}: {HEAD[0]}", [(name_of(row), row.main_figure) for row in own], 3)
        body += table(f"Variants of {recipe}", ["", *HEAD], [(name_of(row), cells(row)) for row in own])
        apart = between_seeds(own)
        body += f'<p class="note">Between training seeds: {escape(apart)}.</p>' if apart else ""
    return document("Ablations", body, NOTICE)


def conditions(rows: Sequence[Ablation]) -> list[str]:
    """How the rows were scored, a line for each way."""
    ways = {tuple(sorted(row.conditions.items())): row.recipe for row in rows}
    return [", ".join(f"{name} {value}" for name, value in way) for way in sorted(ways, key=str)]


def lines_of(rows: Sequence[Ablation]) -> list[str]:
    """The table for the terminal."""
    found = []
    for recipe, own in sections(rows).items():
        found.append(f"{recipe}:")
        for row in own:
            cost = f"{row.steps} steps, {number(row.seconds, 0)} processor s, {row.parameters / 1e6:.2f} M"
            found.append(f"  {name_of(row)}: {plain(row.main_figure, 3)}; BLEU-4 {plain(row.bleu4, 1)}; {cost}")
    return found

"""Joints of sentences as a page: a table and the course of velocity and jerk around them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from eval.curves import Series, curves
from eval.markup import document, number, table
from eval.plots import histogram

if TYPE_CHECKING:
    from eval.seams import Joined

HEAD = ("", "joints", "velocity within", "elsewhere", "largest", "jerk within", "elsewhere", "largest", "transition")


def html_of(about: dict, found: dict[str, Joined]) -> str:
    """The page, without anything from elsewhere."""
    facts = "".join(f"<li>{escape(name)}: {escape(str(value))}</li>" for name, value in about.items())
    body = f"<ul>{facts}</ul>"
    body += table("Within the text's own 95th percentile, in percent", HEAD, [row(*each) for each in found.items()])
    body += "<p>1 is the 95th percentile of the text that a joint stands in.</p>"
    for name in ("velocity", "jerk"):
        body += course(name, found)
    lengths = found["joined"].transitions
    body += histogram("Frames of transitions", lengths, 0, max(lengths) + 1, max(lengths) + 1)
    return document("Joints of sentences", body, "Machine-generated, not reviewed by signers.")


def row(name: str, rows: Joined) -> tuple[str, list[str]]:
    """Cells of a row of the table."""
    t = rows.table()
    cells = [f"{t['joints']}"]
    for what in ("velocity", "jerk"):
        cells += [number(100 * t[f"{what}_within"]), number(100 * t[f"{what}_within_elsewhere"])]
        cells.append(number(t[f"{what}_largest"], 2))
    return name, [*cells, number(t["transition_median"], 0)]


def course(what: str, found: dict[str, Joined]) -> str:
    """Median and 95th percentile over joints, by frame from the joint."""
    series = []
    for name, rows in found.items():
        values = np.array(rows.course[what])
        half = values.shape[1] // 2
        for label, level in (("median", 50), ("95 of 100", 95)):
            line = np.nanpercentile(values, level, axis=0)
            points = [(float(i - half), float(v)) for i, v in enumerate(line) if np.isfinite(v)]
            series.append(Series(f"{name}, {label}", points, line=True))
    title, levels = f"{what.capitalize()} around joints", [("95th percentile of the text", 1.0)]
    return curves(title, series, "frames from the joint", "multiples of the 95th percentile", levels)

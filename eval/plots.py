"""Plots as inline SVG, drawn here so that a page needs no library; each has a text alternative."""

import math
from collections.abc import Sequence
from html import escape

from eval.markup import number, plain
from eval.schema import Estimate

WIDTH, LABELS, MARGIN, ROW = 720, 300, 18, 26


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round places from low to high, in steps of 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-9)
    power = 10 ** math.floor(math.log10(span / most))
    step = next(power * k for k in (1, 2, 5, 10) if span / (power * k) <= most)
    return [step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def forest(title: str, entries: Sequence[tuple[str, Estimate]], digits: int = 1, zero: bool = True) -> str:
    """A dot with its interval for each estimate; undefined ones are left out. Empty without any."""
    known = [(name, e) for name, e in entries if e.value is not None and math.isfinite(e.value)]
    if not known:
        return ""
    spans = [[b for b in (e.value, *(e.interval or ())) if b is not None] for _, e in known]
    low, high = min(map(min, spans)), max(map(max, spans))
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    axis = Axis(low, high, LABELS, WIDTH - MARGIN)
    height = ROW * len(known) + 40
    parts = grid(axis, 8, height - 30)
    for i, ((name, e), span) in enumerate(zip(known, spans, strict=True)):
        y = 8 + ROW * (i + 0.5)
        parts.append(f'<text x="{LABELS - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(_short(name))}</text>')
        parts.append(f'<line class="whisker" x1="{axis(min(span))}" x2="{axis(max(span))}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="mark" cx="{axis(e.value)}" cy="{y:.1f}" r="4.5"/>')
    said = "; ".join(f"{name}: {plain(e, digits)}" for name, e in known)
    return figure(title, said, parts, height)


def scatter(title: str, pairs: Sequence[Sequence[float]], across: str, up: str) -> str:
    """Points (x, y) on equal axes with the line x = y. Empty without any."""
    if not pairs:
        return ""
    high = max(max(pair) for pair in pairs)
    side = 360
    x, y = Axis(0, high, 60, 60 + side), Axis(0, high, 20 + side, 20)
    parts = grid(x, 20, 20 + side)
    for at in ticks(0, high):
        parts.append(f'<line class="grid" x1="60" x2="{60 + side}" y1="{y(at)}" y2="{y(at)}"/>')
        parts.append(f'<text x="52" y="{float(y(at)) + 4:.1f}" text-anchor="end">{number(at, 1)}</text>')
    parts.append(f'<line class="axis" x1="{x(0)}" y1="{y(0)}" x2="{x(high)}" y2="{y(high)}"/>')
    parts += [f'<circle class="mark other" cx="{x(a)}" cy="{y(b)}" r="3"/>' for a, b in pairs]
    parts.append(f'<text x="{60 + side // 2}" y="{side + 58}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text x="{70 + side}" y="40">{escape(up)}</text>')
    said = f"{len(pairs)} clips; {across} across, {up} upwards; the line is where both are equal"
    return figure(title, said, parts, side + 70)


def histogram(title: str, values: Sequence[float], low: float, high: float, bins: int = 20) -> str:
    """How many values fall into each of some equal steps from low to high. Empty without values."""
    if not values:
        return ""
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int((value - low) / (high - low) * bins)))] += 1
    axis, height = Axis(low, high, 60, WIDTH - MARGIN), 220
    up = Axis(0, max(counts), height - 40, 12)
    parts = grid(axis, 12, height - 40)
    step = (high - low) / bins
    for i, count in enumerate(counts):
        left, right, top = float(axis(low + i * step)), float(axis(low + (i + 1) * step)), float(up(count))
        parts.append(
            f'<rect class="mark other" x="{left + 1:.1f}" y="{top:.1f}" width="{right - left - 2:.1f}" '
            f'height="{height - 40 - top:.1f}"/>'
        )
    parts.append(f'<text x="52" y="{float(up(max(counts))) + 4:.1f}" text-anchor="end">{max(counts)}</text>')
    said = "; ".join(
        f"{number(low + i * step, 0)} to {number(low + (i + 1) * step, 0)}: {n}" for i, n in enumerate(counts)
    )
    return figure(title, said, parts, height)


class Axis:
    """Values to places on the page, as text with one decimal."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start = low, high, start
        self.scale = (end - start) / max(high - low, 1e-9)

    def __call__(self, value: float) -> str:
        return f"{self.start + (value - self.low) * self.scale:.1f}"


def grid(axis: Axis, top: float, bottom: float) -> list[str]:
    """Vertical lines at round places, with their numbers below."""
    places = ticks(axis.low, axis.high)
    digits = 0 if len(places) < 2 else max(0, -math.floor(math.log10(places[1] - places[0]) + 1e-9))
    lines = [f'<line class="grid" x1="{axis(at)}" x2="{axis(at)}" y1="{top}" y2="{bottom}"/>' for at in places]
    names = [
        f'<text x="{axis(at)}" y="{bottom + 18}" text-anchor="middle">{number(at, digits)}</text>' for at in places
    ]
    return lines + names


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def figure(title: str, said: str, parts: Sequence[str], height: float) -> str:
    """The whole picture from its parts, `WIDTH` wide; `said` is its text alternative."""
    svg = (
        f'<svg role="img" aria-label="{escape(f"{title}. {said}")}" viewBox="0 0 {WIDTH} {height:g}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
    return f'<figure class="plot"><figcaption>{escape(title)}</figcaption>{svg}</figure>'

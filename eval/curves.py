"""Plots of several series or kinds on one pair of axes, told apart by shape as well as by colour; as inline SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from eval.markup import number
from eval.plots import WIDTH, Axis, figure, ticks

LEFT, RIGHT, TOP, BOTTOM = 70, 20, 16, 340
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6bd0", "#8a8f98")
"""Told apart by most who see colours otherwise (Okabe & Ito 2008, without yellow and black), with two of ours."""
_SHAPES = ("circle", "square", "diamond", "triangle", "cross", "plus")


@dataclass
class Series:
    """Points (x, y) under one name; `line` joins them in order."""

    name: str
    points: Sequence[Sequence[float]]
    line: bool = False
    labels: Sequence[str] = field(default_factory=list)
    """What a point is called, in its tooltip."""


def curves(
    title: str,
    series: Sequence[Series],
    across: str,
    up: str,
    levels: Sequence[tuple[str, float]] = (),
    logarithmic: bool | Literal["across"] = False,
) -> str:
    """Points of each series on common axes, with a legend; empty without any point.

    levels: values upwards that hold everywhere, as dashed lines. logarithmic: both axes, or the one
    across alone; points that are not positive on such an axis are left out.
    """
    shown = [Series(s.name, kept, s.line, s.labels) for s in series if (kept := _kept(s.points, logarithmic))]
    if not shown:
        return ""
    xs = [p[0] for s in shown for p in s.points]
    both = logarithmic is True
    levels = [(name, value) for name, value in levels if value > 0 or not both]
    ys = [p[1] for s in shown for p in s.points] + [value for _, value in levels]
    across_page, up_page = (LEFT, WIDTH - RIGHT), (BOTTOM, TOP)
    x = _Logarithm(xs, *across_page) if logarithmic else _Linear(*_margin(xs), *across_page)
    y = _Logarithm(ys, *up_page) if both else _Linear(*_margin(ys), *up_page)
    parts = _axes(x, y, across, up)
    for i, (name, value) in enumerate(levels):
        # Names of levels stand at the right end, where curves are low.
        parts.append(f'<line class="axis" stroke-dasharray="6 4" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
                     f'y1="{y(value)}" y2="{y(value)}"/>')  # fmt: skip
        parts.append(f'<text x="{WIDTH - RIGHT}" y="{float(y(value)) - 5 - 14 * i:.1f}" '
                     f'text-anchor="end">{escape(name)}</text>')  # fmt: skip
    for i, one in enumerate(shown):
        parts += _drawn(one, i, x, y)
    parts += _legend([one.name for one in shown])
    said = "; ".join(f"{one.name}: {_said(one)}" for one in shown)
    return figure(title, f"{across} across, {up} upwards. {said}", parts, BOTTOM + 52 + 20 * _rows(len(shown)))


def _kept(points: Sequence[Sequence[float]], logarithmic: bool | str) -> list[tuple[float, float]]:
    positive = {True: min, "across": lambda x, y: x}.get(logarithmic, lambda x, y: 1)
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y) and positive(x, y) > 0]


def _said(one: Series, most: int = 12) -> str:
    pairs = [f"({number(a, 2)}, {number(b, 2)})" for a, b in one.points[:most]]
    return ", ".join(pairs) + (f" and {len(one.points) - most} more" if len(one.points) > most else "")


def _margin(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


class _Linear(Axis):
    """An axis with its ticks."""

    def marks(self) -> list[tuple[str, str]]:
        """Place and name of each tick."""
        places = ticks(self.low, self.high)
        step = places[1] - places[0] if len(places) > 1 else 1
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return [(self(at), number(at, digits)) for at in places]


class _Logarithm:
    """An axis on which equal distances are equal factors, with ticks at 1, 2 and 5 times powers of ten."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.axis = Axis(math.log(min(values) / 1.25), math.log(max(values) * 1.25), start, end)

    def __call__(self, value: float) -> str:
        return self.axis(math.log(value))

    def marks(self) -> list[tuple[str, str]]:
        """Place and name of each tick."""
        low, high = math.exp(self.axis.low), math.exp(self.axis.high)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        values = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        return [(self(value), f"{value:g}") for value in values if low <= value <= high]


def _axes(x, y, across: str, up: str) -> list[str]:
    parts = []
    for at, name in x.marks():
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{TOP}" y2="{BOTTOM}"/>')
        parts.append(f'<text x="{at}" y="{BOTTOM + 18}" text-anchor="middle">{name}</text>')
    for at, name in y.marks():
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{float(at) + 4:.1f}" text-anchor="end">{name}</text>')
    middle = (LEFT + WIDTH - RIGHT) // 2
    parts.append(f'<text x="{middle}" y="{BOTTOM + 38}" text-anchor="middle">{escape(across)}</text>')
    height = (TOP + BOTTOM) // 2
    turned = f'transform="rotate(-90 16 {height})"'
    parts.append(f'<text x="16" y="{height}" text-anchor="middle" {turned}>{escape(up)}</text>')
    return parts


def _drawn(one: Series, kind: int, x, y) -> list[str]:
    colour, parts = COLOURS[kind % len(COLOURS)], []
    if one.line and len(one.points) > 1:
        path = " ".join(f"{x(a)},{y(b)}" for a, b in one.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for i, (a, b) in enumerate(one.points):
        name = one.labels[i] if i < len(one.labels) else one.name
        parts.append(mark(kind, float(x(a)), float(y(b)), name))
    return parts


def mark(kind: int, x: float, y: float, name: str = "", size: float = 4.5) -> str:
    """The mark of a kind (its colour and shape) with its middle at a place; `name` is its tooltip."""
    colour, shape = COLOURS[kind % len(COLOURS)], _SHAPES[kind % len(_SHAPES)]
    said = f"<title>{escape(name)}</title>" if name else ""
    if shape == "circle":
        return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}">{said}</circle>'
    corners = " ".join(f"{x + a * size:.1f},{y + b * size:.1f}" for a, b in _CORNERS[shape])
    return f'<polygon class="dot" points="{corners}" fill="{colour}">{said}</polygon>'


_CORNERS = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    "triangle": [(0, -1.2), (1.2, 1), (-1.2, 1)],
    "plus": [(-0.4, -1.3), (0.4, -1.3), (0.4, -0.4), (1.3, -0.4), (1.3, 0.4), (0.4, 0.4), (0.4, 1.3), (-0.4, 1.3),
             (-0.4, 0.4), (-1.3, 0.4), (-1.3, -0.4), (-0.4, -0.4)],
    "cross": [(0, -0.6), (0.8, -1.4), (1.4, -0.8), (0.6, 0), (1.4, 0.8), (0.8, 1.4), (0, 0.6), (-0.8, 1.4),
              (-1.4, 0.8), (-0.6, 0), (-1.4, -0.8), (-0.8, -1.4)],
}  # fmt: skip
_COLUMNS = 3


def _rows(count: int) -> int:
    return -(-count // _COLUMNS)


def _legend(names: Sequence[str]) -> list[str]:
    parts, wide = [], (WIDTH - 20) // _COLUMNS
    for i, name in enumerate(names):
        x, y = 20 + wide * (i % _COLUMNS), BOTTOM + 60 + 20 * (i // _COLUMNS)
        parts += [mark(i, x, y - 4), f'<text x="{x + 10}" y="{y}">{escape(name)}</text>']
    return parts


def alone(picture: str) -> str:
    """The picture of a figure as an SVG file of its own, with the styles that a page gives it."""
    inner = picture[picture.index("<svg") : picture.index("</svg>") + 6]
    style = (
        "<style>svg{background:#fff}text{fill:#171b22;font:13px system-ui,sans-serif}"
        ".grid{stroke:#e5e9ee}.axis{stroke:#8a94a3}</style>"
    )
    head, _, rest = inner.partition(">")
    return f"{head.replace('<svg', '<svg xmlns=' + _XMLNS, 1)}>{style}{rest}\n"


_XMLNS = '"http://www.w3.org/2000/svg"'

"""Series on common axes, as picture and as text."""

import re
from xml.etree import ElementTree

import pytest

from eval.curves import LEFT, Series, alone, curves, mark


def circles(svg):
    return [(float(x), float(y)) for x, y in re.findall(r'<circle class="dot" cx="([-0-9.]+)" cy="([-0-9.]+)"', svg)]


def test_equal_factors_are_equal_distances_and_zero_is_left_out():
    svg = curves("t", [Series("a", [(1, 2), (10, 4), (100, 8), (0, 9), (9, 0)])], "bits", "mm", logarithmic=True)
    (x0, y0), (x1, y1), (x2, y2), _ = circles(svg)  # the last is the legend's
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2) and x0 > LEFT
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2) and y1 < y0
    assert "(10.00, 4.00)" in svg and "9.00" not in svg


def test_kinds_differ_in_shape_and_colour_and_are_named():
    svg = curves("t", [Series("a <b>", [(0, 0)]), Series("c", [(1, 1)])], "x", "y")
    assert len(circles(svg)) == 2 and svg.count("<polygon") == 2
    assert len(set(re.findall(r'fill="(#\w+)"', svg))) == 2
    assert "a &lt;b&gt;" in svg and "<b>" not in svg
    assert len({mark(kind, 0, 0) for kind in range(8)}) == 8


def test_a_line_joins_points_in_order_and_levels_are_dashed():
    svg = curves("t", [Series("a", [(1, 4), (2, 3), (4, 2)], line=True)], "x", "y", [("floor", 3.0)])
    (path,) = re.findall(r'points="([^"]+)" fill="none"', svg)
    assert [tuple(map(float, pair.split(","))) for pair in path.split()] == circles(svg)[:3]
    (level,) = re.findall(r'stroke-dasharray="6 4" x1="[^"]+" x2="[^"]+" y1="([^"]+)"', svg)
    assert float(level) == circles(svg)[1][1] and "floor" in svg


def test_nothing_and_what_is_not_finite_is_not_drawn():
    assert curves("t", [], "x", "y") == curves("t", [Series("a", [(float("nan"), 1)])], "x", "y") == ""
    assert len(circles(curves("t", [Series("a", [(3, 3)])], "x", "y"))) == 2  # one point alone has axes too


def test_a_picture_of_its_own_is_whole_svg():
    root = ElementTree.fromstring(alone(curves("t & u", [Series("a", [(1, 1), (2, 2)])], "x", "y")))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img" and root[0].tag.endswith("style")

"""Plots hold what they are given, as picture and as text."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.plots import forest, histogram, scatter, ticks
from eval.schema import Estimate


def numbers(svg, tag, name):
    return [float(x) for x in re.findall(rf'<{tag} [^>]*?\b{name}="([-0-9.]+)"', svg)]


@settings(deadline=None)
@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_ticks_are_few_even_and_inside(low, span):
    found = ticks(low, low + span)
    assert 1 <= len(found) <= 8
    assert all(low - 1e-6 * span <= at <= low + span * (1 + 1e-6) for at in found)
    steps = {round((b - a) / (found[1] - found[0]), 6) for a, b in itertools.pairwise(found)}
    assert steps <= {1.0}


def test_a_forest_places_dots_between_the_ends_of_their_intervals_in_order_of_value():
    svg = forest(
        "title", [("a <b>", Estimate(20.0, [10.0, 30.0])), ("c", Estimate(50.0, [40.0, 70.0])), ("d", Estimate(None))]
    )
    dots, starts, ends = (
        numbers(svg, "circle", "cx"),
        numbers(svg, 'line class="whisker"', "x1"),
        numbers(svg, 'line class="whisker"', "x2"),
    )
    assert len(dots) == 2 and starts[0] < dots[0] < ends[0] < starts[1] < dots[1] < ends[1]
    assert "a &lt;b&gt;: 20.0 [10.0, 30.0]" in svg and 'role="img"' in svg and "<b>" not in svg


def test_plots_of_nothing_are_nothing():
    assert forest("t", [("a", Estimate(float("nan")))]) == scatter("t", [], "x", "y") == histogram("t", [], 0, 1) == ""


def test_a_scatter_has_a_dot_a_pair_and_equal_axes():
    svg = scatter("t", [[1.0, 1.0], [4.0, 2.0]], "recorded", "predicted")
    across, up = numbers(svg, "circle", "cx"), numbers(svg, "circle", "cy")
    assert len(across) == 2
    assert (across[1] - across[0]) / 3 == pytest.approx(-(up[1] - up[0]), abs=0.1)  # 3 to the right, 1 upwards


def test_a_histogram_counts_and_keeps_the_last_edge():
    svg = histogram("t", [0, 1, 50, 100], 0, 100, bins=4)
    heights = numbers(svg, "rect", "height")
    assert len(heights) == 4 and heights[0] == pytest.approx(2 * heights[2], abs=0.2) and heights[3] == heights[2]
    assert "0 to 25: 2; 25 to 50: 0; 50 to 75: 1; 75 to 100: 1" in svg


def test_pictures_are_well_formed():
    class Counter(HTMLParser):
        open = 0

        def handle_starttag(self, tag, attrs):
            self.open += 1

        def handle_endtag(self, tag):
            self.open -= 1

        def handle_startendtag(self, tag, attrs):
            pass

    for svg in (forest("t", [("a", Estimate(1.0))]), scatter("t", [[1, 2]], "x", "y"), histogram("t", [1], 0, 2)):
        counter = Counter()
        counter.feed(svg)
        assert counter.open == 0

"""What axe-core, a checker of accessibility, finds in the static page, or cannot decide: nothing."""

import numpy as np
import pytest

from sign_latent.renderer.page import PageClip, view_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_static_page_leaves_nothing_to_find(browser, findings, signer, tmp_path, scheme):
    signs = [("RAIN", 4, 9), ("NORTH", 12, 20)]
    clips = [PageClip(name, signer(np.zeros((40, 10))), "rain", tiers=signs) for name in ("one", "two")]
    view_page(clips, tmp_path / "page.html", notice="Machine-generated, not reviewed by signers.")
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme=scheme)
    browser.open(tmp_path / "page.html")
    browser.run("document.querySelector('.sl-keys').open = true; document.querySelector('.sl-after').click()")
    assert findings() == []


def test_every_control_of_the_static_page_has_a_name_and_a_role_of_its_own(browser, controls, signer, tmp_path):
    clips = [PageClip(name, signer(np.zeros((40, 10))), "rain", tiers=[("RAIN", 4, 9)]) for name in ("one", "two")]
    view_page(clips, tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    named = dict(controls())
    assert "" not in named and len(named) == len(controls()) > 12
    wanted = {"Signing player": "region", "Frame": "slider", "To the next sign": "button", "mirror": "checkbox"}
    assert {name: named[name] for name in wanted} == wanted


def test_sliders_say_in_words_where_they_stand(browser, signer, tmp_path):
    """By the attribute: DevTools give a slider's number as its ``valuetext``, and an empty one for a role of our own;
    what Chromium hands to screen readers (chrome://accessibility) is the attribute."""
    view_page([PageClip("one", signer(np.zeros((40, 10))), tiers=[("RAIN", 4, 9)])], tmp_path / "page.html")
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(tmp_path / "page.html")
    told = "[...document.querySelectorAll('input[type=range], [role=slider]')].map((one) => one.ariaValueText)"
    assert browser.run(told) == ["frame 1 of 40"]
    browser.run("document.querySelector('.sl-player').focus()")
    browser.press("ArrowRight")
    assert browser.run(told) == ["frame 2 of 40"]
    browser.press(".")
    assert browser.run(told) == ["frame 5 of 40, RAIN"]


def test_what_is_wrong_is_found(browser, findings, tmp_path):
    """The checker does find what it is asked for."""
    page = "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><input><p style='color: #ccc'>pale</p>"
    page += "<button aria-label=Play>▶</button></main><p>outside</p>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    browser.open(tmp_path / "page.html")
    assert {rule.partition(":")[0] for rule in findings()} >= {
        *("label", "color-contrast", "region", "label-content-name-mismatch")
    }

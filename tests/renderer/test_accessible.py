"""What axe-core, a checker of accessibility, finds serious in the static page: nothing."""

import numpy as np
import pytest

from sign_latent.renderer.page import PageClip, view_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_static_page_has_no_serious_violation(browser, violations, signer, tmp_path, scheme):
    signs = [("RAIN", 4, 9), ("NORTH", 12, 20)]
    clips = [PageClip(name, signer(np.zeros((40, 10))), "rain", tiers=signs) for name in ("one", "two")]
    view_page(clips, tmp_path / "page.html", notice="Machine-generated, not reviewed by signers.")
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme=scheme)
    browser.open(tmp_path / "page.html")
    browser.run("document.querySelector('.sl-keys').open = true; document.querySelector('.sl-after').click()")
    assert violations() == []


def test_what_is_wrong_is_found(browser, violations, tmp_path):
    """The checker does find what it is asked for."""
    page = "<!doctype html><html lang=en><title>x</title><main><h1>x</h1><input><p style='color: #ccc'>pale</p></main>"
    (tmp_path / "page.html").write_text(page)
    browser.open(tmp_path / "page.html")
    assert {rule.partition(":")[0] for rule in violations()} >= {"label", "color-contrast"}

"""What axe-core, a checker of accessibility, finds serious in the studio's pages: nothing, in light and dark."""

import pytest

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def opened(browser, address, scheme):
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme=scheme)
    browser.open(address)
    browser.wait("document.body.dataset.ready === 'yes'")


@SCHEMES
def test_the_studio_has_no_serious_violation(browser, violations, server, scheme):
    opened(browser, server, scheme)
    assert violations() == []
    browser.run("document.getElementById('beside').selectedIndex = 2; document.querySelector('h1').focus()")
    browser.run("document.getElementById('text').value = 'rain'; document.getElementById('ask').requestSubmit()")
    browser.wait("/frames signed/.test(document.getElementById('status').textContent)")
    browser.run("document.querySelector('.sl-keys').open = true")
    assert violations() == []
    browser.run("document.getElementById('text').value = '?'; document.getElementById('ask').requestSubmit()")
    browser.wait("document.getElementById('error').textContent")
    assert violations() == []

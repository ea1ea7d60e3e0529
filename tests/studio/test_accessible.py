"""What axe-core, a checker of accessibility, finds in the studio's pages, or cannot decide: nothing, light or dark."""

import pytest

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def opened(browser, address, scheme):
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme=scheme)
    browser.open(address)
    browser.wait("document.body.dataset.ready === 'yes'")


@SCHEMES
def test_the_studio_leaves_nothing_to_find(browser, findings, server, scheme):
    opened(browser, server, scheme)
    assert findings() == []
    browser.run("document.getElementById('beside').selectedIndex = 2; document.querySelector('h1').focus()")
    browser.run("document.getElementById('text').value = 'rain'; document.getElementById('ask').requestSubmit()")
    browser.wait("/frames signed/.test(document.getElementById('status').textContent)")
    browser.run("document.querySelector('.sl-keys').open = true")
    browser.run("scrollTo(0, 0)")  # of what the notice lies upon no contrast can be told
    assert findings() == []
    browser.run("document.getElementById('text').value = '?'; document.getElementById('ask').requestSubmit()")
    browser.wait("document.getElementById('error').textContent")
    assert findings() == []


@SCHEMES
def test_the_pages_of_raters_leave_nothing_to_find(browser, findings, judged, raters, scheme):
    opened(browser, f"{judged}rate/{raters.pack.links['r01']}/", scheme)
    browser.run("document.querySelector('#keys').open = true")
    assert findings() == []
    browser.press("y")
    for part, clips in (("single", 1), ("pair", 2)):
        while browser.run("document.querySelector('#trial').className") != f"hr-{part}":
            browser.press("n")
        browser.wait(f"document.querySelectorAll('#stage canvas').length === {clips}")
        browser.press("4")
        browser.press("2")
        assert findings() == []
        browser.press("n")
        assert findings() == []
    browser.press("x")
    assert findings() == []

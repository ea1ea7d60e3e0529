"""The studio's page in a browser: by keyboard alone, from the text to the moving signer, files and links."""

import base64
import json
import time

import pytest

from sign_latent.pose.pose import Pose

PIXELS = "[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join()"
UNNAMED = (
    "[...document.querySelectorAll('input, select, textarea, button')].filter((one) => !one.labels?.length"
    " && !one.textContent.trim() && !one.getAttribute('aria-label')).map((one) => one.id)"
)


def opened(browser, address):
    browser.open(address)
    browser.wait("document.body.dataset.ready === 'yes'")


def text_of(browser, name):
    return browser.run(f"document.getElementById('{name}').textContent")


def signed(browser):
    return browser.wait("/frames signed/.test(document.getElementById('status').textContent)")


def type_and_sign(browser, text="rain"):
    assert browser.run("document.activeElement.id") == "text"
    for key in [*text, "Enter"]:
        browser.press(key)
    signed(browser)


def drop(browser, files):
    """Lets go of files, name -> content, over the page."""
    coded = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    browser.run(
        f"(() => {{ const dataTransfer = new DataTransfer();"
        f"for (const [name, content] of Object.entries({coded}))"
        "dataTransfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));"
        "document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })); })()"
    )


def assert_quiet(browser, server):
    assert all(url.startswith((server, "blob:", "data:")) for url in browser.requests())
    assert browser.complaints() == []


def test_what_is_typed_is_signed_and_moves(browser, server, generator):
    browser.prefer(prefers_reduced_motion="no-preference")
    opened(browser, server)
    assert generator.card.reference in text_of(browser, "made")
    type_and_sign(browser)
    assert generator.card.reference in text_of(browser, "made")
    assert browser.run("getComputedStyle(document.querySelector('.sl-notice')).position") == "sticky"
    first = browser.run(PIXELS)
    browser.wait(f"{PIXELS} !== {first!r}", 5)

    browser.run("document.querySelector('.sl-player').focus()")
    browser.press(" ")
    browser.press("Home")
    seen = [browser.run(PIXELS)]
    for key in ("ArrowRight", "End", "m", "5"):
        browser.press(key)
        seen.append(browser.run(PIXELS))
    assert len(set(seen)) == len(seen)
    assert browser.run(UNNAMED) == []
    assert_quiet(browser, server)


def test_it_fits_a_telephone(browser, server):
    browser.resize(390, 844)
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    type_and_sign(browser)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("document.getElementById('pair-label').offsetHeight") == 0


def test_where_motion_is_unwanted_nothing_moves_by_itself(browser, server):
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    type_and_sign(browser)
    assert browser.run("document.querySelector('.sl-seek').value") == "0"
    assert browser.run("document.querySelector('.sl-play').getAttribute('aria-label')") == "Play"


def test_a_link_signs_the_same_again_and_two_models_share_one_clock(browser, server):
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    browser.run("document.getElementById('beside').selectedIndex = 2; document.getElementById('seed').value = 7")
    type_and_sign(browser)
    link, pixels = browser.run("document.getElementById('link').value"), browser.run(PIXELS)
    assert "seed=7" in link and "text=rain" in link
    assert browser.run("document.querySelectorAll('canvas').length") == 2
    assert " · " in text_of(browser, "made")
    browser.reload()
    signed(browser)
    assert browser.run(PIXELS) == pixels
    assert browser.run("document.querySelectorAll('#history button').length") == 1
    assert_quiet(browser, server)


def test_where_the_clipboard_is_closed_the_link_is_left_selected(browser, server):
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    type_and_sign(browser)
    browser.run("Object.defineProperty(navigator, 'clipboard', { value: undefined }); 0")
    browser.run("document.getElementById('copy').click()")
    browser.wait("/press Ctrl and C/.test(document.getElementById('error').textContent)")
    assert browser.run("((one) => one.value.slice(one.selectionStart, one.selectionEnd))(link)") == browser.run(
        "location.href"
    )


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("model=gone@0123456789ab&beside=toy", "gone@0123456789ab"),
        ("model=toy&beside=gone", "gone"),
        ("model=toy&pair=de → qab", "de → qab"),
    ],
)
def test_a_link_to_what_is_not_here_is_named_and_signs_nothing_else(browser, server, link, named):
    opened(browser, f"{server}#text=rain&seed=7&steps=3&{link}")
    browser.wait("document.getElementById('error').textContent")
    assert named in text_of(browser, "error") and "choose" in text_of(browser, "error")
    assert browser.run("['text', 'seed', 'steps'].map((name) => document.getElementById(name).value)") == [
        "rain",
        "7",
        "3",
    ]
    assert browser.run("document.querySelectorAll('canvas').length") == 0


def opened_to_save(browser, server, tmp_path):
    """The page at rest, and the folder that its downloads go to."""
    browser.prefer(prefers_reduced_motion="reduce")
    folder = tmp_path / "saved"
    folder.mkdir()
    browser.download_to(folder)
    opened(browser, server)
    return folder


def test_a_clip_is_downloaded_and_dropped_back(browser, server, tmp_path):
    folder = opened_to_save(browser, server, tmp_path)
    type_and_sign(browser)
    pixels, saved = browser.run(PIXELS), folder / "rain-toy-seed0.npz"
    browser.run("document.querySelectorAll('#downloads button')[1].click()")
    browser.wait("/saved/.test(document.getElementById('status').textContent)")
    for _ in range(200):
        if saved.exists():
            break
        time.sleep(0.05)
    assert len(Pose.load(saved)) > 1
    drop(browser, {"<b>mine</b>.npz": saved.read_bytes()})
    browser.wait("/showing <b>mine/.test(document.getElementById('status').textContent)")
    assert browser.run("document.querySelector('.sl-title').textContent") == "<b>mine</b>.npz"
    assert browser.run(PIXELS) == pixels
    assert_quiet(browser, server)


def test_downloads_are_named_by_what_was_asked_so_that_none_is_taken_for_another(browser, server, tmp_path):
    folder = opened_to_save(browser, server, tmp_path)
    browser.run("document.getElementById('beside').selectedIndex = 2; document.getElementById('seed').value = 7")
    type_and_sign(browser)
    wanted = {f"rain-{model}-seed7.{form}" for model in ("toy", "other") for form in ("pose", "pose.json")}
    for button in browser.run(
        "[...document.querySelectorAll('#downloads button')].map((one, i) => "
        "/pose|json/.test(one.textContent) ? i : -1).filter((i) => i >= 0)"
    ):
        browser.run("document.getElementById('status').textContent = ''")
        browser.run(f"document.querySelectorAll('#downloads button')[{button}].click()")
        browser.wait("/saved/.test(document.getElementById('status').textContent)")
    end = time.monotonic() + 10
    while {path.name for path in folder.iterdir()} != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert {path.name for path in folder.iterdir()} == wanted


def test_a_pose_file_and_the_json_beside_it_show_its_maker_and_its_signs(browser, server, signer, tmp_path):
    about = json.dumps({"generated_by": "tiny@0123456789ab", "text": "rain"})
    signer([[0.0] * 10] * 20).with_signs([("RAIN", 4, 9), ("NORTH", 12, 20)]).save(tmp_path / "a.pose", about)
    files = {name: (tmp_path / name).read_bytes() for name in ("a.pose.json", "a.pose")}
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    drop(browser, {"a.pose": files["a.pose"]})
    browser.wait("/showing a.pose/.test(document.getElementById('status').textContent)")
    assert browser.run("document.querySelector('.sl-signs').hidden") and "tiny" not in text_of(browser, "made")
    drop(browser, files)
    browser.wait("document.querySelector('.sl-signs')?.hidden === false")
    assert "tiny@0123456789ab" in text_of(browser, "made")
    browser.run("document.querySelector('.sl-player').focus()")
    for key, gloss in ((".", "RAIN"), (".", "NORTH"), (",", "RAIN")):
        browser.press(key)
        assert browser.run("document.querySelector('.sl-now').firstChild.data") == gloss
    drop(browser, {"a.pose.json": files["a.pose.json"]})
    browser.wait("/choose both/.test(document.getElementById('error').textContent)")
    assert_quiet(browser, server)


def test_what_is_refused_is_said_and_the_page_goes_on(browser, server):
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    for key in ("?", "Enter"):
        browser.press(key)
    browser.wait("/no words/.test(document.getElementById('error').textContent)")
    type_and_sign(browser)
    assert text_of(browser, "error") == ""


SIZES = pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (640, 400), (320, 640)])
"""A small laptop, the same at 200 %, telephones."""


@SIZES
def test_the_hands_are_seen_as_soon_as_they_sign_and_nothing_lies_beside_the_window(browser, server, width, height):
    browser.resize(width, height)
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    browser.run("document.getElementById('beside').selectedIndex = 2")
    type_and_sign(browser)
    assert browser.run("document.activeElement.id") == "text"
    top, bottom = browser.run(
        "(({ top, bottom }) => [top, bottom])(document.querySelector('canvas').getBoundingClientRect())"
    )
    notice = browser.run("document.querySelector('.sl-notice').offsetHeight")
    assert notice <= top and bottom <= height
    assert browser.run("document.documentElement.scrollWidth") <= width


@SIZES
def test_what_has_the_focus_is_never_behind_the_notice(browser, server, walk, width, height):
    browser.resize(width, height)
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    browser.run("document.getElementById('beside').selectedIndex = 2")
    type_and_sign(browser)
    browser.run("document.querySelector('#history button').focus()")
    way = walk(30, back=True)
    assert len(way) > 20 and [step for step in way if min(step[1:]) < 8] == []


def test_the_way_to_the_player_is_one_key_and_changes_nothing(browser, server, walk):
    browser.prefer(prefers_reduced_motion="reduce")
    opened(browser, server)
    type_and_sign(browser)
    link = browser.run("location.href")
    assert [name for name, *_ in walk(1, back=True)] == ["st-skip"]
    browser.run("document.activeElement.click()")
    assert browser.run("document.activeElement.className") == "sl-player"
    browser.press("ArrowRight")
    assert browser.run("document.querySelector('.sl-seek').value") == "1"
    assert browser.run("[location.href, document.getElementById('text').value]") == [link, "rain"]

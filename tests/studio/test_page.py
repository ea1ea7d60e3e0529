"""The studio's page in a browser: by keyboard alone, from the text to the moving signer, files and links."""

import json
import time
from itertools import count

import pytest

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose

PIXELS = "[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join()"
UNNAMED = (
    "[...document.querySelectorAll('input, select, textarea, button')].filter((one) => !one.labels?.length"
    " && !one.textContent.trim() && !one.getAttribute('aria-label')).map((one) => one.id)"
)


def test_what_is_typed_is_signed_and_moves(browser, desk, generator):
    desk.open(motion="no-preference")
    assert generator.card.reference in desk.text("made")
    desk.sign()
    assert generator.card.reference in desk.text("made")
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
    desk.assert_quiet()


def test_it_fits_a_telephone(browser, desk):
    browser.resize(390, 844)
    desk.open()
    desk.sign()
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("document.getElementById('pair-label').offsetHeight") == 0


def test_where_motion_is_unwanted_nothing_moves_by_itself(browser, desk):
    desk.open()
    desk.sign()
    assert browser.run("document.querySelector('.sl-seek').value") == "0"
    assert browser.run("document.querySelector('.sl-play').getAttribute('aria-label')") == "Play"


def test_a_link_signs_the_same_again_and_two_models_share_one_clock(browser, desk):
    desk.open()
    desk.beside()
    browser.run("document.getElementById('seed').value = 7")
    desk.sign()
    link, pixels = browser.run("document.getElementById('link').value"), browser.run(PIXELS)
    assert "seed=7" in link and "text=rain" in link
    assert browser.run("document.querySelectorAll('canvas').length") == 2
    assert " · " in desk.text("made")
    browser.reload()
    desk.wait_for("frames signed")
    assert browser.run(PIXELS) == pixels
    assert browser.run("document.querySelectorAll('#history button').length") == 1
    desk.assert_quiet()


def test_two_seeds_of_one_model_stand_side_by_side_and_tell_which_is_which(browser, desk, generator):
    desk.open()
    assert browser.run("document.getElementById('beside-seed-label').offsetHeight") == 0
    desk.beside(1)
    assert desk.text("about-beside").startswith("The same model: give it another seed")
    desk.tab_to("#beside-seed")
    for key in "12":
        browser.press(key)
    desk.tab_to("#text", back=True)
    assert desk.text("about-beside") == ""
    desk.sign()
    titles = [f"{generator.card.reference}, seed {seed}" for seed in (0, 12)]
    rows = browser.run("[...document.querySelectorAll('#downloads p')].map((row) => row.firstChild.textContent)")
    assert rows == [f"Download {title}: " for title in titles]
    assert " and ".join(titles) in browser.run("document.querySelector('#history button').textContent")
    left, right = browser.run("[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())")
    assert left != right
    assert "beside-seed=12" in browser.run("document.getElementById('link').value")
    browser.reload()
    desk.wait_for("frames signed")
    assert browser.run("[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())") == [left, right]
    desk.assert_quiet()


def test_a_model_that_could_only_fail_is_told_with_the_reason_and_not_offered(browser, desk):
    desk.open()
    offered = browser.run("[...document.querySelectorAll('#model option, #beside option')].map((one) => one.value)")
    assert [name.partition("@")[0] for name in offered] == ["toy", "other", "", "toy", "other"]
    assert desk.text("refused-count") == "1 model cannot be used"
    assert "orphan: was trained on autoencoder gone@0123456789ab" in desk.text("refused-reasons")


@pytest.mark.parametrize("sentence", [1, 2])
def test_what_fails_for_one_model_leaves_the_other_whole_and_is_told(browser, desk_of, generator, guarded, sentence):
    calls = count(1)

    def fragile():
        if next(calls) == sentence:
            raise UserError("signing: is beyond this model; choose another")

    text, broken = "rain. what do you do? it will rain.", guarded(fragile, "broken")
    desk = desk_of(generator, broken)
    desk.open()
    desk.beside()
    desk.sign(text)
    whole = generator.generate_long(text)
    assert desk.text("status").startswith(f"{len(whole)} frames signed")
    assert desk.text("error") == f"{broken.card.reference}: signing: is beyond this model; choose another"
    shown = browser.run("document.querySelector('.sl-player').slPlayer.clips.map((clip) => clip.frames.length)")
    assert shown[0] == len(whole) and len(shown) == sentence
    saved = browser.run("[...document.querySelectorAll('#downloads p')].map((row) => row.firstChild.data)")
    assert saved == [f"Download {generator.card.reference}: "]
    assert browser.run("document.querySelectorAll('#history button').length") == 1
    assert [event for event in browser.complaints() if event["method"] == "Runtime.exceptionThrown"] == []


def test_a_recording_is_set_beside_what_is_signed_and_both_keep_step(browser, desk, signer, tmp_path):
    signer([[0.0] * 10] * 90).save(tmp_path / "recording.npz")
    desk.open()
    desk.sign()
    browser.run("document.getElementById('add').click()")
    desk.drop({"recording.npz": (tmp_path / "recording.npz").read_bytes()})
    desk.wait_for("showing recording")
    titles = browser.run("[...document.querySelectorAll('.sl-title')].map((one) => one.textContent)")
    assert len(titles) == 2 and titles[1] == "recording.npz"
    browser.run("document.querySelector('.sl-player').focus()")
    for steps in range(1, 4):
        browser.press("ArrowRight")
        shown = "document.querySelector('.sl-player').slPlayer.clips.map((clip) => clip.shown)"
        assert browser.run(shown) == [steps, steps]
    assert "recording.npz" in desk.text("made") and "toy@" in desk.text("made")


def test_the_history_shows_again_what_was_signed_and_how(browser, desk):
    desk.open()
    seen = []
    for text in ("rain", "tomorrow"):
        browser.run("document.getElementById('text').value = ''")
        desk.sign(text)
        seen.append((browser.run(PIXELS), browser.run("location.href")))
        browser.run("document.getElementById('status').textContent = ''")
    assert seen[0] != seen[1]
    for place, text in ((1, "rain"), (0, "tomorrow")):
        browser.run(f"document.querySelectorAll('#history button')[{place}].click()")
        desk.wait_for(f"showing: {text}")
        assert (browser.run(PIXELS), browser.run("location.href")) == seen[1 - place]
        assert browser.run("document.getElementById('text').value") == text


def test_where_the_clipboard_is_closed_the_link_is_left_selected(browser, desk):
    desk.open()
    desk.sign()
    browser.run("Object.defineProperty(navigator, 'clipboard', { value: undefined }); 0")
    browser.run("document.getElementById('copy').click()")
    desk.wait_for("press Ctrl and C", "error")
    assert browser.run("((one) => one.value.slice(one.selectionStart, one.selectionEnd))(link)") == browser.run(
        "location.href"
    )


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("model=gone@0123456789ab&beside=toy", "gone@0123456789ab"),
        ("model=toy&beside=gone", "gone"),
        ("model=toy&pair=de → qab", "de → qab"),
        ("model=toy&beside=orphan", "gone@0123456789ab"),
    ],
)
def test_a_link_to_what_is_not_here_is_named_and_signs_nothing_else(browser, desk, link, named):
    desk.open(f"#text=rain&seed=7&steps=3&{link}")
    browser.wait("document.getElementById('error').textContent")
    assert named in desk.text("error") and "choose" in desk.text("error")
    assert browser.run("['text', 'seed', 'steps'].map((name) => document.getElementById(name).value)") == [
        "rain",
        "7",
        "3",
    ]
    assert browser.run("document.querySelectorAll('canvas').length") == 0


def opened_to_save(browser, desk, tmp_path):
    """The page at rest, and the folder that its downloads go to."""
    folder = tmp_path / "saved"
    folder.mkdir()
    browser.download_to(folder)
    desk.open()
    return folder


def test_a_clip_is_downloaded_and_dropped_back(browser, desk, tmp_path):
    folder = opened_to_save(browser, desk, tmp_path)
    desk.sign()
    pixels, saved = browser.run(PIXELS), folder / "rain-toy-seed0.npz"
    browser.run("document.querySelectorAll('#downloads button')[1].click()")
    desk.wait_for("saved")
    for _ in range(200):
        if saved.exists():
            break
        time.sleep(0.05)
    assert len(Pose.load(saved)) > 1
    desk.drop({"<b>mine</b>.npz": saved.read_bytes()})
    desk.wait_for("showing <b>mine")
    assert browser.run("document.querySelector('.sl-title').textContent") == "<b>mine</b>.npz"
    assert browser.run(PIXELS) == pixels
    desk.assert_quiet()


def test_downloads_are_named_by_what_was_asked_so_that_none_is_taken_for_another(browser, desk, tmp_path):
    folder = opened_to_save(browser, desk, tmp_path)
    desk.beside()
    browser.run("document.getElementById('seed').value = 7")
    desk.sign()
    wanted = {f"rain-{model}-seed7.{form}" for model in ("toy", "other") for form in ("pose", "pose.json")}
    for button in browser.run(
        "[...document.querySelectorAll('#downloads button')].map((one, i) => "
        "/pose|json/.test(one.textContent) ? i : -1).filter((i) => i >= 0)"
    ):
        browser.run("document.getElementById('status').textContent = ''")
        browser.run(f"document.querySelectorAll('#downloads button')[{button}].click()")
        desk.wait_for("saved")
    end = time.monotonic() + 10
    while {path.name for path in folder.iterdir()} != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert {path.name for path in folder.iterdir()} == wanted


def test_a_pose_file_and_the_json_beside_it_show_its_maker_and_its_signs(browser, desk, signer, tmp_path):
    about = json.dumps({"generated_by": "tiny@0123456789ab", "text": "rain"})
    signer([[0.0] * 10] * 20).with_signs([("RAIN", 4, 9), ("NORTH", 12, 20)]).save(tmp_path / "a.pose", about)
    files = {name: (tmp_path / name).read_bytes() for name in ("a.pose.json", "a.pose")}
    desk.open()
    desk.drop({"a.pose": files["a.pose"]})
    desk.wait_for("showing a.pose")
    assert browser.run("document.querySelector('.sl-signs').hidden") and "tiny" not in desk.text("made")
    desk.drop(files)
    browser.wait("document.querySelector('.sl-signs')?.hidden === false")
    assert "tiny@0123456789ab" in desk.text("made")
    browser.run("document.querySelector('.sl-player').focus()")
    for key, gloss in ((".", "RAIN"), (".", "NORTH"), (",", "RAIN")):
        browser.press(key)
        assert browser.run("document.querySelector('.sl-now').firstChild.data") == gloss
    desk.drop({"a.pose.json": files["a.pose.json"]})
    desk.wait_for("choose both", "error")
    desk.assert_quiet()


def test_writing_from_right_to_left_turns_itself_and_nothing_around_it(browser, desk, signer, tmp_path):
    about = json.dumps({"generated_by": "tiny@0123456789ab", "text": "שלום עולם!"}, ensure_ascii=False)
    signer([[0.0] * 10] * 20).with_signs([("גשם", 4, 9)]).save(tmp_path / "a.npz", about)
    desk.open()
    desk.drop({"a.npz": (tmp_path / "a.npz").read_bytes()})
    desk.wait_for("showing a.npz")
    browser.run("document.getElementById('text').value = 'שלום'")
    wanted = {"#text": "rtl", ".sl-text": "rtl", ".sl-mark": "rtl", ".sl-title": "ltr", ".sl-signs-label": "ltr"}
    for selector, direction in wanted.items():
        assert browser.run(f"getComputedStyle(document.querySelector('{selector}')).direction") == direction, selector
    assert browser.run("document.getElementById('text').lang") == "en"


def test_a_download_is_named_in_the_script_of_its_text(browser, desk, tmp_path):
    folder = opened_to_save(browser, desk, tmp_path)
    desk.sign("rain हिन्दी 雨")
    browser.run("document.querySelectorAll('#downloads button')[1].click()")
    desk.wait_for("saved")
    saved, end = folder / "rain-हिन्दी-雨-toy-seed0.npz", time.monotonic() + 10
    while not saved.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert [path.name for path in folder.iterdir()] == [saved.name]


def test_what_is_refused_is_said_and_the_page_goes_on(browser, desk):
    desk.open()
    for key in ("?", "Enter"):
        browser.press(key)
    desk.wait_for("no words", "error")
    desk.sign()
    assert desk.text("error") == ""


SIZES = pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (640, 400), (320, 640)])
"""A small laptop, the same at 200 %, telephones."""


@SIZES
def test_the_hands_are_seen_as_soon_as_they_sign_and_nothing_lies_beside_the_window(browser, desk, width, height):
    browser.resize(width, height)
    desk.open()
    desk.beside()
    desk.sign()
    assert browser.run("document.activeElement.id") == "text"
    top, bottom = browser.run(
        "(({ top, bottom }) => [top, bottom])(document.querySelector('canvas').getBoundingClientRect())"
    )
    notice = browser.run("document.querySelector('.sl-notice').offsetHeight")
    assert notice <= top and bottom <= height
    assert browser.run("document.documentElement.scrollWidth") <= width


@SIZES
def test_what_has_the_focus_is_never_behind_the_notice(browser, desk, walk, width, height):
    browser.resize(width, height)
    desk.open()
    desk.beside()
    desk.sign()
    browser.run("document.querySelector('#history button').focus()")
    way = walk(30, back=True)
    assert len(way) > 20 and [step for step in way if min(step[1:]) < 8] == []


def test_the_way_to_the_player_is_one_key_and_changes_nothing(browser, desk, walk):
    desk.open()
    desk.sign()
    link = browser.run("location.href")
    assert [name for name, *_ in walk(1, back=True)] == ["st-skip"]
    browser.run("document.activeElement.click()")
    assert browser.run("document.activeElement.className") == "sl-player"
    browser.press("ArrowRight")
    assert browser.run("document.querySelector('.sl-seek').value") == "1"
    assert browser.run("[location.href, document.getElementById('text').value]") == [link, "rain"]

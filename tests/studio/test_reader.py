"""What a screen reader makes of the studio: every control has a name, what happens is said once, the focus stays."""

import re
import time

import pytest

from sign_latent.pose.pose import Pose

ROLES = {"button", "textbox", "combobox", "spinbutton", "slider", "checkbox", "link", "DisclosureTriangle"}
ROLES |= {"RootWebArea", "region"}
SIGNING = (r"signing …", r"playing; the first frames came after [\d.]+ s", r"[\d and]+ frames signed in .*")


def said(heard, *patterns):
    """Whether that, in this order and once each, is all that was said."""
    texts = [text for role, text in heard if role == "status"]
    return len(texts) == len(patterns) and all(map(re.fullmatch, patterns, texts))


@pytest.fixture
def begun(desk_of, slow):
    """The page of a studio that has begun to sign, and goes on once the gate of ``slow`` is set."""
    desk = desk_of(slow)
    desk.open()
    desk.type()
    assert slow.begun.wait(30)
    return desk


def test_every_control_has_a_role_and_a_name_before_while_and_after_it_signs(browser, controls, desk_of, slow):
    def told():
        found = controls()
        assert {role for _, role in found} <= ROLES and all(name for name, _ in found)
        assert len({name for name, _ in found}) == len(found)
        return dict(found)

    desk = desk_of(slow)
    desk.open()
    assert told()["Text to sign"] == "textbox"
    desk.type()
    assert slow.begun.wait(30)
    assert told()["Stop"] == "button"
    slow.gate.set()
    desk.wait_for("frames signed")
    named = told()
    wanted = {"Play": "button", "Frame": "slider", "loop": "checkbox", "Speed": "combobox", "Copy link": "button"}
    assert {name: named[name] for name in wanted} == wanted


def test_every_control_of_raters_has_a_role_and_a_name(browser, controls, judged, raters):
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(f"{judged}rate/{raters.pack.links['r01']}/")
    browser.wait("document.body.dataset.ready === 'yes'")
    for key in ("y", "n", "x"):
        browser.press(key)
        found = controls()
        assert len(found) >= 5 and {role for _, role in found} <= ROLES | {"radio", "heading", "paragraph", "group"}
        assert all(name for name, role in found if role != "paragraph"), found


@pytest.mark.parametrize("beside", [0, 2])
def test_start_and_finish_are_said_once(browser, desk, beside):
    desk.open()
    desk.beside(beside)
    desk.sign()
    time.sleep(0.5)
    assert said(desk.heard(), *SIGNING) and "alert" not in dict(desk.heard())


@pytest.mark.parametrize("beside", [0, 2])
def test_an_error_is_said_once_and_the_focus_stays_where_it_is_mended(browser, desk, beside):
    desk.open()
    desk.beside(beside)
    desk.type("?")
    desk.wait_for("no words", "error")
    time.sleep(0.5)
    assert [role for role, _ in desk.heard()] == ["status", "alert"]
    assert desk.text("status") == "" and browser.run("document.activeElement.id") == "text"


def test_a_stop_is_said_and_is_the_last_word_and_its_button_keeps_the_focus(browser, begun, slow):
    begun.tab_to("#stop")
    browser.press(" ")
    slow.gate.set()
    time.sleep(0.5)
    assert said(begun.heard(), "signing …", "stopped") and begun.text("status") == "stopped"
    assert browser.run("document.activeElement.id") == "stop"
    assert browser.run("document.activeElement.getAttribute('aria-disabled')") == "true"
    begun.tab_to("#text", back=True)
    browser.press("Enter")
    begun.wait_for("frames signed")
    assert said(begun.heard(), "signing …", "stopped", *SIGNING)


def test_who_waits_for_a_model_is_told_why_where_it_will_sign(browser, begun, slow):
    told = "document.querySelector('.st-empty').textContent"
    browser.wait(f"/a model is loaded when it is first asked/.test({told})")
    assert said(begun.heard(), "signing …")
    browser.press("Escape")
    assert browser.run(told) == "What is signed is shown here."


def test_asked_again_while_it_signs_it_goes_on_with_the_later_text_alone(browser, begun, slow):
    begun.type(" it")
    slow.gate.set()
    begun.wait_for("frames signed")
    assert said(begun.heard(), "signing …", *SIGNING)
    assert browser.run("document.querySelectorAll('#history button').length") == 1
    assert begun.text("history").startswith("rain it · ")


@pytest.mark.parametrize("selector", ["#downloads button", ".sl-forward"])
def test_what_has_the_focus_keeps_it_when_the_second_clip_ends(browser, desk_of, generator, slow, guarded, selector):
    part, other = generator.generate("rain", frames=100, steps=1), guarded(slow.before, "other")

    def window(*_):
        yield from [part] * 3
        slow.before()
        yield part

    other.window = window
    desk = desk_of(generator, other)
    desk.open()
    desk.beside()
    desk.type()
    browser.wait("!!document.querySelector('#downloads button')")
    assert slow.begun.wait(30)
    desk.tab_to(selector)
    browser.run("window.held = document.activeElement; 0")
    slow.gate.set()
    desk.wait_for("frames signed")
    assert browser.run("document.querySelectorAll('canvas, #downloads p').length") == 4
    assert browser.run("document.activeElement === held")


def test_what_has_the_focus_in_the_player_keeps_it_when_another_takes_its_place(browser, desk, signer, tmp_path):
    signer([[0.0] * 10] * 20).save(tmp_path / "a.npz")
    desk.open()
    desk.sign()
    for selector in (".sl-forward", ".sl-keys summary", ".sl-player"):
        desk.tab_to(selector, back=selector == ".sl-player")
        before = browser.run("window.held = document.activeElement; document.activeElement.outerHTML.slice(0, 40)")
        desk.drop({"a.npz": (tmp_path / "a.npz").read_bytes()})
        browser.wait("!held.isConnected")
        assert browser.run("document.activeElement.outerHTML.slice(0, 40)") == before


def test_all_of_it_goes_by_keyboard(browser, desk, tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    browser.download_to(folder)
    desk.open()
    desk.sign()
    desk.tab_to(".sl-forward")
    browser.press(" ")
    assert browser.run("document.querySelector('.sl-count').value").startswith("2 / ")
    desk.tab_to("[aria-label^='Download .npz']")
    browser.press(" ")
    desk.wait_for("saved")
    saved = folder / "rain-toy-seed0.npz"
    while not saved.exists():
        time.sleep(0.05)
    frames = len(Pose.load(saved))
    for _ in range(2):  # the same file once more is no change to the browser
        desk.choose(saved)
        desk.wait_for(f"showing {saved.name}, {frames} frames")
        browser.run("document.getElementById('status').textContent = ''")
    assert [text for _, text in desk.heard()].count(f"showing {saved.name}, {frames} frames") == 2
    desk.assert_quiet()

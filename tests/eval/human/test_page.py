"""The rater's page in a browser: by keyboard alone, from consent to the saved file and back."""

import json
import re
import time

import pytest

from eval.human import pack, ratings
from eval.human.key import Key
from eval.human.results import read_results

SAVED = """new Promise((done) => {
  URL.createObjectURL = (blob) => { blob.text().then(done); return "blob:none"; };
  HTMLAnchorElement.prototype.click = () => {};
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true }));
})"""
HOSTILE = '=1+1, "quoted", </template> ☃'


@pytest.fixture
def packed(folders):
    """A pack of one rater with two items: (page, key)."""
    named = [word for name in ("alpha-net", "beta-net") for word in ("--system", f"{name}={folders / name}")]
    rest = ["--texts", str(folders / "texts.csv"), "--signed-language", "ase", "--out", str(folders / "pack")]
    pack.main([*named, *rest, "--items", "2", "--raters", "1", "--seed", "3", "--checks", "1", "--repeats", "1"])
    return folders / "pack" / "rater-01.html", Key.read(folders / "pack-key.json")


def press(browser, *keys):
    for key in keys:
        browser.press(key)


def text(browser, selector):
    return browser.run(f"document.querySelector('{selector}').textContent")


def focus(browser):
    return browser.run(
        "document.activeElement.dataset.question || document.activeElement.id || document.activeElement.className"
    )


def test_every_key_of_the_page_is_in_its_list(packed):
    """Keys that the script knows, against the list that raters see."""
    page = packed[0].read_text()
    table = page[page.index("const keys = {") : page.index("// Before the player's own listener")]
    known = set(re.findall(r"(?<![\w.])([a-z]): ", table)) | {"k", "o"}
    listed = page[
        page.index('<details class="hr-keys"') : page.index("</details>", page.index('<details class="hr-keys"'))
    ]
    shown = {key.lower() for key in re.findall(r"<kbd>(\w)</kbd>", page)}
    assert known <= shown
    assert {"n", "p", "x", "s", "w", "c", "m", "l", "z", "k", "o"} <= {
        k.lower() for k in re.findall(r"<kbd>(\w)</kbd>", listed)
    }


def test_every_field_has_a_name_for_screen_readers(packed):
    page = packed[0].read_text()
    body = page[page.index("<main>") : page.index("</main>")]
    assert len(re.findall(r"<fieldset", body)) == len(re.findall(r"<fieldset[^>]*><legend>", body))
    for field in re.findall(r"<(?:textarea|input)[^>]*>", body):
        before = body[: body.index(field)]
        assert "aria-hidden" in field or before.rindex("<label") > before.rfind("</label>")
    assert 'role="status" aria-live="polite"' in body and '<html lang="en">' in page


def results(browser, key, path):
    """What the file says that the page saves."""
    path.write_text(browser.run(SAVED), encoding="utf-8", newline="")
    return read_results([path], key)


def test_a_rater_judges_by_keyboard_alone_and_the_file_says_what_was_meant(browser, packed, tmp_path):
    page, key = packed
    trials = key.raters["r01"]
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(page)
    assert browser.run("document.querySelector('#trial').hidden")
    press(browser, "n", "3")  # before consent nothing starts
    assert browser.run("document.querySelector('#trial').hidden")
    press(browser, "y")
    assert text(browser, "#trial-title") == f"Clip 1 of {len(trials)}"
    assert browser.run("document.querySelectorAll('#stage canvas').length") == 1
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"  # focus is in sight

    count = "document.querySelector('#stage .sl-count').value"
    press(browser, "ArrowRight")
    assert browser.run(count) == "2 / 20"
    press(browser, "m", "z")
    assert (
        browser.run("document.querySelector('.sl-mirror').checked && document.querySelector('.sl-zoom').value")
        == "hands"
    )
    press(browser, "w")
    for letter in HOSTILE[:3]:
        browser.press(letter)  # digits typed into a field are no answers
    typed = "new Event('input', { bubbles: true })"
    browser.run(f"document.activeElement.value = {HOSTILE!r}; document.activeElement.dispatchEvent({typed})")
    press(browser, "Escape")
    assert text(browser, "#single .hr-text q") == ""  # the text is not even in sight of a screen reader
    press(browser, "4", "0", "5", "ArrowUp")
    assert focus(browser) == "hands"
    press(browser, "2")
    assert focus(browser) == "face"
    press(browser, "n")
    assert text(browser, "#single .hr-text q") == key.items[trials[0].clips[0].item]
    press(browser, "1", "1", "1")  # adequacy; what was answered before the text is settled
    press(browser, "n")

    while browser.run("document.querySelector('#trial').className") == "hr-single":
        press(browser, "n", "n")
    assert browser.run("document.querySelectorAll('#stage canvas').length") == 2
    press(browser, "b", "b", "-")
    assert browser.run("[...document.querySelectorAll('.sl-speed')].map((s) => s.value).join()") == "0.75,0.75"
    assert browser.run("document.querySelectorAll('.sl-player')[1].classList.contains('hr-playing')")
    press(browser, "2", "n", "3", "x")
    assert not browser.run("document.querySelector('#end').hidden")

    found = results(browser, key, tmp_path / "saved.csv")
    first, pair = trials[0].code, next(trial.code for trial in trials if trial.part == "pair")
    said = {(a.trial.code, a.question): a.value for a in found.answers}
    assert {question: value for (code, question), value in said.items() if code == first} == {
        "understood": HOSTILE,
        "understandability": "4",
        "grammar": "na",
        "hands": "2",
        "adequacy": "1",
        "revealed": "yes",
    }
    assert (said[pair, "preference"], said[pair, "meaning"]) == ("b", "same")
    assert found.about == {"r01": {"consent": "yes"}}
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


def saved_file(folder, name):
    """The file, once the browser has written it whole."""
    for _ in range(200):
        if (folder / name).is_file():
            return folder / name
        time.sleep(0.05)
    raise AssertionError(f"{name} was not saved: {list(folder.iterdir())}")


def test_from_the_first_question_to_the_last_and_into_the_ratings(browser, folders, tmp_path):
    """Two raters, no mouse, real files: every answer given arrives, and in the figures of the right system."""
    named = [word for name in ("alpha-net", "beta-net") for word in ("--system", f"{name}={folders / name}")]
    rest = ["--texts", str(folders / "texts.csv"), "--signed-language", "ase", "--out", str(folders / "pack")]
    pack.main([*named, *rest, "--items", "2", "--raters", "2", "--seed", "3", "--checks", "1", "--repeats", "1"])
    key, downloads = Key.read(folders / "pack-key.json"), tmp_path / "downloads"
    downloads.mkdir()
    browser.prefer(prefers_reduced_motion="reduce")
    browser.download_to(downloads)
    points = {"alpha-net": "4", "beta-net": "2"}
    for rater, trials in key.raters.items():
        page = folders / "pack" / f"rater-{rater[1:]}.html"
        browser.events.clear()
        browser.open(page)
        press(browser, "y")
        for trial in trials:
            spoiled = [bool(clip.change) for clip in trial.clips]
            if trial.part == "single":
                point = "1" if spoiled[0] else points[trial.clips[0].system]
                press(browser, *point * 5, "n", point, "n")
            else:
                better = spoiled.index(False) if any(spoiled) else [c.system for c in trial.clips].index("alpha-net")
                press(browser, "12"[better], "n", "12"[better], "n")
        assert text(browser, "#answered") == f"You are through with {len(trials)} of {len(trials)}."
        press(browser, "p")  # a last look back, and on again
        assert not browser.run("document.querySelector('#trial').hidden")
        assert text(browser, "#trial-title").endswith(f" {len(trials)} of {len(trials)}")
        press(browser, "n", "s")
        saved_file(downloads, f"ratings-{key.pack}-{rater}.csv")
        assert browser.requests() == [page.as_uri()] and browser.complaints() == []
    out = tmp_path / "ratings"
    ratings.main([*map(str, downloads.iterdir()), "--key", str(folders / "pack-key.json"), "--out", str(out)])
    found = json.loads((out / "ratings.json").read_text())
    assert found["raters"]["scored"] == 2 and found["checks"]["excluded"] == 0
    for name in ("understandability", "grammar", "hands", "face", "fluency", "adequacy"):
        rows = found["questions"][name]["systems"]
        assert {system: (row["value"], row["answers"]) for system, row in rows.items()} == {
            "alpha-net": (4, 2), "beta-net": (2, 2)
        }  # fmt: skip
    for name in ("preference", "meaning"):
        (row,) = found["questions"][name]["pairs"]
        assert (row["preferred"], row["win_rate"]["value"]) == ([4, 0], 1)
    browser.events.clear()
    browser.open(out / "ratings.html")
    assert browser.complaints() == []


def test_answers_are_kept_deleted_and_loaded_again(browser, packed):
    page, key = packed
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(page)
    press(browser, "y", "4", "n", "5")
    saved = browser.run(SAVED)
    browser.events.clear()
    browser.open(page)  # as a rater who comes back
    assert "still here" in text(browser, "#status")
    press(browser, "y")
    assert text(browser, "#trial-title").startswith("Clip 2 ")
    assert browser.run(SAVED) == saved
    press(browser, "x", "d")
    assert browser.run("localStorage.length") == 1
    press(browser, "d")
    assert browser.run("localStorage.length") == 0
    assert "deleted" in text(browser, "#status") and not browser.run("document.querySelector('#welcome').hidden")

    def load(content):
        script = (
            "(() => { const box = new DataTransfer(), [status, input] = document.querySelectorAll('#status, #file');"
            f"box.items.add(new File([{content!r}], 'r.csv')); input.files = box.files;"
            "status.textContent = ''; input.dispatchEvent(new Event('change')); return new Promise((done) => {"
            "const look = () => status.textContent ? done(status.textContent) : setTimeout(look, 20); look(); }); })()"
        )
        return browser.run(script)

    assert "another page" in load(saved.replace(key.pack, "pother"))
    assert "Row 2" in load(saved.replace('"consent"', '"conscience"'))
    assert "not a file saved by this page" in load("rain")
    assert browser.run("localStorage.length") == 0
    assert load(saved.replace("\r\n", "\n")) == "Your saved answers are back."
    assert browser.run(SAVED) == saved
    assert browser.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_checker_of_accessibility_finds_nothing(browser, findings, packed, scheme):
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme=scheme)
    browser.open(packed[0])
    assert findings() == []
    press(browser, "y", "n")
    assert findings() == []
    press(browser, "x")
    assert findings() == []

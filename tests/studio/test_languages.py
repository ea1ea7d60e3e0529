"""Two models side by side, each asked in languages that it knows: those of the first, or those chosen for it."""

from dataclasses import replace

import pytest

from sign_latent.generation.base import TextToPose

BOTH = [("en", "qaa"), ("en", "qab")]
SEEN = "[...document.querySelectorAll('#ask select')].filter((one) => one.offsetParent)"
NAMES = f"{SEEN}.map((one) => one.labels[0].firstChild.data.trim())"


class Asked(TextToPose):
    """Signs what another signs, and keeps the languages that it was asked for."""

    def __init__(self, inner, name, pairs):
        tags = {kind: sorted({pair[place] for pair in pairs}) for place, kind in enumerate(("spoken", "signed"))}
        super().__init__(replace(inner.card, name=name, languages=tags | {"pairs": [list(pair) for pair in pairs]}))
        self.inner, self.languages = inner, []

    def signed(self, texts, lengths, seed, batch_size, options):
        self.languages += options["languages"]
        return self.inner.signed(texts, lengths, seed, batch_size, {"languages": options["languages"]})


@pytest.fixture
def compared(browser, desk_of, generator):
    """A function (pairs of the first, of the second, a link) -> the page with both chosen, and the two models."""

    def opened(first, second, link="#model=toy&beside=other"):
        models = Asked(generator, "toy", first), Asked(generator, "other", second)
        desk = desk_of(*models)
        desk.open(link)
        return desk, *models

    return opened


def test_what_both_know_is_chosen_once_and_both_sign_it(browser, compared):
    desk, first, second = compared(BOTH, BOTH[::-1])
    assert browser.run(NAMES) == ["Model", "Beside it", "Languages"]
    desk.pick("pair", 1)
    desk.sign()
    assert first.languages == second.languages == [("en", "qab")]
    assert desk.text("about-beside").startswith("other was trained on") and "know" not in desk.text("about-beside")
    desk.pick("beside", 1)  # the same model once more is not described again
    assert desk.text("about-beside") == "The same model: give it another seed, else both sign alike."


@pytest.mark.parametrize("known", [BOTH, [("de", "gsg")]])
def test_the_only_languages_of_the_other_are_its_own_and_that_is_told(browser, compared, known):
    desk, first, second = compared(known, [("en", "ase")])
    assert browser.run(NAMES)[2:] == ["Languages"] * (len(known) > 1)
    words = {"qaa": "English → invented sign language (qaa)", "gsg": "German → German Sign Language (gsg)"}
    told = f"It does not know {words[known[0][1]]}: it signs English → American Sign Language (ase)."
    assert desk.text("about-beside").endswith(told)
    desk.sign()
    assert (first.languages, second.languages) == ([known[0]], [("en", "ase")])
    desk.pick("beside", 0)
    assert desk.text("about-beside") == ""


def test_what_the_other_does_not_know_is_chosen_for_it_by_keyboard_and_is_in_the_link(browser, compared):
    desk, first, second = compared([("en", "qaa")], [("de", "gsg"), ("de", "qaa"), ("en", "ase")])
    assert browser.run(NAMES) == ["Model", "Beside it", "Languages of the other"]
    assert browser.run("document.getElementById('beside-pair').value") == "en → ase"  # the text is English
    told = "it signs English → American Sign Language (ase), unless you choose others."
    assert told in desk.text("about-beside")
    desk.tab_to("#beside-pair")
    browser.press("ArrowUp")
    assert "it signs German → invented sign language (qaa)" in desk.text("about-beside")
    desk.tab_to("#text", back=True)
    desk.sign()
    assert (first.languages, second.languages) == ([("en", "qaa")], [("de", "qaa")])
    browser.reload()
    desk.wait_for("frames signed")
    assert second.languages == [("de", "qaa")] * 2
    captions = browser.run("[...document.querySelectorAll('figcaption')].map((one) => one.textContent)")
    assert "(qaa)" in captions[0] and "(qaa)" in captions[1]
    desk.assert_quiet()


def test_a_link_with_languages_that_the_other_does_not_know_signs_nothing(compared):
    link = "#text=rain&model=toy&beside=other&pair=en → qab&beside-pair=en → gsg"
    desk, first, second = compared(BOTH, [("en", "ase"), ("de", "gsg")], link)
    desk.wait_for("en → gsg are not known", "error")
    assert first.languages == second.languages == []

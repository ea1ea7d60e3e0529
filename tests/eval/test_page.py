"""The page holds the report in one file that loads nothing, and can be used by keyboard and read aloud."""

import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from eval.markup import NAMES, cell, number, ordered, plain
from eval.page import counting, html_of
from eval.players import chosen_clips, player
from eval.rows import GIVEN, SHUFFLED, SYSTEM, TRUTH
from eval.schema import Estimate, Sentence


class Page(HTMLParser):
    """Tags with attributes, and the text outside scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self._silent = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._silent = False

    def handle_data(self, data):
        self.text += "" if self._silent else data


def test_it_loads_nothing_and_says_everything(whole):
    text = html_of(whole(name="a <b>@1"))
    page = Page(text)
    assert "a &lt;b&gt;@1" in text and "://" not in text and "src=" not in text and "url(" not in text
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object")]
    for said in ("failures: 1 failed", "missing clips (failed): 1 of 2", "a name", "not scored", "mouth", "MPJPE",
                     "All 1 readings", "it snows",
                 "texts seen in training", "unknown", "1.2 [1.2, 2.0] ± 0.5", "tok:13a"):  # fmt: skip
        assert said in page.text, said
    assert all(name in page.text for name in ("BLEU-4", "chrF", "WER", "NLL"))


def test_tables_and_plots_have_captions_scopes_and_alternatives(whole):
    tags = Page(html_of(whole())).tags
    count = {name: sum(tag == name for tag, _ in tags) for name in ("table", "caption", "svg", "h1")}
    assert count["table"] == count["caption"] > 3 and count["h1"] == 1
    assert all("scope" in attrs for tag, attrs in tags if tag == "th")
    pictures = [attrs for tag, attrs in tags if tag == "svg"]
    assert len(pictures) >= 3 and all(attrs["role"] == "img" and len(attrs["aria-label"]) > 20 for attrs in pictures)
    assert all(attrs.get("tabindex") == "0" for tag, attrs in tags if attrs.get("class") == "scroll")


def test_the_same_report_gives_the_same_page(whole):
    assert html_of(whole()) == html_of(whole())


def test_figures_are_shown_with_their_uncertainty():
    assert plain(Estimate(63.46, [60.84, 66.0], [63.0, 64.0], 0.71), 1) == "63.5 [60.8, 66.0] ± 0.7"
    assert plain(Estimate(63.46, [None, None]), 1) == "63.5"
    assert plain(None, 1) == plain(Estimate(None), 1) == number(None) == number(float("nan")) == "–"
    assert cell(Estimate(2.0, [1.0, 3.0]), 0) == "2 <small>[1, 3]</small>"


def test_rows_come_in_the_order_of_the_argument():
    assert ordered(["zebra", TRUTH, SHUFFLED, "apple", GIVEN, SYSTEM]) == [
        SYSTEM, GIVEN, SHUFFLED, TRUTH, "apple", "zebra"
    ]  # fmt: skip
    assert NAMES["bleu4"] == "BLEU-4"


def test_best_median_and_worst_are_chosen_among_whole_clips():
    some = [Sentence(str(i), "t", "r", score, i == 5) for i, score in enumerate((50, 90, 10, 70, 30, 99))]
    assert chosen_clips(some) == {"best": "1", "median": "0", "worst": "2"}
    assert chosen_clips([Sentence("0", "t", "r", 1.0, True)]) == {}


def test_a_player_holds_recording_and_generated_clip(clips):
    html = player(clips[0], clips[1].pose, SYSTEM, "made@1")
    data = json.loads(re.search(r'class="sl-data">(.*?)</script>', html, re.DOTALL).group(1))
    recording, made = data["clips"]
    assert (recording["title"], made["title"]) == ("recording", SYSTEM)
    assert recording["made"] == "" and "made@1" in made["made"] and made["text"] == clips[0].text


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium is installed (Debian: apt-get install chromium)")
def test_a_browser_shows_it_and_its_players_wait(whole, clips, tmp_path):
    import subprocess

    players = player(clips[0], clips[1].pose, SYSTEM, "made@1") * 2
    path = tmp_path / "report.html"
    path.write_text(html_of(whole(), players))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, "--virtual-time-budget=3000", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=500,
    )
    shown = done.stdout
    assert shown.count("<canvas") == 4
    assert shown.count('aria-label="Play"') == 2 and 'aria-label="Pause"' not in shown
    assert re.findall(r'<output[^>]*class="sl-count"', shown)


def test_the_verdict_stands_first_and_names_what_was_looked_for(whole):
    page = html_of(whole(accusations=("half speed",)))
    assert "system: ACCUSED of half speed." in page and "half speed was seen" in page and "(ratio 2)" in page
    assert (
        page.index("half speed was seen") < page.index("another &lt;corpus&gt;") < page.index("Looked for: frozen face")
    )
    assert page.index("Looked for") < page.index("1 failed") < page.index("<dl>")
    assert "no cheat was found" in html_of(whole())


def test_tables_say_what_is_missing_from_them(whole):
    page = html_of(whole())
    assert page.count("Not computed: other &lt;") == 5 and page.count("By net@5.") == 5


def test_names_with_numbers_are_sorted_by_them():
    assert sorted(["R@10", "median_rank", "R@5", "R@1"], key=counting) == ["R@1", "R@5", "R@10", "median_rank"]

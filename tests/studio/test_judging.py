"""Raters judge a pack that the studio serves: blind, bounded, and nothing that they said is lost."""

import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError

NEED = "the studio is an extra (pip install 'sign-latent[dev]')"
TestClient = pytest.importorskip("fastapi.testclient", reason=NEED).TestClient
studio = pytest.importorskip("sign_latent.studio.raters", reason=NEED)
SENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATHS = ["/etc/passwd", "../../../../etc/passwd", "zz-rater-mark", "\0", "%2e%2e", "r01", "answers"]


@pytest.fixture
def client(models, create_app, raters):
    app = create_app(models, raters=raters)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def say(client, raters):
    """A function (rater, trial, question, answer) -> what the server answers."""

    def said(rater, trial, question, answer):
        body = {"trial": trial, "question": question, "answer": answer}
        return client.post(f"/rate/{raters.pack.links[rater]}/answers", json=body)

    return said


def assert_refused(answer, words=""):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    reason = answer.json()["reason"]
    assert words in reason and "\n" not in reason and 0 < len(reason) < 1000


def preference(raters, key, rater, better="alpha-net"):
    """(trial, side) of every pair, by who is better; of a check, the side that is not spoiled."""
    for trial in key.raters[rater]:
        if trial.part == "pair":
            spoiled = [bool(clip.change) for clip in trial.clips]
            side = spoiled.index(False) if any(spoiled) else [clip.system for clip in trial.clips].index(better)
            yield trial.code, "ab"[side]


def test_a_page_shows_its_own_trials_and_nothing_that_the_key_hides(client, raters):
    from eval.human.key import Key

    key = Key.read(raters.folder.parent / "pack-key.json")
    hidden = [*key.systems, *key.items, str(key.seed), str(raters.folder.parent), "frozen", "reversed"]
    for rater, link in raters.pack.links.items():
        place = f"/rate/{link}/"
        page = client.get(place).text
        shown = re.findall(
            r'<template data-code="(\w+)" data-part="(\w+)" data-text="[^"]*" data-clips="([\w ]+)">', page
        )
        assert [(code, part) for code, part, _ in shown] == [(t.code, t.part) for t in key.raters[rater]]
        codes = {code for _, _, codes in shown for code in codes.split()}
        clips = [client.get(f"{place}clips/{code}") for code in codes]
        assert all(clip.json()["frames"] == 20 and clip.json()["tiers"] == [] for clip in clips)
        assert_refused(client.get(f"{place}clips/{next(iter(set(raters.pack.clips) - codes), 'c0')}"))
        for text in (page, *(re.sub(r'"points": "[^"]*"', "", clip.text) for clip in clips)):
            assert not [secret for secret in hidden if re.search(rf"\b{re.escape(secret)}\b", text)]
        links = re.findall(r"(?:src|href)=\"([^\"]*)\"", page)
        parts = [client.get(link) for link in links if link[0] == "/"]
        assert len(parts) == 3 and sum(len(part.content) for part in parts) + len(page) < 100_000
        assert not re.search(r"https?:|[\"'(]//|@import|url\(", page + "".join(part.text for part in parts))
        assert "script-src 'self'" in client.get(place).headers["content-security-policy"]


def test_what_raters_said_at_once_is_what_the_ratings_say(say, raters, tmp_path):
    from eval.human import ratings
    from eval.human.key import Key

    key = Key.read(tmp_path / "pack-key.json")

    def judge(rater):
        assert say(rater, "about", "consent", "yes").status_code == 200
        for code, side in preference(raters, key, rater):
            other = "ba"["ab".index(side)]
            for question, answer in (("preference", other), ("comment", '=1, "x"\r\n☃\0'), ("preference", side)):
                assert say(rater, code, question, answer).status_code == 200
        return True

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(judge, key.raters))
    sheets = sorted(map(str, raters.folder.iterdir()))
    assert len(sheets) == 2
    ratings.main([*sheets, "--key", str(tmp_path / "pack-key.json"), "--out", str(tmp_path / "ratings")])
    found = json.loads((tmp_path / "ratings" / "ratings.json").read_text())
    (row,) = found["questions"]["preference"]["pairs"]
    assert (row["preferred"], row["win_rate"]["value"]) == ([4, 0], 1)
    assert found["raters"]["scored"] == 2 and found["checks"]["excluded"] == 0


def test_many_at_once_lose_nothing(say, raters):
    trials = [(rater, trial.code) for rater, trials in raters.pack.raters.items() for trial in trials]
    for rater in raters.pack.raters:
        say(rater, "about", "consent", "yes")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: say(*one, "comment", f"of {one[1]}"), trials * 4))
    assert {answer.status_code for answer in answers} == {200}
    for rater, code in trials:
        assert raters.given(rater)[code, "comment"] == f"of {code}"


def test_answers_outlive_the_server_and_are_deleted_when_the_rater_says_so(client, say, raters, folders):
    link = raters.pack.links["r01"]
    say("r01", "about", "consent", "yes")
    code = raters.pack.raters["r01"][0].code
    assert say("r01", code, "hands", "4").status_code == 200
    again = studio.Raters.open(folders / "pack")
    assert again.given("r01") == {("about", "consent"): "yes", (code, "hands"): "4"} and again.given("r02") == {}
    assert client.get(f"/rate/{link}/answers").text == again.sheet("r01").read_bytes().decode()
    assert say("r01", code, "hands", "").status_code == 200 and (code, "hands") not in raters.given("r01")
    assert client.delete(f"/rate/{link}/answers").status_code == 200
    assert not again.sheet("r01").exists() and client.get(f"/rate/{link}/answers").text.count("\n") == 1


def test_nothing_is_stored_without_consent_and_what_is_settled_stays(say, raters):
    single, pair = (next(t.code for t in raters.pack.raters["r01"] if t.part == part) for part in ("single", "pair"))
    assert_refused(say("r01", single, "hands", "4"), "consent")
    assert_refused(say("r01", "about", "consent", "no"), "none to a question")
    assert not raters.folder.exists()
    say("r01", "about", "consent", "yes")
    assert_refused(say("r01", "about", "consent", ""), "deleting all answers")
    other = raters.pack.raters["r02"][0].code
    for wrong in ((single, "hands", "6"), (single, "preference", "a"), (pair, "hands", "4"), (other, "hands", "4")):
        assert_refused(say("r01", *wrong), "none to a question")
    for code, question, answer in ((single, "hands", "4"), (single, "revealed", "yes"), (single, "adequacy", "2")):
        assert say("r01", code, question, answer).status_code == 200
    for question, answer in (("hands", "5"), ("hands", ""), ("understood", "rain"), ("revealed", "")):
        assert_refused(say("r01", single, question, answer), "settled")
    for question, answer in (("hands", "4"), ("adequacy", "3"), ("comment", "good")):
        assert say("r01", single, question, answer).status_code == 200


def test_an_answer_that_finds_no_place_is_to_be_sent_again(say, raters, monkeypatch):
    say("r01", "about", "consent", "yes")

    def full(path):
        raise UserError(f"{path}: cannot be written (No space left on device)")

    with monkeypatch.context() as patched:
        patched.setattr(studio, "file_aside", full)
        answer = say("r01", "about", "years", "3")
    assert answer.status_code == 503 and "sent again" in answer.json()["reason"] and "/" not in answer.json()["reason"]
    assert say("r01", "about", "years", "3").status_code == 200
    raters.sheet("r01").write_text("spoiled")
    assert say("r01", "about", "years", "4").status_code == 503


def test_what_cannot_be_opened_is_named_at_the_start(raters, folders, say):
    say("r02", "about", "consent", "yes")
    sheet = raters.sheet("r02")
    sheet.write_text(sheet.read_text().replace('"consent"', '"conscience"'))
    with pytest.raises(UserError, match=r"answers ratings-\w+-r02.csv: no question 'conscience'"):
        studio.Raters.open(folders / "pack")
    sheet.write_text(sheet.read_text().replace('"conscience"', '"consent"').replace('"r02"', '"r01"'))
    with pytest.raises(UserError, match="another rater"):
        studio.Raters.open(folders / "pack")
    with pytest.raises(UserError, match="pack .*pack.json"):
        studio.Raters.open(folders)
    (folders / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        studio.Raters.open(folders / "pack", folders / "file" / "x")


@SENT
@given(body=st.dictionaries(st.sampled_from(["trial", "question", "answer", "path"]), st.text() | st.integers()))
def test_any_answer_is_stored_or_refused(client, raters, body):
    link = raters.pack.links["r01"]
    client.post(f"/rate/{link}/answers", json={"trial": "about", "question": "consent", "answer": "yes"})
    answer = client.post(f"/rate/{link}/answers", content=json.dumps(body))
    if answer.status_code != 200:
        assert_refused(answer)
    raters.given("r01")  # is whole


def test_too_much_is_refused(say, raters):
    say("r01", "about", "consent", "yes")
    code = raters.pack.raters["r01"][0].code
    assert say("r01", code, "comment", "☃" * studio.LONGEST_ANSWER).status_code == 200
    assert_refused(say("r01", code, "comment", "x" * (studio.LONGEST_ANSWER + 1)), "answer")
    assert_refused(say("r01", code, "comment", "x" * 2**20), "larger than")


def test_nothing_of_a_request_names_a_file(client, raters):
    opened, watching, link = [], [True], raters.pack.links["r01"]
    sys.addaudithook(
        lambda event, about: watching[0] and event in ("open", "os.remove") and opened.append(str(about[0]))
    )
    try:
        for path in PATHS:
            place = quote(path, safe="")
            for method, address in (
                ("GET", f"/rate/{place}/"), ("GET", f"/rate/{place}/answers"), ("POST", f"/rate/{place}/answers"),
                ("DELETE", f"/rate/{place}/answers"), ("GET", f"/rate/{link}/clips/{place}"), ("PUT", f"/rate/{link}/"),
            ):  # fmt: skip
                body = {"trial": path, "question": path, "answer": path}
                assert_refused(client.request(method, address, json=body if method == "POST" else None))
            assert_refused(client.post(f"/rate/{link}/answers", json={"trial": path, "question": path, "answer": path}))
        assert client.get(f"/rate/{link}/answers").status_code == 200
    finally:
        watching[0] = False
    assert not [name for name in opened if "zz-rater-mark" in name or "passwd" in name]


def test_without_a_pack_there_are_no_raters(create_app, models, raters):
    with TestClient(create_app(models), base_url="http://127.0.0.1") as client:
        assert_refused(client.get(f"/rate/{raters.pack.links['r01']}/"))


def press(browser, *keys):
    for key in keys:
        browser.press(key)


def text(browser, selector):
    return browser.run(f"document.querySelector('{selector}').textContent")


def stored(raters, rater, *row):
    """Waits until the server has stored it."""
    for _ in range(200):
        if raters.given(rater).get(row[:2]) == row[2]:
            return True
        time.sleep(0.05)
    raise AssertionError((row, raters.given(rater)))


def ready(browser):
    browser.wait("document.body.dataset.ready === 'yes'")


def on_stage(browser, clips):
    browser.wait(f"document.querySelectorAll('#stage canvas').length === {clips}")


def test_a_rater_judges_by_keyboard_and_finds_everything_again(browser, judged, raters):
    trials, place = raters.pack.raters["r01"], f"{judged}rate/{raters.pack.links['r01']}/"
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(place)
    ready(browser)
    press(browser, "y")
    on_stage(browser, 1)
    assert text(browser, "#trial-title") == f"Clip 1 of {len(trials)}"
    press(browser, "ArrowRight", "m", "4", "5", "3", "2", "1", "w")
    press(browser, *"no")
    press(browser, "Escape", "n")
    assert text(browser, "#single .hr-text q") == trials[0].text
    press(browser, "5", "n")
    assert stored(raters, "r01", trials[0].code, "adequacy", "5")
    given = raters.given("r01")
    assert given[trials[0].code, "understood"] == "no" and given["about", "consent"] == "yes"
    on_stage(browser, 1)
    browser.reload()
    ready(browser)
    assert "still here" in text(browser, "#status")
    press(browser, "y")
    assert text(browser, "#trial-title") == f"Clip 2 of {len(trials)}"
    for _ in range(1, sum(trial.part == "single" for trial in trials)):
        press(browser, "n", "n")
    on_stage(browser, 2)
    assert browser.run("[...document.querySelectorAll('#stage .sl-title')].map((one) => one.textContent)") == ["A", "B"]
    first = next(trial for trial in trials if trial.part == "pair")
    press(browser, "b", "2", "n", "1")
    assert stored(raters, "r01", first.code, "meaning", "a")
    press(browser, "x")
    assert "stored" in text(browser, "#end")
    assert browser.run("document.querySelectorAll('.hr-open, .hr-main.hr-save').length") == 0
    press(browser, "d", "d")
    browser.wait("!document.querySelector('#welcome').hidden")
    assert not raters.sheet("r01").exists() and "deleted" in text(browser, "#status")
    assert all(url.startswith(judged) or url.startswith("data:") for url in browser.requests())
    assert browser.complaints() == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400), (320, 640)])
def test_on_any_window_nothing_lies_beside_or_covers_what_has_the_focus(browser, judged, raters, walk, width, height):
    browser.resize(width, height)
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(f"{judged}rate/{raters.pack.links['r01']}/")
    ready(browser)
    browser.run("document.querySelector('#keys').open = true")
    way = walk(20) + walk(20, back=True)
    browser.run("document.getElementById('agree').click()")
    for clips in (1, 2):
        on_stage(browser, clips)
        assert browser.run("document.documentElement.scrollWidth") <= width
        browser.press("4")
        way += walk(30) + walk(30, back=True)
        while clips == 1 and browser.run("document.querySelectorAll('#stage canvas').length") == 1:
            browser.run("document.getElementById('next').click()")
            browser.wait("document.querySelectorAll('#stage canvas').length")
    assert [step for step in way if min(step[1:]) < 8] == []


def test_what_was_said_while_the_server_was_away_is_stored_when_it_is_back(browser, judged, raters, listen):
    first, place = raters.pack.raters["r02"][0].code, f"{judged}rate/{raters.pack.links['r02']}/"
    away = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(place)
    ready(browser)
    press(browser, "y")
    on_stage(browser, 1)
    assert stored(raters, "r02", "about", "consent", "yes")
    listen()  # before the network goes: the first answer that fails may be one of before
    browser.command("Network.emulateNetworkConditions", offline=True, **away)
    press(browser, "4", "3")
    browser.wait("/not stored yet/.test(document.getElementById('status').textContent)")
    again = "document.querySelector('[data-question=grammar] input:checked').dispatchEvent(new Event('input', how))"
    browser.run(f"(() => {{ const how = {{ bubbles: true }}; {again}; }})()")
    assert browser.run("heard.filter(([, text]) => /not stored yet/.test(text)).length") == 1
    assert (first, "understandability") not in raters.given("r02")
    browser.command("Network.emulateNetworkConditions", offline=False, **away)
    browser.wait("/are stored/.test(document.getElementById('status').textContent)")
    assert stored(raters, "r02", first, "understandability", "4") and stored(raters, "r02", first, "grammar", "3")

    browser.command("Network.emulateNetworkConditions", offline=True, **away)
    press(browser, "2")
    browser.wait("/not stored yet/.test(document.getElementById('status').textContent)")
    browser.command("Network.emulateNetworkConditions", offline=False, **away)
    browser.reload()  # before it was sent again
    ready(browser)
    assert stored(raters, "r02", first, "hands", "2")
    press(browser, "y")
    on_stage(browser, 1)
    assert browser.run("document.querySelector('[data-question=hands] input:checked').value") == "2"

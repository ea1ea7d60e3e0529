"""The offline page: whole in one file, faithful, and safe with foreign titles."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.pose.convert import convert
from sign_latent.pose.streams import concatenated
from sign_latent.renderer import figure
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look
from sign_latent.renderer.page import (
    GENERATED_NOTICE,
    HIDDEN,
    PageClip,
    encode_clip,
    load_clip,
    player_fragment,
    view_page,
)

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> & \u2028 {{data}} <!--'
GENERATED = json.dumps({"generated_by": "tiny@0123456789ab", "text": "hello <i>you</i>", "seed": 1})


class Reader(HTMLParser):
    """The elements of a page and the text of its data element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.data, self._inside = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("class") == "sl-data"

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        self.data += data if self._inside else ""


def decoded(clip: dict) -> tuple[np.ndarray, np.ndarray]:
    """(places [T, P, 3], [T, P] whether drawn) from what the page holds."""
    steps = np.frombuffer(base64.b64decode(clip["points"]), dtype="<i2").reshape(clip["frames"], -1, 3)
    return steps * clip["unit"], steps[..., 0] != HIDDEN


@pytest.mark.parametrize("name", ["smplx", "holistic543", "openpose67", "phoenix50"])
def test_the_page_holds_the_points_to_a_thousandth_of_a_shoulder_width(signer, tmp_path, name):
    pose = convert(signer(np.eye(10)), name)
    view_page([("a", pose)], tmp_path / "page.html")
    data = json.loads(Reader((tmp_path / "page.html").read_text()).data)
    places, drawn = decoded(data["clips"][0])
    truth, seen = figure.places(Landmarks.of(pose))
    assert data["model"]["points"] == list(figure.POINTS)
    assert np.array_equal(drawn, seen) and seen.any()
    assert np.abs(places - truth)[seen].max() <= 1e-3


def test_hidden_points_stay_hidden_and_far_ones_stay_outside(signer):
    pose = signer()
    pose.confidence[:, pose.skeleton.points.index("chin")] = 0
    pose.points[:, pose.skeleton.points.index("left_wrist"), 0] = 500.0
    places, drawn = decoded(encode_clip(PageClip("a", pose)))
    assert not drawn[0, figure.POINTS.index("chin")]
    assert places[0, figure.POINTS.index("left_wrist"), 0] > 7


def test_the_page_refers_to_nothing_outside_itself(signer, tmp_path):
    view_page([("a", signer()), ("b", signer())], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert not re.search(r"https?:|[\"'(]//|@import|url\(|fetch|XMLHttp|WebSocket", text)
    assert not [attrs for _, attrs in Reader(text).tags if {"src", "href", "action", "srcset"} & set(attrs)]


@settings(max_examples=30, deadline=None)
@given(title=st.text() | st.just(HOSTILE), gloss=st.text())
def test_titles_texts_and_glosses_never_become_markup(title, gloss):
    tags = [tag for tag, _ in Reader(player_fragment([PageClip("a", POSE)])).tags]
    page = Reader(player_fragment([PageClip(title, POSE, text=title, tiers=[(gloss, 0, 1)])]))
    assert [tag for tag, _ in page.tags] == tags
    clip = json.loads(page.data)["clips"][0]
    assert (clip["title"], clip["text"], clip["tiers"]) == (title, title, [[gloss, 0, 1]])


def test_heading_and_notice_are_escaped(signer, tmp_path):
    view_page([("a", signer())], tmp_path / "page.html", notice=HOSTILE, heading=HOSTILE)
    tags = [tag for tag, _ in Reader((tmp_path / "page.html").read_text()).tags]
    assert "img" not in tags and tags.count("script") == 2


@pytest.mark.parametrize("suffix", [".npz", ".pose"])
def test_a_generated_file_is_announced_as_such(signer, tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    signer(np.zeros((4, 10))).save(path, GENERATED)
    clip = load_clip(path)
    assert clip.text == "hello <i>you</i>" and "tiny@0123456789ab" in clip.made
    view_page([clip, ("recording", signer())], tmp_path / "page.html")
    banner = f'<header class="sl-notice">{GENERATED_NOTICE}</header>'
    assert banner in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("tag", "named"),
    [("qaa", "invented sign language (qaa)"), ("ase", "American Sign Language (ase)"), ("<b>", ""), (None, "")],
)
def test_a_page_says_which_language_is_signed(signer, tag, named):
    about = json.dumps({"generated_by": "tiny@0123456789ab", "signed_language": tag})
    clip = PageClip("clip", signer(), provenance=about)
    assert clip.language == named
    assert named in player_fragment([clip]) and "<b>" not in player_fragment([clip])


def test_of_a_clip_of_several_makers_all_are_named(signer, tmp_path):
    one, two, none = signer(), signer(), signer()
    one.provenance = json.dumps({"generated_by": "tiny@1", "text": "rain", "signed_language": "qaa"})
    two.provenance = json.dumps({"generated_by": "other@2", "text": "snow", "signed_language": "ase"})
    concatenated([one, none, two]).save(tmp_path / "clip.npz")
    clip = load_clip(tmp_path / "clip.npz")
    assert clip.made == f"{GENERATED_NOTICE} Model: tiny@1 · other@2" and clip.text == "rain snow"
    assert clip.language == "invented sign language (qaa) · American Sign Language (ase)"


def test_a_recording_is_not_called_generated(signer, tmp_path):
    signer().save(tmp_path / "clip.npz")
    view_page([load_clip(tmp_path / "clip.npz")], tmp_path / "page.html")
    assert GENERATED_NOTICE not in (tmp_path / "page.html").read_text()


def test_a_page_without_clips_or_with_a_broken_pose_is_refused(signer, tmp_path):
    with pytest.raises(UserError, match="at least one"):
        view_page([], tmp_path / "page.html")
    with pytest.raises(UserError, match="NaN"):
        view_page([("a", replace(signer(), points=np.full((1, 94, 3), np.nan)))], tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_three_clips_of_four_seconds_weigh_less_than_a_quarter_of_a_megabyte(signer, tmp_path):
    view_page([("a", signer(np.zeros((100, 10))))] * 3, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 300_000


def _state(browser) -> str:
    return browser.run("document.querySelector('.sl-count').value")


def _pixels(browser) -> str:
    return browser.run("document.querySelector('canvas').toDataURL()")


def test_a_browser_plays_it_by_keyboard_without_complaint_or_network(browser, signer, tmp_path):
    movement = np.zeros((40, 10))
    movement[:, 0] = np.linspace(0, 1, 40)
    clips = [PageClip(HOSTILE, signer(movement), HOSTILE, GENERATED, [("RAIN", 10, 20)]), ("b", signer(movement[:20]))]
    view_page(clips, tmp_path / "page.html", heading=HOSTILE)
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(tmp_path / "page.html")
    assert browser.run("document.querySelector('.sl-title').textContent") == HOSTILE
    assert browser.run("document.querySelectorAll('canvas').length") == 2
    assert _state(browser) == "1 / 40"  # nothing moves by itself where motion is unwanted

    browser.run("document.querySelector('.sl-player').focus()")
    seen = [_pixels(browser)]
    for key in ("ArrowRight", "End", "m", "5", "3", "2"):
        browser.press(key)
        seen.append(_pixels(browser))
    assert len(set(seen)) == len(seen)
    assert _state(browser) == "40 / 40"
    browser.press("Home")
    browser.press(" ")
    later = "new Promise((done) => setTimeout(() => done(document.querySelector('.sl-count').value), 400))"
    assert browser.run(later) != "1 / 40"
    browser.press(" ")
    assert browser.run(later) == _state(browser)

    assert browser.run("getComputedStyle(document.querySelector('.sl-notice')).position") == "sticky"
    assert browser.requests() == [(tmp_path / "page.html").as_uri()]
    assert browser.complaints() == []


SIGNS = (("RAIN", 4, 9), ("NORTH", 12, 20), ("TOMORROW", 30, 40))


@pytest.mark.parametrize("suffix", ["npz", "pose"])
def test_signs_are_shown_and_reached_by_keyboard_where_they_are_known(browser, signer, tmp_path, suffix):
    signer(np.zeros((40, 10))).with_signs(SIGNS).save(tmp_path / f"known.{suffix}", GENERATED)
    clips = [load_clip(tmp_path / f"known.{suffix}"), PageClip("unknown", signer(np.zeros((20, 10))))]
    view_page(clips, tmp_path / "page.html")
    browser.prefer(prefers_reduced_motion="reduce")
    browser.open(tmp_path / "page.html")
    browser.run("document.querySelector('.sl-player').focus()")
    assert browser.run("[...document.querySelectorAll('.sl-signs')].map((row) => row.hidden)") == [False, True]
    marks = browser.run("[...document.querySelectorAll('.sl-tier [role=listitem]')].map((mark) => mark.textContent)")
    assert marks == [f"{gloss}, frames {start + 1} to {end}" for gloss, start, end in SIGNS]
    for key, (gloss, start, _) in [*zip("...", SIGNS, strict=True), (",", SIGNS[1]), (",", SIGNS[0])]:
        browser.press(key)
        assert _state(browser) == f"{start + 1} / 40"
        assert browser.run("document.querySelector('.sl-now').firstChild.data") == gloss
        said = browser.run("document.querySelector('.sl-player [role=status]').textContent")
        assert said.startswith(f"{gloss} in known.{suffix}, sign ") and said.endswith(f" of 3, frame {start + 1}")
        assert gloss in browser.run("document.querySelector('.sl-seek').getAttribute('aria-valuetext')")
    browser.run("document.querySelector('.sl-align').click(); document.querySelector('.sl-after').click()")
    assert browser.run("document.querySelector('.sl-now').firstChild.data") == "NORTH"
    assert browser.complaints() == []


def test_where_no_signs_are_known_none_are_shown(browser, signer, tmp_path):
    view_page([PageClip("told to nobody", signer().with_signs([("RAIN", 0, 1)]))], tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    hidden = "[...document.querySelectorAll('.sl-signs, .sl-before, .sl-after')].every((one) => one.hidden)"
    assert browser.run(hidden) and browser.run("document.querySelectorAll('.sl-tier span').length") == 0


def test_the_page_draws_what_the_pictures_show(browser, signer, tmp_path):
    from sign_latent.renderer.draw import draw_pose

    pose = signer([1, 0, 0, 0.6, 0, 0, 0, 1, 0, 0], {"head": (0.1, 0.5, 0.1), "right_index1": (0, 0, 1.2)})
    view_page([("a", pose)], tmp_path / "page.html")
    browser.prefer(prefers_reduced_motion="reduce", prefers_color_scheme="light")
    browser.open(tmp_path / "page.html")
    rows = browser.run(
        "(() => { const c = document.createElement('canvas'); c.width = c.height = 128; const x = c.getContext('2d');"
        "x.drawImage(document.querySelector('canvas'), 0, 0, 128, 128);"
        "return Array.from(x.getImageData(0, 0, 128, 128).data); })()"
    )
    shown = np.array(rows, dtype=int).reshape(128, 128, 4)[..., :3]
    drawn = next(draw_pose(pose, 128)).astype(int)
    assert (np.abs(shown - drawn).max(axis=-1) > 60).mean() < 0.02


def test_the_page_shows_no_eyes_where_the_face_is_unseen(browser, signer, tmp_path):
    pose = signer()
    confidence = pose.confidence.copy()
    confidence[:, list(pose.skeleton.parts["face"])] = 0
    view_page([("a", replace(pose, confidence=confidence))], tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    colours = browser.run(
        "(() => { const c = document.querySelector('canvas'), x = c.getContext('2d');"
        "const d = x.getImageData(0, 0, c.width, c.height).data;"
        "return [...new Set(Array.from({ length: d.length / 4 },"
        "(_, i) => [...d.slice(4 * i, 4 * i + 3)].join()))]; })()"
    )
    look = Look()
    drawn = {colour for colour in (look.skin, look.iris, look.brow, look.lips) if ",".join(map(str, colour)) in colours}
    assert drawn == {look.skin}


def _pose():
    from sign_latent.pose.pose import Pose
    from sign_latent.pose.skeleton import get_skeleton

    skeleton = get_skeleton("upper79")
    generator = np.random.default_rng(0)
    points = generator.normal(size=(1, len(skeleton.points), 3)).astype(np.float32)
    return Pose(points, np.ones(points.shape[:2], dtype=np.float32), 25.0, skeleton)


POSE = _pose()

"""Clips cut out of videos: pictures lie where the pose says, in time and place; bad videos are named and left out."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from data_prep.cleaning.record import Record
from data_prep.cleaning.rest import trim_rest
from data_prep.cleaning.segments import Segment, segment
from data_prep.convert import convert
from data_prep.formats.source import Options
from sign_latent import registry
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose.placement import Placement
from sign_latent.pose.streams import cut
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import Look, Window
from sign_latent.renderer.sign_video.clips import conditioned
from sign_latent.renderer.sign_video.settings import SignVideoSettings, UNetSettings
from sign_latent.renderer.video import write_video
from sign_latent.training import TrainSettings
from stages import filmed
from stages import renderer as stage
from stages.filmed import filmed_clips, square_of

SIDE, ROOM = 120, (200, 160)
"""Pixels of the drawn signer, and width and height of the picture that it stands in."""


def film(path, pose, left, top, fps=25.0, repeated=1):
    """A signer drawn at a place of a grey room; where the signer's square reaches beyond it, it is cut off."""
    frames = []
    for drawn in draw_pose(pose, SIDE, Look(), body="capsules"):
        room = np.full((ROOM[1] + 2 * SIDE, ROOM[0] + 2 * SIDE, 3), 90, np.uint8)
        room[top + SIDE : top + 2 * SIDE, left + SIDE : left + 2 * SIDE] = drawn
        frames += [room[SIDE:-SIDE, SIDE:-SIDE]] * repeated
    write_video(path, frames, fps)


def placed(pose, left, top, **details):
    """The pose as a reader of what was found in that film gives it."""
    scale = Window().scale(SIDE)
    origin = (left + SIDE / 2 - Window().x * scale, -(top + SIDE / 2) - Window().y * scale, 0.0)
    about = {"width": float(ROOM[0]), "height": float(ROOM[1])} | details
    return replace(pose, placement=Placement("pose", origin, scale, about))


@pytest.fixture(scope="module")
def poses(few_clips):
    found = Corpus.open(few_clips).split("train")
    return [found[i].pose for i in range(4)]


@pytest.fixture(scope="module")
def videos(poses, tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    film(folder / "a.mp4", poses[0], 50, 20)
    film(folder / "sub" / "b.mp4", poses[1], -20, 70)
    film(folder / "twice.mp4", poses[2], 50, 20, fps=50.0, repeated=2)
    (folder / "torn.mp4").write_bytes(b"not a video")
    return folder


def clip(name, pose, video, split="train") -> Clip:
    about = {"spoken_language": "en", "signed_language": "qaa", "signer": "a", "source": name, "split": split}
    return Clip(id=name, text="rain", gloss="RAIN", pose=pose, video=video, **about)


def error(made, wanted):
    return float(np.abs(made.astype(float) - wanted).mean())


def test_the_picture_is_cut_to_where_the_body_is(poses, videos, tmp_path):
    """To a few grey levels of compression, what the drawing of the pose shows; moved by a tenth it is not."""
    some = [clip("a", placed(poses[0], 50, 20), "a.mp4"), clip("b", placed(poses[1], -20, 70), "sub/b.mp4")]
    found = filmed_clips(some, 60, tmp_path, videos)
    assert not found.drops and [one.id for one in found.clips] == ["a", "b"]
    for one, pose in zip(found.clips, poses, strict=False):
        drawn = np.stack(list(draw_pose(pose, 60, Look(), body="capsules")))
        seen = np.ones((60, 60), bool) if one.id == "a" else np.pad(np.ones((45, 50), bool), ((0, 15), (10, 0)))
        assert one.video.shape == drawn.shape and one.pose.fps == 25
        assert error(one.video[:, seen], drawn[:, seen]) < 6 < error(np.roll(one.video, 6, 2)[:, seen], drawn[:, seen])
        assert not one.video[:, ~seen].any()  # beyond the picture
        assert (one.window.x, one.window.y, one.window.half) == pytest.approx((0, -0.13, 1.3), abs=0.02)
    conditions = conditioned(found.clips, tmp_path).conditions
    assert [len(seen) for seen in conditions] == [len(one.video) for one in found.clips]


def test_another_rate_and_a_later_start_take_the_pictures_of_their_time(poses, videos, tmp_path):
    whole = filmed_clips([clip("a", placed(poses[0], 50, 20), "a.mp4")], 60, tmp_path, videos).clips[0]
    later = clip("later", cut(placed(poses[0], 50, 20), 5, 9), "a.mp4")
    found = filmed_clips([later], 60, tmp_path, videos).clips[0]
    np.testing.assert_array_equal(found.video, whole.video[5:9])
    fast = filmed_clips([clip("fast", placed(poses[2], 50, 20), "twice.mp4")], 60, tmp_path, videos).clips[0]
    drawn = np.stack(list(draw_pose(poses[2], 60, Look(), body="capsules")))
    assert len(fast.video) == len(poses[2]) and error(fast.video, drawn) < 6
    assert error(fast.video[3:4], drawn[3:4]) < error(fast.video[3:4], drawn[6:7])


def test_a_clip_that_was_cleaned_takes_the_pictures_of_its_frames(poses, videos, tmp_path):
    """Cut into segments, which are trimmed then, as `data_prep.clean` does."""
    points = poses[0].points.copy()
    points[:6] = points[6]
    still = replace(placed(poses[0], 50, 20), points=points, rotations=None, expression=None)
    whole = clip("whole", still, "a.mp4")
    (part,) = segment(whole, Record(), {"whole": [Segment(1 / 25, 11 / 25, {"text": "rain"})]})
    (trimmed,) = trim_rest(part, Record(), seconds=0.04)
    first = round(trimmed.pose.placement.details["start"] * 25)
    assert first > 1 and len(trimmed.pose) >= 3
    pictures, some = (filmed_clips([one], 60, tmp_path, videos).clips[0] for one in (whole, trimmed))
    np.testing.assert_array_equal(some.pose.points, whole.pose.points[first : first + len(some.pose)])
    np.testing.assert_array_equal(some.video, pictures.video[first : first + len(some.pose)])


def test_a_mirrored_clip_takes_mirrored_pictures(poses, videos, tmp_path):
    there = placed(poses[0], 50, 20).placement
    moved = replace(there, origin=(there.origin[0] + 0.3, *there.origin[1:]))  # between two pixels
    plain = clip("a", replace(poses[0], placement=moved), "a.mp4")
    one, other, again = (
        filmed_clips([c], 60, tmp_path, videos).clips[0] for c in (plain, plain.mirrored(), plain.mirrored().mirrored())
    )
    np.testing.assert_array_equal(other.video, one.video[:, :, ::-1])
    np.testing.assert_array_equal(again.video, one.video)
    assert other.window.x == -one.window.x != 0 and other.window.y == one.window.y
    hands = [conditioned([made], tmp_path).conditions[0][..., 3:].any(-1) for made in (one, other)]
    assert (hands[0] == hands[1][:, :, ::-1]).mean() > 0.99


def test_two_clips_of_one_video_are_filmed_together(poses, videos, tmp_path, monkeypatch):
    opened, real = [], filmed.open_video
    monkeypatch.setattr(filmed, "open_video", lambda path: opened.append(path.name) or real(path))
    pose = placed(poses[0], 50, 20)
    parts = [cut(pose, s, s + 6) for s in (0, 4)]
    some = [clip(str(i), part, "a.mp4") for i, part in enumerate(parts)]
    first, second = filmed_clips(some, 60, tmp_path, videos).clips
    assert opened == ["a.mp4"] and len(pose) >= 10
    np.testing.assert_array_equal(first.video[4:], second.video[:2])
    again = filmed_clips(some, 60, tmp_path, videos).clips
    assert opened == ["a.mp4"]  # what is there is not filmed again
    np.testing.assert_array_equal(again[1].video, second.video)


def test_what_cannot_be_cut_out_is_left_out_with_its_reason(poses, videos, tmp_path):
    good, other = placed(poses[0], 50, 20), placed(poses[0], 50, 20, width=100.0)
    longer = placed(poses[3], 50, 20, start=5 / 25)
    some = {
        "good": (good, "a.mp4", ""),
        "none": (good, "", "names no video"),
        "gone": (good, "gone.mp4", "gone.mp4: no such file"),
        "out": (good, "../a.mp4", "does not lead into the folder"),
        "torn": (good, "torn.mp4", "torn.mp4: cannot be decoded"),
        "other": (other, "twice.mp4", "has pictures of 200×160, and the pose was found in 100×160"),
        "short": (longer, "a.mp4", f"a.mp4: ends after {len(poses[0]) - 5} of its {len(longer)} frames"),
        "unplaced": (poses[0], "a.mp4", "does not say where its body lies"),
        "beyond": (placed(poses[0], 500, 20), "a.mp4", "lies outside the picture"),
    }
    clips = [clip(name, pose, video) for name, (pose, video, _) in some.items()]
    found = filmed_clips(clips, 60, tmp_path, videos)
    assert [one.id for one in found.clips] == ["good"] and set(found.drops) == set(some) - {"good"}
    for name, reason in found.drops.items():
        assert some[name][2] in reason and "\n" not in reason and str(videos) not in reason
    assert filmed_clips(clips, 60, tmp_path, videos).drops == found.drops  # remembered beside the pictures
    with pytest.raises(UserError, match="not one clip can be cut out of them; the first, gone: gone.mp4: no such file"):
        filmed_clips([clip("gone", good, "gone.mp4")], 60, tmp_path, videos)


def test_the_window_is_that_of_whole_pixels():
    left, top, side, window = square_of(Placement("pose", (97.3, -80.9, 0.0), 31.7))
    assert window.half == side / 2 / 31.7
    assert 97.3 + (window.x - window.half) * 31.7 == pytest.approx(left)
    assert 80.9 - (window.y + window.half) * 31.7 == pytest.approx(top)


def test_pictures_that_are_no_squares_are_the_middle_of_the_square(poses, videos, tmp_path):
    some = [clip("a", placed(poses[0], 50, 20), "a.mp4")]
    whole, tall = (filmed_clips(some, size, tmp_path, videos).clips[0] for size in (60, (60, 48)))
    np.testing.assert_array_equal(tall.video, whole.video[:, :, 6:54])
    assert tall.window == whole.window


def test_pictures_are_held_one_at_a_time(poses, tmp_path):
    long = cut(poses[0], 0, 1)
    path = tmp_path / "long.mp4"
    write_video(path, (np.full((ROOM[1], ROOM[0], 3), i, np.uint8) for i in range(150)), 25.0)
    pose = replace(placed(long, 50, 20), points=np.repeat(long.points, 150, 0), rotations=None, expression=None)
    pose = replace(pose, confidence=np.repeat(long.confidence, 150, 0))
    tracemalloc.start()
    found = filmed_clips([clip("long", pose, "long.mp4")], 16, tmp_path / "kept", tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.clips[0].video) == 150
    assert most < 0.4 * 150 * ROOM[0] * ROOM[1] * 3


def test_a_sentence_of_a_longer_video_remembers_when_it_begins(videos, tmp_path):
    """From `data_prep.convert pose` with an index of times, as extraction writes it."""
    from sign_latent.pose.formats.pose_file import write_landmarks
    from sign_latent.pose.skeleton import get_skeleton

    skeleton = get_skeleton("holistic543")
    landmarks = np.random.default_rng(0).uniform(40, 120, (12, 543, 3))
    landmarks[:, skeleton.left_shoulder, :2], landmarks[:, skeleton.right_shoulder, :2] = (130, 60), (90, 60)
    source = tmp_path / "poses"
    write_landmarks(source / "a.pose", skeleton, landmarks, np.ones((12, 543)), 25.0, ROOM)
    (source / "index.csv").write_text(
        "path,id,text,video,signed_language,spoken_language,start,end\n"
        "a.pose,one,rain,a.mp4,qaa,en,0,160\na.pose,two,snow,a.mp4,qaa,en,160,320\n"
    )
    convert("pose", source, tmp_path / "corpus")
    one, two = Corpus.open(tmp_path / "corpus").split("train")
    assert "start" not in one.pose.placement.details and two.pose.placement.details["start"] == 0.16
    found = filmed_clips([one, two], 24, tmp_path / "kept", videos)
    assert not found.drops and [len(each.video) for each in found.clips] == [4, 4]


@pytest.fixture
def corpus(poses, videos, tmp_path):
    """Three clips of training and one of dev that name their videos, one of which is missing."""
    pose, other = placed(poses[0], 50, 20), placed(poses[1], -20, 70)
    clips = [clip("a", pose, "a.mp4"), clip("b", other, "sub/b.mp4"), clip("gone", pose, "gone.mp4")]
    clips.append(clip("held", pose, "a.mp4", split="dev"))
    write_corpus(tmp_path / "corpus", clips, poses[0].skeleton, 25.0, {"licence": "CC0-1.0"})
    return tmp_path / "corpus"


def test_a_renderer_is_trained_on_films(corpus, videos, sign_latent_home, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))
    how = {"batch_size": 2, "warmup": 1, "logger": "none", "accelerator": "cpu", "runs": str(tmp_path / "runs")}
    brief = TrainSettings(steps=2, **how)
    unet = UNetSettings(widths=[8, 16], attention=[False, True], groups=4)
    sizes = SignVideoSettings(size=[32, 32], encoder_widths=[8, 8, 8], window=6, overlap=2, unet=unet)
    films = stage.VideoSettings(source="filmed", folder=str(videos), clips=4, targets=2, audited=1)
    card = stage.train("filmed", str(corpus), sizes, films, train=brief, temporal=brief)
    assert card.audit["clips"] == 1 and any("people who were filmed" in line for line in card.warnings)
    assert "left out 1 of 3 clips; the first, gone: gone.mp4: no such file" in capsys.readouterr().err
    assert registry.load("filmed").card.condition == "pose"
    with pytest.raises(UserError, match="not one clip can be cut out"):  # before anything is trained
        stage.train("other", str(corpus), sizes, replace(films, folder=None), train=brief, temporal=brief)
    assert not (tmp_path / "runs" / "other").exists()


@pytest.mark.realdata
def test_a_published_extraction_lies_on_its_video(shared_data, tmp_path):
    """Hands are where the picture moves: less an eighth of the picture away from them, whichever way."""
    (tmp_path / "poses").mkdir()
    name = "autsl_signer0_sample1000"
    (tmp_path / "poses" / "a.pose").write_bytes((shared_data / "pose_files" / f"{name}.pose").read_bytes())
    (tmp_path / "poses" / "index.csv").write_text(f"path,text,video\na.pose,sign,{name}.mp4\n")
    convert("pose", tmp_path / "poses", tmp_path / "corpus", Options(spoken_language="tr", signed_language="tsm"))
    clips = list(Corpus.open(tmp_path / "corpus").split("train"))
    found = filmed_clips(clips, 96, tmp_path, shared_data / "videos")
    assert not found.drops
    (one,), (seen,) = found.clips, conditioned(found.clips, tmp_path).conditions
    moving = np.abs(np.diff(one.video.astype(float), axis=0)).mean(-1)
    hands = seen[1:, ..., 3:].any(-1) & seen[:-1, ..., 3:].any(-1)
    away = [np.roll(hands, shift, (1, 2)) for shift in ((0, 12), (0, -12), (12, 0), (-12, 0))]
    assert moving[hands].mean() > 1.2 * max(moving[elsewhere].mean() for elsewhere in away)

"""The doctor finds what was planted, names what helps, and ends with 1 above what is allowed."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from data_prep.doctor import examine, main
from data_prep.health.checks import CHECKS, DROPPED
from data_prep.health.facts import beyond, frozen, jitter, late
from data_prep.health.schema import Diagnosis
from eval.report_file import from_json
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton

SKELETON = get_skeleton("upper79")
HANDS = [*SKELETON.parts["left_hand"], *SKELETON.parts["right_hand"]]


def sound(i: int, frames: int = 50) -> Clip:
    """A clip without fault: smooth motion of its own, a text and a signer of its own."""
    chance, time = np.random.default_rng(i), np.arange(frames)[:, None, None] / 25
    points = chance.uniform(-0.5, 0.5, (1, 79, 3)) + 0.1 * np.sin(2 * time + chance.uniform(0, 6, (1, 79, 1)))
    pose = Pose(np.float32(points), np.ones((frames, 79), np.float32), 25.0, SKELETON)
    split = ("train", "train", "test")[i % 3]
    return Clip(f"c{i:02}", f"sentence of {chr(97 + i)}", "en", "ase", f"s{i}", f"v{i}", split, pose)


def write(folder, clips, drops=None):
    write_corpus(folder, clips, SKELETON, 25.0, {"title": "made <b>", "licence": "CC0-1.0"}, drops)
    return Corpus.open(folder)


def named(diagnosis):
    return {finding.name: finding for finding in diagnosis.findings}


def test_a_sound_corpus_has_no_findings_and_is_counted(tmp_path):
    corpus = write(tmp_path / "c", [sound(i) for i in range(12)])
    found = examine(corpus, dict.fromkeys([*CHECKS, DROPPED], 0.0))
    assert {f.name: f.figure for f in found.findings} == dict.fromkeys([*CHECKS, DROPPED], 0.0)
    assert not any(f.exceeded or f.worst for f in found.findings)
    assert (found.clips, found.frames, found.seconds, found.spoken_languages) == (12, 600, 24.0, {"en": 12})
    assert (found.splits["train"].clips, found.splits["test"].texts, found.splits["test"].words.median) == (8, 4, 3)
    assert found.parts["left_hand"].seen == 1 and found.parts["face"].never == 0


def hide(clip: Clip, points, frames=slice(None)) -> Clip:
    clip.pose.points[frames, points], clip.pose.confidence[frames, points] = 0, 0
    return clip


def shake(clip: Clip) -> Clip:
    clip.pose.points += np.random.default_rng(0).normal(0, 0.05, clip.pose.points.shape).astype(np.float32)
    return clip


def repeat(clip: Clip) -> Clip:
    clip.pose.points[:] = clip.pose.points[np.arange(50) // 2]
    return clip


def throw(clip: Clip) -> Clip:
    clip.pose.points[3, 5, 1] = 7
    return clip


FAULTS = {
    "missing-hands": (lambda c: hide(c, HANDS, slice(0, 25)), 0.5 / 12),
    "missing-left-hand": (lambda c: hide(c, list(SKELETON.parts["left_hand"])), 1 / 12),
    "missing-right-hand": (lambda c: hide(c, list(SKELETON.parts["right_hand"])), 1 / 12),
    "missing-face": (lambda c: hide(c, list(SKELETON.parts["face"])), 1 / 12),
    "missing-body": (lambda c: hide(c, list(SKELETON.parts["body"])), 1 / 12),
    "jitter": (shake, 1 / 12),
    "frozen": (repeat, 0.5 / 12),
    "out-of-range": (throw, 1 / 12),
    "length-outliers": (lambda c: replace(c, text=500 * "a"), 1 / 12),
    "empty-texts": (lambda c: replace(c, text=" "), 1 / 12),
    "unknown-signers": (lambda c: replace(c, signer=""), 1 / 12),
    "generated": (lambda c: replace(c, pose=replace(c.pose, provenance='{"generated_by": "toy@1"}')), 1 / 12),
    "past-end": (lambda c: replace(c, tiers=[Tier("gloss", "A", 49, 50)]), 1 / 12),
    "duplicate-clips": (lambda c: replace(c, pose=sound(0).pose), 2 / 12),
    "leaked-clips": (lambda c: replace(c, pose=sound(0).pose), 1 / 4),
    "leaked-texts": (lambda c: replace(c, text="Sentence  OF a"), 1 / 4),
    "shared-signers": (lambda c: replace(c, signer="s0"), 1 / 4),
    "shared-sources": (lambda c: replace(c, source="v0"), 1 / 4),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_planted_is_found_in_that_clip_with_its_remedy(tmp_path, name):
    spoil, figure = FAULTS[name]
    corpus = write(tmp_path / "c", [spoil(sound(i)) if i == 5 else sound(i) for i in range(12)])
    found = named(examine(corpus, {name: figure - 0.001}))[name]
    assert found.figure == pytest.approx(figure) and found.exceeded and found.remedy
    assert "c05" in found.worst and found.clips == len(found.worst)
    assert not named(examine(corpus, {name: figure + 0.001}))[name].exceeded


def test_dropped_clips_are_told_by_reason(tmp_path):
    drops = [{"id": "x", "reason": "120 frames are missing"}, {"id": "y", "reason": "7 frames are missing"}]
    found = examine(write(tmp_path / "c", map(sound, range(8)), drops), {DROPPED: 0.1})
    assert found.dropped == {"# frames are missing": 2} and named(found)[DROPPED].exceeded


def test_overlaps_of_splits_are_counted(tmp_path):
    clips = [sound(i) for i in range(9)]
    clips[2] = replace(clips[2], signer="s0", text="sentence of b", pose=clips[3].pose)
    (overlap,) = examine(write(tmp_path / "c", clips), {}).overlaps
    assert (overlap.first, overlap.second, overlap.signers, overlap.clips_of_shared_signers) == ("train", "test", 1, 1)
    assert (overlap.clips_of_shared_texts, overlap.shared_clips, overlap.clips_of_shared_sources) == (1, 1, 0)


def test_measures_are_right_on_cases_computed_by_hand():
    clip = sound(0)
    assert frozen(clip.pose) == beyond(clip.pose) == 0.0 and jitter(clip.pose) < 1e-4
    assert frozen(repeat(sound(0)).pose) == 25 / 50
    assert beyond(throw(sound(0)).pose) == 1 / (50 * 79)
    noise = np.random.default_rng(0).normal(0, 0.01, clip.pose.points.shape).astype(np.float32)
    assert 0.004 < jitter(replace(clip.pose, points=clip.pose.points + noise)) < 0.006
    assert jitter(replace(clip.pose, points=clip.pose.points[:3], confidence=clip.pose.confidence[:3])) is None
    spans = [Tier("a", "x", 0, 50), Tier("a", "x", 48, 49), Tier("a", "x", 10, 51), Tier("a", "x", 49, 50)]
    assert late(replace(clip, tiers=spans)) == 2


def test_files_and_exit_code(tmp_path, capsys):
    write(tmp_path / "c", [hide(sound(i), HANDS) if i < 3 else sound(i) for i in range(12)])
    command = [str(tmp_path / "c"), "--out", str(tmp_path / "d")]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--max-missing-hands", "0.2"])
    printed = capsys.readouterr()
    assert ended.value.code == 1 and "above what is allowed: missing-hands" in printed.err
    assert "! missing-hands" in printed.out and "data_prep.clean --fill" in printed.out
    text = (tmp_path / "d" / "doctor.json").read_text()
    whole = from_json(text, kind=Diagnosis)
    assert whole.clips == 12 and named(whole)["missing-hands"].worst == ["c00", "c01", "c02"]
    page = (tmp_path / "d" / "doctor.html").read_text()
    assert "made &lt;b&gt;" in page and page.count("<img ") >= 3 and "://" not in page and 'src="data:' in page
    assert not re.search(r"<(script|link|iframe)\b", page) and "img-src data:" in page
    with pytest.raises(UserError, match="exists already"):
        main(command)
    main([str(tmp_path / "c"), "--max-missing-hands", "0.5"])
    main([str(tmp_path / "c"), "--out", str(tmp_path / "e")])
    again = json.loads((tmp_path / "e" / "doctor.json").read_text())
    allowed = json.loads(text)
    for finding in allowed["findings"]:
        finding |= {"allowed": None, "exceeded": False}
    assert again == allowed


def test_a_threshold_that_is_no_share_is_refused(tmp_path):
    write(tmp_path / "c", map(sound, range(4)))
    with pytest.raises(UserError, match="--max-jitter 20"):
        main([str(tmp_path / "c"), "--max-jitter", "20"])


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium is installed (Debian: apt-get install chromium)")
def test_a_browser_shows_the_thumbnails(tmp_path):
    import subprocess

    write(tmp_path / "c", [hide(sound(i), HANDS) if i < 3 else sound(i) for i in range(12)])
    main([str(tmp_path / "c"), "--out", str(tmp_path / "d")])
    page = tmp_path / "d" / "doctor.html"
    seen = page.read_text().replace("</main>", '</main><p id="seen"></p>')
    count = (
        "document.querySelector('#seen').textContent=[...document.images].filter(i=>i.naturalWidth>99).length+' drawn'"
    )
    policy = re.search(r"script-src '[^']*'", seen).group()
    page.write_text(
        seen.replace(policy, "script-src 'unsafe-inline'").replace(
            "</body>", f"<script>onload=()=>{{{count}}}</script></body>"
        )
    )
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--virtual-time-budget=3000", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=300).stdout
    assert int(re.search(r"(\d+) drawn", shown).group(1)) >= 3

"""The comparison as a whole: known autoencoders score what they must, files are the same each time and load nothing."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch

from eval import autoencoder
from eval.autoencoder_compare import compare
from eval.autoencoder_page import lines_of, main_point
from eval.autoencoder_rows import CANONICAL, MEAN, Instruments, Subject
from eval.autoencoder_schema import Comparison
from eval.latent_statistics import tally
from eval.rates import HALF
from eval.references import of_corpus
from eval.report_file import from_json, to_json
from sign_latent.autoencoder.contract import feature_statistics
from sign_latent.autoencoder.layout import pack
from sign_latent.errors import UserError
from sign_latent.registry import Card, publish

PARTS = ("all", "body", "left_hand", "right_hand", "hands", "face")


@pytest.fixture(scope="module")
def references(few_clips):
    return of_corpus(few_clips, ["dev"])


def subject(name, model, references):
    card = Card(name, name, asdict(model.settings), model.spec, corpus_hash="none")
    return Subject(name, model, tally(model, references.train, name), card)


@pytest.fixture(scope="module")
def compared(references, autoencoders):
    """A copy and the mean pose, on a skeleton without rotations and on one with them."""
    mean = autoencoders("mean", skeleton="smplx", slots=7)
    features = [pack(mean.layout, clip.pose) for clip in references.train]
    mean.set_feature_statistics(*feature_statistics(features, mean.present))
    mean.latent_dead.fill_(True)
    models = {"copy": autoencoders("copy", skeleton="smplx", slots=7), "mean": mean}
    found = [subject(name, model, references) for name, model in models.items()]
    return compare(references, found, Instruments(), 20)[0], mean, references


def test_a_copy_has_no_error_and_ratios_of_one(compared):
    report, _, _ = compared
    row = report.rows["copy"]
    for part in PARTS:
        assert row.encoded[f"mpjpe/{part}"].value == pytest.approx(0, abs=1e-5)
        assert row.encoded[f"pa_mpjpe/{part}"].value == pytest.approx(0, abs=1e-5)
        for ratio in ("velocity_ratio", "acceleration_ratio", "jerk_ratio"):
            assert row.encoded[f"{ratio}/{part}"].value == pytest.approx(1, abs=1e-3)
    assert row.encoded["geodesic/all"].value == pytest.approx(0, abs=0.02)
    assert row.failures == 0
    # These recordings are of the canonical signer, so it costs nothing to be carried by it.
    assert report.rows[CANONICAL].recording["mpjpe_mm/all"].value == pytest.approx(0, abs=1e-2)


def test_the_mean_pose_scores_what_it_does_by_hand(compared):
    from sign_latent.autoencoder.geometry import unpack

    report, model, references = compared
    row = report.rows["mean"]
    one = torch.ones(1, 1, dtype=torch.bool)
    still = unpack(model.layout, model.feature_mean[None, None], one).points[0].numpy()
    signing = list(model.layout.skeleton.signing)
    apart = [np.linalg.norm((clip.pose.points - still)[:, signing], axis=-1).mean() for clip in references.clips]
    assert row.encoded["mpjpe/all"].value == pytest.approx(np.mean(apart), rel=1e-4)
    assert row.encoded["mpjpe_mm/all"].value == pytest.approx(360 * np.mean(apart), rel=1e-4)
    assert row.encoded["velocity_ratio/all"].value == pytest.approx(0, abs=1e-5)
    rate = report.latents["mean"].rate
    assert rate.values_per_frame == 0 and all(point.bits_per_frame == 0 for point in rate.points)
    assert report.latents["mean"].interpretation.moved["head"]["face"] == pytest.approx(0, abs=1e-6)


def test_the_rates_of_a_copy_by_hand(compared):
    report, _, references = compared
    latent = report.latents["copy"]
    values = 7 * latent.width
    assert latent.rate.values_per_frame == values and latent.train.kl_bits is None
    named = {point.coding: point for point in latent.rate.points}
    assert named[HALF].bits_per_frame == 16 * values and named["2 bits a value"].bits_per_frame == 2 * values
    assert named[HALF].bits_per_second == 16 * values * 25
    errors = [named[f"{bits} bits a value"].mpjpe["all"] for bits in (2, 4, 8)]
    assert errors[0] > errors[1] > errors[2] > named[HALF].mpjpe["all"]
    assert latent.train.clips == len(references.train) and latent.held_out.clips == len(references.clips)
    assert latent.interpretation.moved["left_hand"]["right_hand"] == pytest.approx(0, abs=1e-5)


def test_the_mean_pose_stands_beside_and_the_worst_clip_is_the_worst(compared):
    report, _, references = compared
    assert report.order == ["copy", "mean", CANONICAL, MEAN]
    assert report.rows[MEAN].encoded["velocity_ratio/all"].value == 0
    errors = {c.id: 0.0 for c in references.clips}
    assert set(report.shown.values()) <= set(errors) and len(set(report.shown.values())) == 3
    assert any("judge" in note for note in report.notes) and any("FID" in note for note in report.notes)


def test_what_is_written_is_read_back_and_told(compared):
    report, _, _ = compared
    text = to_json(report)
    read = from_json(text, "autoencoder.json", Comparison)
    assert to_json(read) == text
    assert main_point(read.latents["copy"]).coding == read.latents["copy"].rate.main and main_point(None) is None
    lines = lines_of(read, {})
    assert lines[1].startswith("copy ") and any(line.startswith("note: ") for line in lines)
    with pytest.raises(UserError, match="version 1"):
        from_json(text.replace('"version": 1', '"version": 9'), "autoencoder.json", Comparison)


@pytest.fixture
def published(sign_latent_home, references):
    """A small skeletal VAE and a small FSQ autoencoder, untrained."""
    from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
    from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings

    small = {"width": 16, "joint_width": 8}
    torch.manual_seed(0)
    for name, model in (
        ("skeletal_vae", SkeletalVAE(SkeletalVAESettings(**small, latent_width=4))),
        ("pose_fsq", PoseFSQ(PoseFSQSettings(**small))),
    ):
        features = [pack(model.layout, clip.pose) for clip in references.train]
        model.set_feature_statistics(*feature_statistics(features, model.present))
        card = Card(name.replace("_", "-"), name, asdict(model.settings), model.spec)
        publish(card, model, {})
    return "skeletal-vae", "pose-fsq"


def arguments(published, corpus, out, *more):
    names = [word for name in published for word in ("--autoencoder", name)]
    return [*names, "--corpus", str(corpus), "--out", str(out), "--draws", "20", *more]


def test_the_command_writes_the_same_bytes_twice_and_a_page_that_loads_nothing(
    published, few_clips, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["autoencoder.py", *arguments(published, few_clips, out, "--repeats", "1")])
    autoencoder.main()
    assert "bits/frame" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"autoencoder.json", "autoencoder.html", "timings.json"}
    again, _ = autoencoder.build(autoencoder.parse(arguments(published, few_clips, out, "--repeats", "0")))
    assert set(again) == {"autoencoder.json", "autoencoder.html"}
    for name, text in again.items():
        assert (out / name).read_text(encoding="utf-8") == text
    page = again["autoencoder.html"]
    assert not any(word in page for word in ("http:", "https:", "://", "src=", "url(", "<link"))
    report = from_json(again["autoencoder.json"], "autoencoder.json", Comparison)
    assert all(name in page for name in report.order)
    assert page.count("<table") == page.count("<caption") and page.count('class="sl-player"') == 5
    vae, fsq = (report.latents[name] for name in report.order[:2])
    assert (vae.kind, fsq.kind) == ("continuous", "discrete")
    assert fsq.tokens.codes == 625 and len(fsq.tokens.usage) == fsq.places == 14
    assert vae.held_out.kl_bits > 0 and fsq.held_out.kl_bits is None
    times = json.loads((out / "timings.json").read_text())
    for row in times["rows"].values():
        assert row["poses"]["ratio"] == pytest.approx(row["poses"]["seconds"] / times["matrix_product"]["seconds"])
        assert row["poses"]["frames_per_second"] == pytest.approx(8 * 256 / row["poses"]["seconds"])


@pytest.mark.parametrize("more, said", [(["--clips", "1"], "at least 2 clips"), (["--split", "night"], "no split")])
def test_what_cannot_be_compared_is_refused_in_a_line(published, few_clips, tmp_path, more, said):
    with pytest.raises(UserError, match=said):
        autoencoder.build(autoencoder.parse(arguments(published, few_clips, tmp_path, *more)))


def test_an_autoencoder_is_compared_once(published, few_clips, tmp_path):
    with pytest.raises(UserError, match="named twice"):
        autoencoder.build(autoencoder.parse(arguments(published[:1] * 2, few_clips, tmp_path)))

"""What training never saw comes out missing, from the stage to the files."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from sign_latent import registry
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.training import TrainSettings
from stages.autoencoder import AutoencoderSettings, train

SKELETON = get_skeleton("smplx")
FACE = [SKELETON.points[i] for i in SKELETON.parts["face"]]
SIZES = {"width": 8, "joint_width": 4}


def decoded(model) -> Pose:
    z = torch.randn(1, 3, model.spec.slots, model.spec.width, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return model.poses(z, [10])[0].validate()


@pytest.fixture
def faceless(few_clips, tmp_path):
    """A corpus in which no clip shows the face, and all but one lack the left hand."""
    clips = list(Corpus.open(few_clips).split("train"))
    face, hand = (list(SKELETON.parts[part]) for part in ("face", "left_hand"))
    for i, clip in enumerate(clips):
        confidence = np.array(clip.pose.confidence)
        confidence[:, face + (hand if i else [])] = 0
        clips[i] = replace(clip, pose=replace(clip.pose, confidence=confidence))
    write_corpus(tmp_path / "faceless", clips, SKELETON, 25.0, {})
    return tmp_path / "faceless"


def test_a_stage_finds_what_its_corpus_never_shows(faceless, sign_latent_home, tmp_path):
    how = TrainSettings(steps=1, warmup=1, batch_size=2, logger="none", runs=str(tmp_path / "runs"))
    settings = AutoencoderSettings(skeletal_vae=SkeletalVAESettings(**SIZES))
    card = train("faceless", str(faceless), settings, how)
    assert card.latent.unseen == tuple(FACE)
    pose = decoded(registry.load("faceless").model)
    shown = pose.confidence.all(0)
    assert [name for name, seen in zip(SKELETON.points, shown, strict=True) if not seen] == FACE
    assert not pose.confidence[:, ~shown].any() and not pose.points[:, ~shown].any()
    assert pose.expression is None


def test_what_was_seen_is_decoded_as_if_nothing_were_missing():
    torch.manual_seed(0)
    whole = SkeletalVAE(SkeletalVAESettings(**SIZES)).eval()
    part = SkeletalVAE(SkeletalVAESettings(**SIZES, unseen=tuple(FACE))).eval()
    part.load_state_dict(whole.state_dict(), strict=True)
    full, masked = decoded(whole), decoded(part)
    assert full.confidence.all() and full.expression is not None
    rest = [i for i in range(len(SKELETON.points)) if i not in SKELETON.parts["face"]]
    assert np.array_equal(full.points[:, rest], masked.points[:, rest])
    assert np.array_equal(full.rotations, masked.rotations)


@pytest.mark.parametrize("suffix", [".npz", ".pose"])
def test_files_leave_out_what_was_never_seen(suffix, tmp_path):
    pose = decoded(SkeletalVAE(SkeletalVAESettings(**SIZES, unseen=tuple(FACE))).eval())
    pose.save(tmp_path / f"clip{suffix}")
    back = Pose.load(tmp_path / f"clip{suffix}")
    assert np.array_equal(back.confidence, pose.confidence)
    assert not back.points[:, list(SKELETON.parts["face"])].any()


def test_artefacts_published_before_the_setting_show_everything(sign_latent_home):
    model = SkeletalVAE(SkeletalVAESettings(**SIZES)).eval()
    settings, spec = ({k: v for k, v in asdict(some).items() if k != "unseen"} for some in (model.settings, model.spec))
    registry.publish(registry.Card(name="older", model="skeletal_vae", settings=settings, spec=spec), model, {})
    found = registry.load("older")
    assert "unseen" not in found.card.settings and found.card.latent.unseen == ()
    assert found.model.seen.all()

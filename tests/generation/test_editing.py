"""Laws of editing, on small untrained chains: they hold for any weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.autoencoder.sign_vae import SignVAE, SignVAESettings
from sign_latent.denoiser.unet import UNetDenoiser
from sign_latent.errors import UserError
from sign_latent.generation.editing import Edit, known_latents, part_points, planned
from sign_latent.pose.convert import convert
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.splice import Cut, bridged, rows_of

TEXT = "tomorrow it will rain"
HOW = {"steps": 3}


@pytest.fixture(scope="module")
def clip(generator) -> Pose:
    """Thirty-eight frames by a signer whose bones are not the canonical ones."""
    from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, rest_points

    chance = np.random.default_rng(0)
    made = generator.generate(["rain"], frames=38, steps=3)[0]
    rest = rest_points() * torch.tensor([1.0, 1.1, 0.9]) + 0.02
    wander = np.cumsum(chance.normal(size=made.rotations.shape), 0) / 60
    made.rotations = (made.rotations + wander).astype(np.float32)
    turned = axis_angle_to_matrix(torch.from_numpy(made.rotations))
    return replace(made, points=forward_kinematics(turned, torch.from_numpy(made.expression), rest).numpy())


@pytest.fixture(scope="module")
def flat(generator):
    """A U-Net over one vector a latent frame, of key points without rotations."""
    torch.manual_seed(0)
    autoencoder = SignVAE(SignVAESettings(skeleton="upper79", width=16, latent_width=4, blocks=1)).eval()
    settings = UNetDenoiser.Settings(
        width=32, heads=2, latent_slots=1, latent_width=4, longest=30, text_width=generator.encoder.width
    )
    settings.diffusion = generator.denoiser.settings.diffusion
    denoiser = UNetDenoiser(settings).eval()
    return replace(generator, card=replace(generator.card, name="flat"), denoiser=denoiser, autoencoder=autoencoder)


def same(a: Pose, b: Pose, frames, points) -> bool:
    """Whether all of these frames and points is the same to the bit."""
    rotated = [i for i, point in enumerate(a.skeleton.rotated) if points[point]]
    pairs = [(a.points[frames][:, points], b.points[frames][:, points])]
    pairs += [(a.confidence[frames][:, points], b.confidence[frames][:, points])]
    if rotated:
        pairs.append((a.rotations[frames][:, rotated], b.rotations[frames][:, rotated]))
    if a.expression is not None and points[list(a.skeleton.parts["face"])].all():
        pairs.append((a.expression[frames], b.expression[frames]))
    return all(np.array_equal(x, y) for x, y in pairs)


EVERY = np.ones(len(get_skeleton("smplx").points), bool)


@pytest.mark.parametrize("sampler", ["ddim", "dpm_solver", "ddpm"])
@pytest.mark.parametrize("keep", [[(0, 13), (30, None)], [(0, 10)], [(5, 6), (9, 20)]])
def test_kept_frames_are_those_of_the_clip_to_the_bit(generator, clip, keep, sampler):
    made = generator.edit(clip, TEXT, Edit(keep), sampler=sampler, **HOW).validate()
    kept = np.zeros(len(clip), bool)
    for first, last in keep:
        kept[first:last] = True
    assert len(made) == len(clip) and same(made, clip, kept, EVERY)
    assert (made.points[~kept] != clip.points[~kept]).any((1, 2)).all()


@pytest.mark.parametrize("left_handed", [False, True])
def test_signs_are_known_to_be_where_they_were_if_all_of_them_stays(generator, clip, left_handed):
    told = clip.with_signs([("A", 2, 13), ("B", 12, 14), ("C", 20, 25), ("D", 30, 38)])
    made = generator.edit(told, TEXT, Edit([(0, 13), (30, None)], left_handed=left_handed), **HOW)
    assert made.signs == (("A", 2, 13), ("D", 30, 38))


@pytest.mark.parametrize("parts", [["right_hand"], ["face"], ["left_arm", "left_hand"]])
@pytest.mark.parametrize("keep", [[], [(0, 15)]])
def test_other_parts_are_those_of_the_clip_to_the_bit(generator, clip, parts, keep):
    made = generator.edit(clip, TEXT, Edit(keep, parts), **HOW).validate()
    part = part_points(clip.skeleton, 7, parts)
    assert same(made, clip, np.ones(len(clip), bool), ~part)
    free = slice(15 if keep else 0, None)
    assert (made.points[free][:, part] != clip.points[free][:, part]).any()


def test_what_stood_in_place_of_what_is_made_has_no_part_in_it(generator, clip):
    """Another middle, and another right hand, give the same result where they were cut."""
    other = replace(clip, rotations=clip.rotations.copy(), points=clip.points.copy())
    other.rotations[13:30], other.points[13:30] = clip.rotations[:17], clip.points[:17]
    first, second = (generator.edit(one, TEXT, Edit([(0, 13), (30, None)]), **HOW) for one in (clip, other))
    assert np.array_equal(first.points, second.points) and np.array_equal(first.rotations, second.rotations)
    hand = list(clip.skeleton.parts["right_hand"])
    turns = [clip.skeleton.rotated.index(point) for point in hand if point in clip.skeleton.rotated]
    other = replace(clip, rotations=clip.rotations.copy())
    other.rotations[:, turns] = 0.3
    first, second = (generator.edit(one, TEXT, Edit(parts=["right_hand"]), **HOW) for one in (clip, other))
    assert np.array_equal(first.rotations, second.rotations)


def test_a_made_hand_hangs_on_the_wrist_with_the_signers_own_bones(generator, clip):
    made = generator.edit(clip, TEXT, Edit([(0, 9)], ["right_hand"]), **HOW)
    for point in clip.skeleton.parts["right_hand"]:
        above = clip.skeleton.parents[point]
        lengths = [np.linalg.norm(pose.points[:, point] - pose.points[:, above], axis=-1) for pose in (made, clip)]
        assert np.abs(lengths[0] - np.median(lengths[1])).max() < 1e-4


def test_made_frames_have_the_signers_own_bones(generator, clip):
    made = generator.edit(clip, TEXT, Edit([(0, 9), (28, None)]), **HOW)
    body = [point for point in clip.skeleton.signing if point not in clip.skeleton.parts["face"]]
    for point in (point for point in body if clip.skeleton.parents[point] >= 0):
        above = clip.skeleton.parents[point]
        lengths = [np.linalg.norm(pose.points[:, point] - pose.points[:, above], axis=-1) for pose in (made, clip)]
        assert np.abs(lengths[0] - np.median(lengths[1])).max() < 1e-3


def test_a_clip_goes_on_for_as_long_as_asked(generator, clip):
    made = generator.edit(clip, TEXT, Edit(frames=55), **HOW).validate()
    assert len(made) == 55 and same(rows_of(made, np.arange(38)), clip, slice(None), EVERY)
    assert not np.array_equal(made.points[40], made.points[54])


def test_a_length_that_the_text_would_never_take_is_warned_of(generator, clip):
    with pytest.warns(UserWarning, match="model toy: expects .* frames of this text; .* to sign it in 400;"):
        assert len(generator.edit(clip, TEXT, Edit(frames=400), **HOW)) == 400


def test_a_clip_goes_on_for_as_long_as_the_text_is_expected_to_take(generator, clip):
    expected = len(generator.generate([TEXT], **HOW)[0])
    short = rows_of(clip, np.arange(expected - 10) % 38)
    made = generator.edit(short, TEXT, Edit(extend=True), **HOW)
    assert len(made) == expected and np.array_equal(made.points[: expected - 10], short.points)
    with pytest.raises(UserError, match=f"expected to take {expected} frames"):
        generator.edit(rows_of(clip, np.arange(expected) % 38), TEXT, Edit(extend=True), **HOW)


def test_a_flat_latent_of_points_keeps_frames_and_refuses_parts(flat, clip):
    points = convert(clip, "upper79")
    made = flat.edit(points, TEXT, Edit([(0, 13), (30, None)]), **HOW).validate()
    kept = np.r_[0:13, 30:38]
    assert np.array_equal(made.points[kept], points.points[kept])
    with pytest.raises(UserError, match="whole bodies"):
        flat.edit(points, TEXT, Edit(parts=["right_hand"]), **HOW)


def test_a_clip_of_another_rate_stays_at_its_own(generator, clip):
    fast = replace(clip, fps=50.0)
    made = generator.edit(fast, TEXT, Edit([(0, 14), (30, None)]), **HOW)
    assert made.fps == 50.0 and len(made) == len(clip)
    assert np.array_equal(made.points[:14], clip.points[:14]) and np.array_equal(made.points[30:], clip.points[30:])


def test_a_left_handed_clip_is_edited_in_the_mirror(generator, clip):
    how = {"keep": [(0, 12)], "parts": ["left_hand"]}
    made = generator.edit(clip, TEXT, Edit(left_handed=True, **how), **HOW)
    seen = generator.edit(clip.mirrored(), TEXT, Edit(**how | {"parts": ["right_hand"]}), **HOW)
    assert np.array_equal(made.points, seen.mirrored().points)
    assert same(made, clip, np.arange(len(clip)) < 12, EVERY)


def test_given_latents_hold_only_what_is_kept(generator, clip):
    """Stride 4: of frames 0 to 12 and 30 to 37 kept, latent frames 0 to 2, 8 and 9 are kept whole."""
    cut = planned(generator.autoencoder, clip, Edit([(0, 13), (30, None)]), 0)
    known = known_latents(generator.autoencoder, bridged(clip, cut), cut)
    assert known.where[0, :, :, 0].all(1).nonzero().flatten().tolist() == [0, 1, 2, 8, 9]
    hand = Cut(np.zeros(38, bool), part_points(clip.skeleton, 7, ["right_hand"]))
    free = ~known_latents(generator.autoencoder, bridged(clip, hand), hand).where[0, :, :, 0]
    names = [name for name, _ in clip.skeleton.slot_points(7)]
    assert free.all(0).nonzero().flatten().tolist() == [names.index("right_hand")] and free.sum() == len(free)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit([(0, 39)]), "0 to 38"),
        (Edit([(20, 10)]), "0 to 38"),
        (Edit([(0, None)]), "nothing to make"),
        (Edit(), "nothing of the clip stays"),
        (Edit([(0, 30)], frames=20), "give more --frames"),
        (Edit(parts=["tail"]), "unknown; the model has body"),
        (Edit(parts=["right_arm"]), "right_hand hang on them"),
        (Edit(frames=9000), "1 to 5000"),
        (Edit(parts=["face"], frames=50), "beyond the clip's 38 frames"),
    ],
)
def test_impossible_edits_are_named(generator, clip, edit, words):
    with pytest.raises(UserError, match=words):
        generator.edit(clip, TEXT, edit, **HOW)


def test_clips_that_the_model_cannot_read_are_refused_with_the_remedy(generator, clip):
    with pytest.raises(UserError, match="convert the clip"):
        generator.edit(convert(clip, "upper79"), TEXT, Edit([(0, 10)]), **HOW)
    with pytest.raises(UserError, match="give the .npz"):
        generator.edit(replace(clip, rotations=None), TEXT, Edit([(0, 10)]), **HOW)
    with pytest.raises(UserError, match="vary-length"):
        generator.edit(clip, TEXT, Edit([(0, 10)]), vary_length=True)
    with pytest.raises(UserError, match="1 clips, 2 texts, 1 edits"):
        generator.edit_all([clip], [TEXT, TEXT], [Edit([(0, 10)])])

"""What slots hold, by hand: directions, motion by part, signs told apart, and the sweep of a slot."""

import numpy as np
import pytest
import torch

from eval.interpretation import (
    Signs,
    Slots,
    explained,
    latent_frames,
    motion_by_part,
    often,
    principal,
    shares,
    signs_of,
    slot_names,
    sweep,
    swing_steps,
    told,
)
from eval.latent_plot import pca_plot, projected
from eval.reconstruction import encoded
from sign_latent.errors import UserError


def test_principal_directions_by_hand():
    line = np.array([[0.0, 0.0], [2.0, 1.0], [4.0, 2.0]])
    centre, rows, spread = principal(line)
    assert centre.tolist() == [2, 1]
    assert rows[0] == pytest.approx(np.array([2, 1]) / 5**0.5)
    assert spread == pytest.approx([5**0.5, 0], abs=1e-9)  # -√5, 0, √5 along it: variance 10 / 2
    assert principal(-line)[1][0] == pytest.approx(rows[0])  # the sign does not follow the data


def test_fewer_values_than_channels_still_give_every_direction():
    _, rows, spread = principal(np.eye(2, 5))
    assert rows.shape == (5, 5) and spread.shape == (5,) and (spread[1:] < 1e-9).all()
    assert rows @ rows.T == pytest.approx(np.eye(5), abs=1e-9)


def test_slots_bear_the_skeleton_s_names(autoencoders):
    assert slot_names(autoencoders("copy")) == ["all"]
    assert "left_hand" in slot_names(autoencoders("copy", slots=5))


@pytest.fixture
def slotted(autoencoders, wave):
    model = autoencoders("copy", slots=5)
    batches = list(encoded(model, [wave(10, seed) for seed in range(3)]))
    return Slots.of(model, np.concatenate(latent_frames(model, batches))), batches


def test_a_slot_that_holds_one_hand_moves_that_hand_alone(slotted):
    slots, batches = slotted
    moved, reshaped = motion_by_part(slots, batches)
    for side in ("left_hand", "right_hand"):
        for found in (shares(moved), shares(reshaped)):
            assert found[side][side] == pytest.approx(1, abs=1e-6)
    assert moved["left_hand"]["left_hand"] > 0.01
    assert set(moved) == set(slot_names(slots.model)) and set(moved["left_hand"]) == {
        "body",
        "left_hand",
        "right_hand",
        "face",
    }


def test_how_far_points_move_by_hand(slotted):
    slots, batches = slotted
    slot = slot_names(slots.model).index("left_hand")
    slots.directions[slot] = 0
    slots.directions[slot, :, 0] = 0.05  # x of the first of 21 points
    moved, _ = motion_by_part(slots, batches, size=2)
    assert moved["left_hand"]["left_hand"] == pytest.approx(0.1 / 21, rel=1e-4)
    assert moved["left_hand"]["right_hand"] == 0


def test_a_shift_of_a_whole_part_moves_it_without_changing_its_shape(slotted):
    slots, batches = slotted
    slot = slot_names(slots.model).index("left_hand")
    slots.directions[slot] = 0
    slots.directions[slot, :, 0:63:3] = 0.05
    moved, reshaped = motion_by_part(slots, batches, size=2)
    assert moved["left_hand"]["left_hand"] == pytest.approx(0.1, rel=1e-4)
    assert reshaped["left_hand"]["left_hand"] == pytest.approx(0, abs=1e-5)


def test_a_dead_slot_moves_nothing_and_has_no_shares(slotted):
    slots, batches = slotted
    slots.model.latent_dead[0] = True
    still = Slots.of(slots.model, np.concatenate(latent_frames(slots.model, batches)))
    assert not still.directions[0].any() and still.directions[1].any()
    assert np.isnan(list(shares({"root": {"body": 0.0, "face": None}})["root"].values())).all()


def test_shares_by_hand():
    assert shares({"a": {"body": 1.0, "face": 3.0, "left_hand": None}})["a"] == {
        "body": 0.25,
        "face": 0.75,
        "left_hand": 0,
    }


def test_explained_variance_by_hand():
    values = np.array([[0.0], [2.0], [4.0], [6.0]])  # within 4 of 20, over 2 and 3 degrees of freedom
    assert explained(values, ["a", "a", "b", "b"]) == pytest.approx(1 - (4 / 2) / (20 / 3))
    assert explained(np.array([[1.0], [1.0], [5.0], [5.0]]), ["a", "a", "b", "b"]) == 1
    assert np.isnan(explained(values, ["a"] * 4)) and np.isnan(explained(values, list("abcd")))
    assert np.isnan(explained(np.zeros((4, 2)), ["a", "a", "b", "b"]))


def test_glosses_drawn_by_lot_explain_nothing_however_many():
    chance = np.random.default_rng(0)
    values, glosses = chance.normal(size=(400, 8)), [str(g) for g in chance.integers(0, 60, 400)]
    assert abs(explained(values, glosses)) < 0.02


def test_signs_stand_where_their_tiers_say(autoencoders, clip_of):
    model = autoencoders("copy", stride=4)
    clip = clip_of(0, 16, "A B", [("A", 0, 8), ("B", 8, 16)])
    latents = np.arange(4.0)[:, None, None] * np.ones((4, 1, 237))
    found = signs_of([clip], [latents], model)
    assert found.glosses == ["A", "B"] and found.latents[:, 0, 0].tolist() == [0.5, 2.5]
    whole = signs_of([clip_of(0, 16, "A")], [latents], model)
    assert whole.glosses == ["A"] and whole.latents[0, 0, 0] == 1.5
    assert signs_of([clip_of(0, 16, "A B")], [latents], model).glosses == []


def test_frequent_glosses_come_first_and_ties_by_name():
    assert often(["b"] * 2 + ["a"] * 2 + ["c"] * 3 + ["d"], least=2) == ["c", "a", "b"]


def some_signs(model, apart=1.0) -> Signs:
    chance = np.random.default_rng(0)
    glosses = ["A", "B"] * 6
    latents = 0.1 * chance.normal(size=(12, *model.latent_mean.shape))
    latents[1::2, 3] += apart
    return Signs(latents, glosses)


def test_the_slot_that_tells_signs_apart_is_named(autoencoders):
    model = autoencoders("copy", slots=5)
    found = told(some_signs(model), model)
    names = slot_names(model)
    assert max(names, key=found.get) == names[3] and found[names[3]] > 0.9 > 0.2 > found[names[0]]
    assert found[names[0]] < found["all"] < found[names[3]]
    assert told(Signs(np.zeros((2, 5, 3)), ["A", "B"]), model) == {}


def test_the_plane_shows_each_sign_of_the_shown_glosses_once(autoencoders):
    model = autoencoders("copy", slots=5)
    signs = some_signs(model)
    places, share = projected(signs, model)
    assert abs(places[1::2, 0].mean() - places[::2, 0].mean()) > 10 * places[::2, 0].std()
    assert share[0] > 0.5 and share.sum() <= 1
    picture = pca_plot(signs, model, "signs", glosses=["B"])
    assert picture.count("<title>B</title>") == 6 and "<title>A</title>" not in picture and "B (6)" in picture
    assert pca_plot(Signs(signs.latents[:2], ["A", "B"]), model, "signs") == ""
    with pytest.raises(UserError, match="gloss C: no clip"):
        pca_plot(signs, model, "signs", glosses=["C"])
    with pytest.raises(UserError, match="it has .*left_hand"):
        pca_plot(signs, model, "signs", slot="tail")


def test_in_a_sweep_one_slot_swings_there_and_back_in_a_held_posture(slotted, wave):
    slots, _ = slotted
    model, pose = slots.model, wave(10)
    slot = slot_names(model).index("right_hand")
    made = sweep(slots, pose, slot, frame=3, size=2)
    steps = swing_steps(model)
    assert len(made) == 3 * steps and steps == 50
    hand = np.isin(np.arange(79), pose.skeleton.parts["right_hand"])
    others = made.points[:, ~hand]
    np.testing.assert_allclose(others, np.repeat(pose.points[3:4, ~hand], len(made), 0), atol=1e-5)
    np.testing.assert_allclose(made.points[[0, steps, 2 * steps]][:, hand], pose.points[[3] * 3][:, hand], atol=1e-5)
    away = torch.from_numpy(made.points[:steps, hand] - pose.points[3, hand])
    size = torch.linalg.vector_norm(away.flatten(1), dim=1)
    spread = np.linalg.norm(slots.directions[slot, 0])
    assert float(size.max()) == pytest.approx(2 * spread, rel=1e-2)

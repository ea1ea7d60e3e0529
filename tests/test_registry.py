"""Laws of the shelf: whole or not at all, verified on load, never changed, bound to its parents."""

import json
import os
import shutil
import signal
import subprocess
import sys
import types
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sign_latent import models, registry
from sign_latent.errors import UserError
from sign_latent.registry import Card, LatentSpec, graph, list_artefacts, load, missing_ancestor, publish, verify


@dataclass(frozen=True)
class Shape:
    sizes: tuple[int, ...] = (3, 4)


class Toy(torch.nn.Module):
    Settings = Shape

    def __init__(self, settings: Shape) -> None:
        super().__init__()
        self.settings = settings
        self.linear = torch.nn.Linear(*settings.sizes)
        self.register_buffer("latent_mean", torch.full((2,), 1 / 3))
        self.register_buffer("count", torch.tensor(70000))


@pytest.fixture(autouse=True)
def shelf(sign_latent_home, monkeypatch, tmp_path) -> Path:
    """An empty shelf, an empty package, and a model table that knows the toy."""
    module = types.ModuleType("toy_model")
    module.Toy = Toy
    monkeypatch.setitem(sys.modules, "toy_model", module)
    monkeypatch.setitem(models.MODELS, "toy", "toy_model:Toy")
    monkeypatch.setattr(registry, "EMBEDDED", tmp_path / "embedded")
    return sign_latent_home


def toy_card(name: str = "toy-one", **more) -> Card:
    return Card(name=name, model="toy", settings=Shape(), **more)


def put(name: str = "toy-one", **more) -> Card:
    return publish(toy_card(name, **more), Toy(Shape()), {"steps": 3})


def test_loads_what_was_published_and_leaves_the_random_state_alone():
    model = Toy(Shape())
    card = publish(toy_card(), model, {"steps": 3})
    before = torch.get_rng_state()
    artefact = load("toy-one")
    assert torch.equal(torch.get_rng_state(), before)
    assert artefact.card == card
    assert artefact.model.settings == Shape() and not artefact.model.training
    for name, value in model.state_dict().items():
        assert torch.equal(artefact.model.state_dict()[name], value)
    assert load(card.reference).card.hash == card.hash
    assert [c.reference for c in list_artefacts()] == [card.reference] and verify() == []


def test_half_precision_spares_statistics_integers_and_large_numbers(shelf):
    model = Toy(Shape())
    with torch.no_grad():
        model.linear.bias[0] = 1e6
    publish(toy_card(), model, {}, half=True)
    stored = load_file(shelf / "toy-one" / "model.safetensors")
    assert stored["linear.weight"].dtype == torch.float16
    loaded = load("toy-one").model
    assert loaded.linear.weight.dtype == torch.float32
    torch.testing.assert_close(loaded.linear.weight, model.linear.weight, atol=1e-3, rtol=1e-3)
    for name in ("linear.bias", "latent_mean", "count"):
        assert torch.equal(loaded.state_dict()[name], model.state_dict()[name])


def test_a_taken_name_is_refused_and_nothing_changes(shelf):
    put()
    before = {p: p.read_bytes() for p in shelf.rglob("*") if p.is_file()}
    with pytest.raises(UserError, match="toy-one.*exists already"):
        put()
    assert {p: p.read_bytes() for p in shelf.rglob("*") if p.is_file()} == before


def test_a_failed_publish_leaves_nothing(shelf):
    model = Toy(Shape())
    with torch.no_grad():
        model.linear.weight[0, 0] = float("nan")
    with pytest.raises(UserError, match="linear.weight"):
        publish(toy_card(), model, {})
    assert list(shelf.iterdir()) == []
    with pytest.raises(UserError, match="not a name"):
        put("../evil")


KILLED = """
import os, signal, sys, torch
from sign_latent import files, registry
countdown = int(sys.argv[1])
def dying(real):
    def call(*arguments):
        global countdown
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    return call
os.mkdir, os.fsync, os.rename = dying(os.mkdir), dying(os.fsync), dying(os.rename)
registry.publish(registry.Card(name="killed", model="toy", settings={}), {"w": torch.ones(1000)}, {})
"""


@pytest.mark.parametrize("moment", [2, 3, 7])
def test_kill_9_while_publishing_leaves_a_shelf_that_verifies(shelf, moment):
    """Killed before the first byte, while flushing to disk, and at the last instant before the rename."""
    put()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(moment)], env=os.environ | {"SIGN_LATENT_HOME": shelf})
    assert killed.returncode == -signal.SIGKILL
    assert verify() == [] and [card.name for card in list_artefacts()] == ["toy-one"]
    publish(replace(toy_card(), name="killed"), Toy(Shape()), {})
    assert sorted(item.name for item in shelf.iterdir()) == ["killed", "toy-one"]
    assert verify() == []


def test_two_racing_publishers_of_a_name_never_mix(shelf, monkeypatch):
    """The other publisher finishes first: ours fails and leaves its artefact untouched."""
    real = os.rename

    def late(source, target):
        monkeypatch.setattr(os, "rename", real)
        os.makedirs(target)
        (Path(target) / "theirs").touch()
        real(source, target)

    monkeypatch.setattr(os, "rename", late)
    with pytest.raises(UserError, match="exists already"):
        put()
    assert [item.name for item in (shelf / "toy-one").iterdir()] == ["theirs"]
    assert [item.name for item in shelf.iterdir()] == ["toy-one"]


@pytest.mark.parametrize("file", ["model.safetensors", "card.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_any_damage_is_one_line_that_names_the_artefact(shelf, file, damage):
    put()
    path = shelf / "toy-one" / file
    data = bytearray(path.read_bytes())
    if damage == "flip":
        place = data.index(b'"seed": 0') + 8 if file == "card.json" else len(data) - 3
        data[place] ^= 1
    path.write_bytes(data[: len(data) // 2] if damage == "truncate" else data)
    if damage == "remove":
        path.unlink()
    with pytest.raises(UserError, match="toy-one") as caught:
        load("toy-one")
    assert "\n" not in str(caught.value)
    assert len(verify()) == 1 and "toy-one" in verify()[0]


def test_weights_that_do_not_fit_are_refused(shelf):
    publish(toy_card(), {"linear.weight": torch.zeros(4, 3)}, {})
    with pytest.raises(UserError, match="(?s)toy-one.*do not fit.*linear.bias.*; train or pull it again"):
        load("toy-one")


def test_settings_of_another_version_are_refused():
    publish(replace(toy_card(), settings={"sizes": [3, 4], "depth": 9}), Toy(Shape()), {})
    with pytest.raises(UserError, match="(?s)toy-one.*depth.*; use the version that published it.*or train it again"):
        load("toy-one")


def test_a_retrained_parent_is_named(shelf):
    first = put("auto")
    put("child", parents={"autoencoder": first.reference})
    assert load("child").card.parents == {"autoencoder": first.reference}
    for item in (shelf / "auto").iterdir():
        item.unlink()
    (shelf / "auto").rmdir()
    with pytest.raises(UserError, match=f"child.*autoencoder {first.reference}.*not found"):
        load("child")
    second = put("auto", seed=1)
    with pytest.raises(UserError, match=f"child.*{first.reference}.*{second.reference}.*retrained"):
        load("child")
    assert len(verify()) == 1


def test_damaged_grandparents_are_found(shelf):
    one = put("one")
    two = put("two", parents={"autoencoder": one.reference})
    put("three", parents={"denoiser": two.reference})
    save_file({"w": torch.zeros(1)}, shelf / "one" / "model.safetensors")
    with pytest.raises(UserError, match="artefact one"):
        load("three")
    assert graph()[two.reference] == {"autoencoder": one.reference}


def test_a_missing_or_retrained_ancestor_is_told_by_the_cards_alone(shelf):
    one = put("one")
    two = put("two", parents={"autoencoder": one.reference})
    three = put("three", parents={"denoiser": two.reference})
    for weights in shelf.glob("*/model.safetensors"):
        weights.unlink()
    assert [missing_ancestor(card) for card in (one, two, three)] == ["", "", ""]
    shutil.rmtree(shelf / "one")
    again = put("one", seed=1)
    for card in (two, three):
        lost = missing_ancestor(card)
        assert f"two: was trained on autoencoder {one.reference}" in lost and again.reference in lost
    assert missing_ancestor(again) == ""


def test_publishing_on_a_missing_parent_is_refused(shelf):
    with pytest.raises(UserError, match="autoencoder gone@123"):
        put(parents={"autoencoder": "gone@123"})


def test_expectations_are_checked():
    mine, other = put("mine"), put("other", seed=5)
    put("child", parents={"autoencoder": mine.reference})
    assert load("child", expect={"autoencoder": "mine", "model": ("toy", "else")}).card.name == "child"
    with pytest.raises(UserError, match=f"child.*{mine.reference}.*{other.reference}"):
        load("child", expect={"autoencoder": "other"})
    with pytest.raises(UserError, match="child.*model is toy.*pose_fsq"):
        load("child", expect={"model": "pose_fsq"})


def test_the_package_shelf_comes_second_but_its_hashes_still_resolve(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("SIGN_LATENT_HOME", str(tmp_path / "embedded"))
    shipped = put("auto")
    put("child", parents={"autoencoder": shipped.reference})
    monkeypatch.setenv("SIGN_LATENT_HOME", str(shelf))
    own = put("auto", seed=7)
    assert load("auto").card.hash == own.hash
    assert load(shipped.reference).card.hash == shipped.hash
    assert load("child").card.parents["autoencoder"] == shipped.reference


def test_unknown_names_list_the_known_ones():
    put()
    with pytest.raises(UserError, match="toy-two.*toy-one"):
        load("toy-two")
    publish(replace(toy_card("strange"), model="no_such"), {"w": torch.zeros(1)}, {})
    with pytest.raises(UserError, match="no_such"):
        load("strange")


def test_the_card_survives_json_and_its_hash_covers_every_field():
    spec = LatentSpec("pose", "smplx", ("rotations", "points"), 25.0, 4, 7, 16, dead=(3, 4))
    card = toy_card(spec=spec)
    again = Card.from_json(card.to_json())
    assert again == card and again.latent == spec and again.hash == card.hash
    for name in json.loads(card.to_json()):
        if name != "hash":
            assert replace(card, **{name: "changed"}).hash != card.hash


def test_every_key_of_the_model_table_leads_to_a_class_with_settings():
    for key in set(models.MODELS) - {"toy"}:
        settings = models.model_class(key).Settings
        assert is_dataclass(settings), key

"""The net of FVD: its sizes as published, edges as TensorFlow has them, and whose weights it takes."""

import pytest
import torch
from torch import nn

from sign_latent.evaluator.i3d import I3D, Pool, same

# Szegedy et al. 2015, table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj; I3D has 3×3×3 where that has 5×5.
INCEPTION = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}


def published() -> dict[str, tuple[int, ...]]:
    """Name -> shape of everything in `rgb_imagenet.pt`, which is older than PyTorch's counters of batches."""
    convolutions = {"Conv3d_1a_7x7": (64, 3, 7), "Conv3d_2b_1x1": (64, 64, 1), "Conv3d_2c_3x3": (192, 64, 3)}
    given = 192
    for block, (b0, b1a, b1b, b2a, b2b, b3b) in INCEPTION.items():
        convolutions |= {f"{block}.b0": (b0, given, 1), f"{block}.b3b": (b3b, given, 1)}
        convolutions |= {f"{block}.b1a": (b1a, given, 1), f"{block}.b1b": (b1b, b1a, 3)}
        convolutions |= {f"{block}.b2a": (b2a, given, 1), f"{block}.b2b": (b2b, b2a, 3)}
        given = b0 + b1b + b2b + b3b
    found = {"logits.conv3d.weight": (400, 1024, 1, 1, 1), "logits.conv3d.bias": (400,)}
    for name, (width, before, kernel) in convolutions.items():
        found[f"{name}.conv3d.weight"] = (width, before, kernel, kernel, kernel)
        found |= {f"{name}.bn.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")}
    return found


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    state = I3D().state_dict()
    return {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}


def test_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        model = I3D()
    assert sum(p.numel() for p in model.parameters()) == 12_697_264
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm3d)]
    assert len(norms) == 57 and {m.eps for m in norms} == {1e-3}


def test_names_and_shapes_are_those_of_the_published_weights(weights):
    assert {name: tuple(value.shape) for name, value in weights.items()} == published()
    assert len(weights) == 57 * 5 + 2


@pytest.mark.parametrize(
    ("places", "kernel", "stride", "before", "behind"),
    [
        (5, 3, 2, 1, 1),
        (4, 3, 2, 0, 1),
        (16, 7, 2, 2, 3),
        (7, 2, 2, 0, 1),
        (8, 2, 2, 0, 0),
        (9, 1, 2, 0, 0),
        (6, 3, 1, 1, 1),
    ],
)
def test_edges_are_tensorflow_s(places, kernel, stride, before, behind):
    """(⌈n / s⌉ - 1) · s + k - n of them, the odd one behind; worked out by hand."""
    row = torch.arange(1.0, places + 1).view(1, 1, places, 1, 1)
    wanted = [0.0] * before + list(range(1, places + 1)) + [0.0] * behind
    assert same(row, (kernel, 1, 1), (stride, 1, 1)).flatten().tolist() == wanted
    across = same(row.transpose(2, 4), (1, 1, kernel), (1, 1, stride))
    assert across.shape == (1, 1, 1, 1, len(wanted)) and across.flatten().tolist() == wanted


def test_edges_are_no_value_to_a_pool():
    row = torch.tensor([-4.0, -3.0, -2.0, -1.0]).view(1, 1, 1, 4, 1)
    assert Pool((1, 3, 1), (1, 2, 1))(row).flatten().tolist() == [-2.0, -1.0]


def test_sixteen_frames_are_seen_as_two_and_give_one_row_of_logits():
    """Traced without computing: 224 pixels and 16 frames are halved five and three times, and averaged away."""
    with torch.device("meta"):
        model, video = I3D().eval(), torch.empty(2, 3, 16, 224, 224)
    shapes = {}
    for name, layer in model.named_children():
        layer.register_forward_hook(lambda _, given, made, name=name: shapes.update({name: tuple(made.shape[1:])}))
    assert model(video).shape == (2, 400)
    assert shapes["Conv3d_1a_7x7"] == (64, 8, 112, 112) and shapes["Mixed_3c"] == (480, 8, 28, 28)
    assert shapes["Mixed_4f"] == (832, 4, 14, 14) and shapes["Mixed_5c"] == (1024, 2, 7, 7)
    assert shapes["logits"] == (400, 1, 1, 1)
    assert model(torch.empty(1, 3, 64, 224, 224, device="meta")).shape == (1, 400) and shapes["logits"][1] == 7


def test_it_takes_weights_with_and_without_counters(weights):
    for given in (weights, I3D().state_dict()):
        model = I3D.of(given)
        assert not model.training
        for name, value in given.items():
            assert torch.equal(model.state_dict()[name], value)


def test_what_is_not_its_weights_is_named(weights):
    name = "Mixed_4b.b2a.conv3d.weight"
    short, wide = dict(weights), weights | {"logits.conv3d.weight": torch.zeros(157, 1024, 1, 1, 1)}
    del short[name]
    broken = weights | {name: torch.full_like(weights[name], torch.nan)}
    for given, said in (
        (short, f"^lacks {name}$"),
        (wide, r"logits.conv3d.weight is \[157, 1024, 1, 1, 1\] instead of \[400, "),
        (broken, f"{name} holds NaN"),
        (weights | {"head.bias": torch.zeros(1)}, "^holds head.bias besides$"),
    ):
        with pytest.raises(ValueError, match=said):
            I3D.of(given)

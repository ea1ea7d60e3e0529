"""Laws of the recogniser: padding changes nothing, unknown glosses are refused, it can learn."""

import pytest
import torch

from sign_latent import registry
from sign_latent.errors import UserError
from sign_latent.evaluator.recogniser import Recogniser, Settings
from sign_latent.training import TrainSettings
from stages.recogniser import train

SMALL = dict(width=32, layers=1, heads=2, inner=32, dropout=0.0, glosses=["a", "b", "c"])


@pytest.mark.parametrize("shape", ["transformer", "convolution"])
def test_padding_changes_nothing(shape, motion):
    torch.manual_seed(0)
    model = Recogniser(Settings(**SMALL, shape=shape)).eval()
    points, mask = motion
    logits = model(points, mask)
    for row, length in enumerate(mask.sum(1).tolist()):
        alone = model(points[row : row + 1, :length], mask[row : row + 1, :length])
        torch.testing.assert_close(alone[0], logits[row], atol=1e-5, rtol=1e-4)


def test_it_learns(motion):
    torch.manual_seed(0)
    model = Recogniser(Settings(**SMALL))
    points, mask = motion
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(30):
        loss = model.losses(*model.features.local(points), mask, model.labels(["c", "a", "b"]))["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert model.eval()(points, mask).argmax(-1).tolist() == [2, 0, 1]


def test_an_unknown_gloss_is_refused():
    with pytest.raises(UserError, match="'z'"):
        Recogniser(Settings(**SMALL)).labels(["a", "z"])


def test_a_training_begins_with_a_published_recogniser(few_clips, sign_latent_home, tmp_path):
    """One that learns nothing ends as it began, on clips of another split."""
    how = {"steps": 2, "batch_size": 4, "logger": "none", "accelerator": "cpu", "runs": str(tmp_path / "runs")}
    sizes = Settings(width=16, layers=1, heads=2, inner=16)
    first = train("first", str(few_clips), model=sizes, train=TrainSettings(**how))
    still = TrainSettings(**how, learning_rate=0.0)
    tuned = train("tuned", str(few_clips), "dev", model=sizes, train=still, init_from="first")
    assert tuned.parents == {"initial": first.reference}
    before, after = (registry.load(name).model.state_dict() for name in ("first", "tuned"))
    assert all(torch.equal(before[name], after[name]) for name in before)
    with pytest.raises(UserError, match="init_from first: has parts body left_hand right_hand, where body is asked"):
        train("other", str(few_clips), model=Settings(parts=("body",)), train=still, init_from="first")

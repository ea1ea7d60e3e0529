"""Nets that a user gives: they see what they were trained to see; whatever is no such net is one line."""

import warnings
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from eval.distribution import frechet
from eval.video import plugged
from eval.video.report import _named
from sign_latent.errors import UserError
from sign_latent.evaluator.i3d import I3D
from sign_latent.files import file_hash

SIZES = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
SIZES |= {"image_size": 32, "patch_size": 16}


def _saved(folder, model):
    model.save_pretrained(folder)
    return folder, model.eval()


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    model = CLIPVisionModelWithProjection(CLIPVisionConfig(**SIZES, projection_dim=6))
    return _saved(tmp_path_factory.mktemp("clip"), model)


def test_clip_sees_pictures_as_it_was_trained_to(clip_folder):
    folder, model = clip_folder
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    net = plugged.clip(folder)
    found = net.embed(pictures, batch_size=2)
    frames = torch.tensor(pictures).permute(0, 3, 1, 2) / 255
    mean, std = torch.tensor([0.4815, 0.4578, 0.4082]), torch.tensor([0.2686, 0.2613, 0.2758])
    with torch.no_grad():
        wanted = model(pixel_values=(frames - mean[:, None, None]) / std[:, None, None]).image_embeds
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    assert net.name.startswith("clip@") and len(net.name) == 17


def test_what_is_no_clip_is_one_line(tmp_path, clip_folder):
    with pytest.raises(UserError, match="no model.safetensors"):
        plugged.clip(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is no CLIP"):
        plugged.clip(tmp_path)


@pytest.fixture(scope="module")
def video_folder(tmp_path_factory):
    from transformers import VideoMAEConfig, VideoMAEModel

    torch.manual_seed(0)
    model = VideoMAEModel(VideoMAEConfig(**SIZES, num_frames=4, tubelet_size=2))
    return _saved(tmp_path_factory.mktemp("videomae"), model)


def test_videomae_sees_windows_of_frames_in_their_order(video_folder):
    folder, model = video_folder
    video = np.random.default_rng(0).integers(0, 256, (13, 32, 32, 3), dtype=np.uint8)
    net = plugged.video_mae(folder)
    found = net.features(video)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    frames = (torch.tensor(video).permute(0, 3, 1, 2) / 255 - mean[:, None, None]) / std[:, None, None]
    with torch.no_grad():
        wanted = [model(pixel_values=frames[None, at : at + 4]).last_hidden_state.mean(1)[0] for at in (0, 8)]
    np.testing.assert_allclose(found, torch.stack(wanted), atol=1e-4)
    assert not np.allclose(net.features(video[::-1][1:5]), found[1:], atol=1e-3)
    assert net.features(video[:3]).shape == (0, 16) and net.name.startswith("videomae@")


def test_distances_over_windows_are_told_from_those_over_pictures():
    assert [_named("fid_limit", net) for net in ("", "CLIP", "VideoMAE", "I3D")] == [
        "fvd_limit",
        "fid_limit/CLIP",
        "fvd_limit/VideoMAE",
        "fvd_limit/I3D",
    ]


def test_nets_compute_where_they_are_told(clip_folder, video_folder, other_device):
    """The pictures go there, and what is found comes back."""
    video = np.random.default_rng(0).integers(0, 256, (13, 32, 32, 3), dtype=np.uint8)
    for kind, (folder, _) in ((plugged.clip, clip_folder), (plugged.video_mae, video_folder)):
        moved = kind(folder, torch.device("meta"))
        np.testing.assert_allclose(moved.features(video), kind(folder).features(video), atol=1e-6)


@pytest.fixture(scope="module")
def awake() -> I3D:
    """An I3D that nobody trained, of which what it sees reaches the logits."""
    torch.manual_seed(0)
    model = I3D().eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv3d):
            torch.nn.init.kaiming_normal_(layer.weight)
    return model


@pytest.fixture(scope="module")
def i3d_file(awake, tmp_path_factory):
    """Written as the published file was: by an older PyTorch, without counters of batches."""
    path = tmp_path_factory.mktemp("i3d") / "rgb_imagenet.pt"
    state = {name: value for name, value in awake.state_dict().items() if not name.endswith("num_batches_tracked")}
    torch.save(OrderedDict(state), path, _use_new_zipfile_serialization=False)
    return path


def test_i3d_sees_windows_as_fvd_shows_them(awake, i3d_file):
    """Pictures of 2 × 2 pixels brought to 224: bilinearly between their middles, values from -1 to 1."""
    video = np.random.default_rng(0).integers(0, 256, (17, 2, 2, 3), dtype=np.uint8)
    net = plugged.i3d(i3d_file)
    found = net.features(video)
    share = np.clip((np.arange(224) + 0.5) / 112 - 0.5, 0, 1)
    rows = (
        video[:16, 0] * (1 - share)[:, None, None, None] + video[:16, 1] * share[:, None, None, None]
    )  # [224, T, 2, 3]
    sized = (
        rows[:, :, 0] * (1 - share)[:, None, None, None] + rows[:, :, 1] * share[:, None, None, None]
    )  # [W, H, T, 3]
    given = torch.tensor(2 * sized / 255 - 1).float().permute(3, 2, 1, 0)[None]
    with torch.no_grad():
        wanted = awake(given)
    np.testing.assert_allclose(found, wanted, atol=1e-3 * float(wanted.std()))
    assert found.shape == (1, 400) and net.name == f"i3d@{file_hash(i3d_file)[:12]}"
    assert net.features(video[:15]).shape == (0, 400)


def test_i3d_is_read_from_safetensors_too(awake, tmp_path):
    save_file(awake.state_dict(), tmp_path / "i3d.safetensors")
    assert plugged.i3d(tmp_path / "i3d.safetensors").name.startswith("i3d@")


@pytest.mark.filterwarnings("error")
def test_what_is_no_i3d_is_one_line(tmp_path, awake, i3d_file):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    state = awake.state_dict()
    short = {name: value for name, value in state.items() if name != "logits.conv3d.bias"}
    files = {
        "damaged.pt": lambda path: path.write_bytes(i3d_file.read_bytes()[:5000]),
        "empty.pt": lambda path: path.write_bytes(b""),
        "trap.pt": lambda path: torch.save({"weights": Trap()}, path),
        "script.pt": lambda path: torch.jit.script(torch.nn.Linear(2, 2)).save(path),
        "nested.pt": lambda path: torch.save({"epoch": 3, "state_dict": {}}, path),
        "short.pt": lambda path: torch.save(short, path),
        "wide.pt": lambda path: torch.save(state | {"logits.conv3d.bias": torch.zeros(157)}, path),
        "nothing.safetensors": lambda path: path.write_bytes(b"nothing"),
    }
    for name, write in files.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            write(tmp_path / name)
        with pytest.raises(UserError, match=f"{name}: holds no I3D of Kinetics-400 .*; give rgb_imagenet.pt") as told:
            plugged.i3d(tmp_path / name)
        assert "\n" not in str(told.value) and len(str(told.value)) < 400
    with pytest.raises(UserError, match="missing.pt: no such file; give rgb_imagenet.pt"):
        plugged.i3d(tmp_path / "missing.pt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.slow
def test_fvd_is_nought_of_a_set_with_itself_and_grows_with_what_is_done_to_it(i3d_file):
    """Over weights that nobody trained: of moving squares, the same in another order, and spoiled more and more."""
    net, chance = plugged.i3d(i3d_file), np.random.default_rng(0)

    def moving(at: int) -> np.ndarray:
        video = np.full((16, 32, 32, 3), 40 + 10 * at, np.uint8)
        for frame in range(16):
            video[frame, 8:16, frame : frame + 8] = 200 - 8 * at
        return video

    def spoiled(video: np.ndarray, much: float) -> np.ndarray:
        return np.clip(video + much * chance.normal(size=video.shape), 0, 255).astype(np.uint8)

    real = [moving(at) for at in range(6)]
    truth = np.concatenate([net.features(video) for video in real])
    assert frechet(truth[::-1], truth) == pytest.approx(0, abs=1e-6 * float(truth.var(0).sum()))
    near, far = (np.concatenate([net.features(spoiled(video, much)) for video in real]) for much in (10, 60))
    assert 0 < 3 * frechet(near, truth) < frechet(far, truth)


@pytest.mark.slow
def test_i3d_computes_where_it_is_told(i3d_file, other_device):
    video = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), dtype=np.uint8)
    here, there = (plugged.i3d(i3d_file, torch.device(place)).features(video) for place in ("cpu", "meta"))
    np.testing.assert_allclose(there, here, atol=1e-3 * here.std())


def test_weights_of_another_model_are_not_filled_up_by_chance(clip_folder, video_folder, tmp_path):
    for kind, name, (folder, _) in ((plugged.video_mae, "VideoMAE", clip_folder), (plugged.clip, "CLIP", video_folder)):
        with pytest.raises(UserError, match=f"is no {name}"):
            kind(folder)


def test_what_is_no_videomae_is_one_line(tmp_path):
    with pytest.raises(UserError, match="no model.safetensors; give a folder of VideoMAE"):
        plugged.video_mae(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is no VideoMAE"):
        plugged.video_mae(tmp_path)


def test_inception_needs_its_package_or_its_weights(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"nothing")
    with pytest.raises(UserError, match="torch-fidelity|no Inception weights"):
        plugged.inception(tmp_path / "weights.pth")


@pytest.fixture
def fidelity():
    name = "torch_fidelity.feature_extractor_inceptionv3"
    return pytest.importorskip(name, reason="torch-fidelity is not installed", exc_type=ImportError)


def test_inception_sees_pictures_of_its_own_weights(tmp_path, monkeypatch, fidelity):
    torch.manual_seed(0)
    path, made = tmp_path / "weights.pth", fidelity.FeatureExtractorInceptionV3
    with monkeypatch.context() as patch:  # its initial weights, which the package would replace by downloaded ones
        patch.setattr(made, "load_state_dict", lambda self, state: None)
        patch.setattr(fidelity, "load_state_dict_from_url", lambda *_, **__: {})
        model = made("inception", ["2048"])
    torch.save(model.state_dict(), path)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    found = plugged.inception(path).embed(pictures)
    np.testing.assert_allclose(found, model(torch.tensor(pictures).permute(0, 3, 1, 2))[0], atol=1e-5)
    assert found.shape == (2, 2048)


def test_weights_that_would_run_something_do_not(tmp_path, fidelity):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    torch.save({"weights": Trap()}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="no Inception weights"):
        plugged.inception(tmp_path / "weights.pth")
    assert not (tmp_path / "sprung").exists()

"""Nets that a user gives: CLIP from a local folder; whatever is no such net is one line."""

import numpy as np
import pytest
import torch

from eval.video import plugged
from eval.video.report import _named
from sign_latent.errors import UserError

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
    assert [_named("fid_limit", net) for net in ("", "CLIP", "VideoMAE")] == [
        "fvd_limit",
        "fid_limit/CLIP",
        "fvd_limit/VideoMAE",
    ]


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

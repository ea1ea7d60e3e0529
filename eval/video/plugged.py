"""Nets that the user gives for FID, CLIP-FID and FVD; nothing is fetched, and no file is run or unpickled."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from eval.video.space import STEP
from sign_latent.errors import UserError, brief
from sign_latent.evaluator.i3d import CLASSES, I3D, SIDE
from sign_latent.evaluator.video_features import windows
from sign_latent.files import file_hash

# Of the pictures that CLIP was trained on (Radford et al. 2021, published code).
_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
# Of ImageNet, as VideoMAE was trained (Tong et al. 2022, published code).
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_I3D_WEIGHTS = "rgb_imagenet.pt of pytorch-i3d, or its tensors as .safetensors"
I3D_FRAMES = 16
"""Frames of a window, as most published FVDs have them."""
CPU = torch.device("cpu")
EVERY = 4
"""Of so many frames one is shown to a net of single pictures."""
VIDEO_NETS = ("VideoMAE", "I3D")
"""Names of nets that see windows of frames."""


@dataclass
class FrameNet:
    """A net of single pictures."""

    name: str
    """With the hash of its weights."""
    run: Callable[[Tensor], Tensor]
    """Pictures uint8 [B, 3, H, W] on its device -> features [B, W]."""
    device: torch.device = CPU

    @torch.no_grad()
    def embed(self, pictures: np.ndarray, batch_size: int = 16) -> np.ndarray:
        """Features [n, W] of pictures uint8 [n, H, W, 3]."""
        parts = torch.tensor(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).split(batch_size)
        return torch.cat([self.run(some.to(self.device)).cpu() for some in parts]).numpy()

    def features(self, video: np.ndarray) -> np.ndarray:
        """Features [n, W] of every `EVERY`-th frame of a video uint8 [T, H, W, 3]."""
        return self.embed(video[::EVERY])


@dataclass
class WindowNet:
    """A net of windows of frames."""

    name: str
    """With the hash of its weights."""
    frames: int
    width: int
    run: Callable[[Tensor], Tensor]
    """A window uint8 [T, 3, H, W] on its device -> features [width]."""
    device: torch.device = CPU

    @torch.no_grad()
    def features(self, video: np.ndarray) -> np.ndarray:
        """Features [n, W] of the windows of a video uint8 [T, H, W, 3], one every `STEP` frames; none of a shorter."""
        video = np.ascontiguousarray(video)
        seen = (torch.tensor(some).permute(0, 3, 1, 2) for some in windows(video, self.frames, STEP))
        found = [self.run(some.to(self.device)).cpu().numpy() for some in seen]
        return np.stack(found) if found else np.zeros((0, self.width), np.float32)


def _from_folder(kind: Any, folder: str | Path, named: str) -> tuple[Any, str]:
    """A model of transformers from a local folder, and the hash of its weights. UserError where it is none."""
    weights = Path(folder) / "model.safetensors"
    if not weights.is_file():
        raise UserError(f"{folder}: holds no model.safetensors; give a folder of {named} in Hugging Face's form")
    try:
        model, told = kind.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        if told["missing_keys"]:  # else they would be drawn by chance
            raise ValueError(f"lacks {min(told['missing_keys'])}")
    except Exception as error:  # transformers, safetensors and torch raise kinds of their own for damaged files
        raise UserError(f"{folder}: is no {named} ({brief(error)}); give a folder in Hugging Face's form") from None
    return model.eval(), file_hash(weights)[:12]


def video_mae(folder: str | Path, device: torch.device = CPU) -> WindowNet:
    """VideoMAE (Tong et al. 2022) from a local folder as Hugging Face publishes them: means of what its last layer
    makes of a window. UserError where it is none.
    """
    from transformers import VideoMAEModel

    model, digest = _from_folder(VideoMAEModel, folder, "VideoMAE")
    model.to(device)
    mean, std = (torch.tensor(values).view(3, 1, 1).to(device) for values in (_MEAN, _STD))
    side = model.config.image_size

    def run(window: Tensor) -> Tensor:
        sized = F.interpolate(window.float() / 255, (side, side), mode="bilinear", antialias=True)
        return model(pixel_values=((sized - mean) / std)[None]).last_hidden_state[0].mean(0)

    return WindowNet(f"videomae@{digest}", model.config.num_frames, model.config.hidden_size, run, device)


def i3d(path: str | Path, device: torch.device = CPU) -> WindowNet:
    """The net of FVD (Unterthiner et al. 2018): the logits of I3D, from its published PyTorch weights in a file.

    As in FVD, pictures are brought to 224 × 224 bilinearly and to -1 to 1; edges are not smoothed before, which
    published implementations leave out too. UserError where the file holds other weights.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; give {_I3D_WEIGHTS}")
    try:
        model = I3D.of(_weights(path)).to(device)
    except Exception as error:  # torch and safetensors raise kinds of their own for damaged files
        raise UserError(f"{path}: holds no I3D of Kinetics-400 ({brief(error)}); give {_I3D_WEIGHTS}") from None

    def run(window: Tensor) -> Tensor:
        sized = F.interpolate(window.float(), (SIDE, SIDE), mode="bilinear")
        return model((sized / 127.5 - 1).transpose(0, 1)[None])[0]

    return WindowNet(f"i3d@{file_hash(path)[:12]}", I3D_FRAMES, CLASSES, run, device)


def _weights(path: Path) -> dict[str, Tensor]:
    """Tensors by name, of safetensors or `torch.save`; nothing else is read. ValueError for other content."""
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "looks like a TorchScript archive", which is then refused
        found = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ValueError("is no table of tensors by name")
    return found


def clip(folder: str | Path, device: torch.device = CPU) -> FrameNet:
    """CLIP's picture encoder from a local folder as Hugging Face publishes them. UserError where it is none."""
    from transformers import CLIPVisionModelWithProjection

    model, digest = _from_folder(CLIPVisionModelWithProjection, folder, "CLIP")
    model.to(device)
    mean, std = (torch.tensor(values).view(3, 1, 1).to(device) for values in (_CLIP_MEAN, _CLIP_STD))
    side = model.config.image_size

    def run(pictures: Tensor) -> Tensor:
        sized = F.interpolate(pictures.float() / 255, (side, side), mode="bicubic", antialias=True).clamp(0, 1)
        return model(pixel_values=(sized - mean) / std).image_embeds

    return FrameNet(f"clip@{digest}", run, device)


def inception(path: str | Path, device: torch.device = CPU) -> FrameNet:
    """The Inception network of FID from the weights file of torch-fidelity (`pt_inception-2015-12-05`).

    UserError where torch-fidelity is not installed or the file holds other weights.
    """
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError:
        raise UserError("FID by Inception needs torch-fidelity; pip install torch-fidelity, or leave it out") from None
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file; give the weights of torch-fidelity's Inception")
    try:
        # torch-fidelity unpickles what it is handed: it gets a copy of what was read here without unpickling objects
        with tempfile.NamedTemporaryFile(suffix=".pth") as copy:
            torch.save(torch.load(path, map_location="cpu", weights_only=True), copy.name)
            model = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=copy.name)
    except Exception as error:  # torch raises some five kinds for files that are not its own
        raise UserError(f"{path}: holds no Inception weights ({brief(error)}); give torch-fidelity's") from None
    model.to(device)
    return FrameNet(f"inception@{file_hash(Path(path))[:12]}", lambda pictures: model(pictures)[0], device)

"""Exported graphs sign as the model does."""

import importlib.util
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.cli import main
from sign_latent.diffusion.samplers import seeded_noise
from sign_latent.errors import UserError
from sign_latent.export.run_onnx import Signer
from sign_latent.export.write import export_onnx, export_torch, load_torch
from sign_latent.generation.api import load
from sign_latent.training import step_seed

TEXTS = ["rain is here", "anna", "is rain here or is it not"]
NEEDED = ("onnx", "onnxruntime", "onnxscript")
needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in NEEDED), reason=f"{', '.join(NEEDED)} are not all installed"
)


def agree(generator, signer, frames, sampler, steps=4, texts=TEXTS):
    """Largest distance of a point, in shoulder widths, of clips of the texts from the same noise."""
    text = generator.encoder.encode([generator.vocabulary.separate(t) for t in texts])
    wanted = generator.generate(texts, frames=frames, steps=steps, sampler=sampler)
    spec = generator.autoencoder.spec
    shapes = [(-(-len(pose) // spec.stride), spec.slots, spec.width) for pose in wanted]
    noise = seeded_noise(shapes, [step_seed(0, row) for row in range(len(texts))])
    padded = torch.nn.utils.rnn.pad_sequence(noise, batch_first=True).numpy()
    features = (text.sentence.numpy(), text.tokens.numpy(), text.mask.numpy())
    clips = signer.features(*features, frames=frames, noise=padded)
    assert [len(clip.points) for clip in clips] == [len(pose) for pose in wanted]
    for clip, pose in zip(clips, wanted, strict=True):
        assert clip.fps == pose.fps and np.array_equal(clip.confidence, pose.confidence)
        assert (clip.rotations is None) == (pose.rotations is None)
        if pose.rotations is not None:
            turned = np.abs(np.sin(clip.rotations) - np.sin(pose.rotations))  # π one way is π the other
            assert np.quantile(turned, 0.999) < 1e-3 and np.abs(clip.expression - pose.expression).max() < 1e-3
    return max(np.abs(clip.points - pose.points).max() for clip, pose in zip(clips, wanted, strict=True))


@needs_onnx
def test_onnx_signs_as_the_model_does_at_any_batch_and_length(generator, tmp_path):
    folder = export_onnx(generator, tmp_path / "out", encoder=False, steps=4, sampler="dpm_solver")
    signer = Signer.of_folder(folder, threads=1)
    assert agree(generator, signer, [20, 31, 9], "dpm_solver") < 1e-3
    assert agree(generator, signer, None, "dpm_solver") < 1e-3
    assert agree(generator, signer, [3], "dpm_solver", texts=TEXTS[:1]) < 1e-3
    with pytest.raises(ValueError, match="no text encoder"):
        signer.texts(TEXTS)
    with pytest.raises(UserError, match="out"):
        export_onnx(generator, folder, encoder=False)


def test_a_torch_program_signs_as_the_model_does(generator, tmp_path):
    file = export_torch(generator, tmp_path / "out.zip", encoder=False)
    signer = load_torch(file)
    assert agree(generator, signer, [20, 31, 9], "ddim") < 1e-3
    assert agree(generator, signer, [3], "ddim", texts=TEXTS[:1]) < 1e-3


def test_the_runner_does_not_import_torch():
    source = "import sign_latent.export.run_onnx, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_cannot_be_exported_is_named(generator, tmp_path):
    with pytest.raises(UserError, match="heun"):
        export_torch(generator, tmp_path / "x", sampler="heun")
    other = replace(generator, card=replace(generator.card, model="unet_denoiser"))
    with pytest.raises(UserError, match="toy is a unet_denoiser"):
        export_torch(other, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_lacks(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["export", "embedded-sald"])
    assert stopped.value.code == 2 and "--onnx FOLDER" in capsys.readouterr().err


@needs_onnx
@pytest.mark.slow
def test_the_embedded_model_with_its_text_encoder(tmp_path):
    model = load()
    signer = Signer.of_folder(export_onnx(model, tmp_path / "out", steps=8, sampler="ddim"), threads=1)
    assert agree(model, signer, [40, 52, 30], "ddim", 8) < 1e-3
    lengths = [len(pose) for pose in model.generate(TEXTS, steps=1)]
    clips = signer.texts(TEXTS)
    assert [len(clip.points) for clip in clips] == lengths
    clips[0].save(tmp_path / "x.npz")
    assert np.array_equal(type(model.generate("rain", steps=1)).load(tmp_path / "x.npz").points, clips[0].points)

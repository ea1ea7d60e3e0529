"""Laws of the numpy side of an export."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sign_latent.denoiser.text import LengthHead
from sign_latent.errors import UserError
from sign_latent.export.run_onnx import Signer, axis_angles, median
from sign_latent.generation.inputs import tell_of_texts
from sign_latent.pose.kinematics import axis_angle_to_matrix
from sign_latent.registry import Card


def test_axis_angles_turn_as_the_matrices_do():
    chance = np.random.default_rng(0)
    axes = chance.normal(size=(200, 3))
    angles = np.concatenate([np.linspace(0, np.pi, 190), np.pi - 10.0 ** -np.arange(10)])
    vectors = axes / np.linalg.norm(axes, axis=-1, keepdims=True) * angles[:, None]
    matrices = axis_angle_to_matrix(torch.from_numpy(vectors))
    found = axis_angles(matrices.numpy())
    assert (axis_angle_to_matrix(torch.from_numpy(found).double()) - matrices).abs().max() < 1e-6
    assert np.abs(found[:150] - vectors[:150]).max() < 1e-6


def test_the_median_is_that_of_the_length_head():
    logits = torch.randn(50, 30, generator=torch.Generator().manual_seed(0)) * 3
    assert np.array_equal(median(logits.numpy()), LengthHead.choose(logits).numpy())


class Reader(Signer):
    """Reads texts, each as one token, and signs nothing."""

    def features(self, *read, **how):
        return []


def reader():
    about = {"vocabulary": ["rain"], "spelling": True, "provenance": json.dumps({"generated_by": "toy@1"})}
    about |= {"longest_learnt": 5}
    tokens = SimpleNamespace(encode_batch=lambda texts: [SimpleNamespace(ids=[1], offsets=[(0, 1)])] * len(texts))
    return Reader(
        {"encoder": lambda x: {"tokens": np.zeros((*x["ids"].shape, 4)), "sentence": x["ids"]}}, about, tokens
    )


def test_what_is_left_out_of_a_text_is_warned_of_as_by_the_model_itself(recwarn):
    texts, said = ["rain 😀", "анна", "rain rain anna"], []
    learnt = {"vocabulary": ["rain"], "text_encoder": {"longest": {"text": 5}}}
    tell_of_texts(Card(name="toy", model="sald_denoiser", settings={}, **learnt), texts, said.append)
    reader().texts(texts)
    assert len(said) == 3 and [str(one.message) for one in recwarn] == [f"model toy@1: {doubt}" for doubt in said]
    reader().texts(["rain anna"])
    assert len(recwarn) == 3


def test_a_text_without_words_is_refused_as_by_the_model_itself():
    for text, said in (("😀 !", "'😀 !' has no words"), (" ", "text is empty")):
        with pytest.raises(UserError, match=said):
            reader().texts(["rain", text])


def test_texts_are_read_where_there_is_no_torch():
    source = (
        "import sys; sys.modules['torch'] = None; import sign_latent.export.run_onnx as runner; "
        "signer = runner.Signer({}, {'vocabulary': ['rain'], 'provenance': '{\"generated_by\": \"toy@1\"}'}, 1); "
        "signer.texts(['rain 😀'])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert "UserWarning: model toy@1: leaves out characters that it has no use for: 😀" in done.stderr
    assert "'int' object has no attribute 'encode_batch'" in done.stderr  # what follows needs the tokenizer

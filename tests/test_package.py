"""The front door: what `import sign_latent` gives, and what it does not bring along."""

import subprocess
import sys

import numpy as np
import pytest

import sign_latent


def test_the_import_brings_no_heavy_library():
    heavy = ("torch", "numpy", "lightning", "transformers", "datasets")
    source = f"import sign_latent, sys; assert dir(sign_latent); print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sign_latent.__all__)
def test_every_public_name_is_there_and_listed(name):
    assert getattr(sign_latent, name) is not None and name in dir(sign_latent)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        sign_latent.nothing  # noqa: B018


def test_four_lines_sign_a_text(tmp_path):
    model = sign_latent.load("embedded-sald")
    pose = model.generate("it will rain", steps=2)
    pose.save(tmp_path / "x.pose")
    assert len(sign_latent.Pose.load(tmp_path / "x.pose")) == len(pose)
    assert model.card.reference == sign_latent.load().card.reference
    (other,) = model.generate(["it will rain"], steps=2)
    assert np.array_equal(pose.points, other.points)

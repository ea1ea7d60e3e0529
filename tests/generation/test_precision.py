"""What bf16 keeps of the laws of generation, and what it does not promise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.device import pays_in_bf16
from sign_latent.errors import UserError
from sign_latent.generation.precision import halved
from sign_latent.generation.sampling import Sampling

TEXTS, HOW = ["rain", "anna is here"], {"frames": [20, 33], "seed": 3}


def points(generator, **options):
    return [pose.points for pose in generator.generate(TEXTS, **HOW, **options)]


@pytest.mark.usefixtures("bf16")
def test_the_same_seed_and_batch_give_the_same_bits_near_those_of_32(generator):
    first, second, exact = (points(generator, precision=name) for name in ("bf16", "bf16", "32"))
    for a, b, c in zip(first, second, exact, strict=True):
        assert np.array_equal(a, b) and 0 < np.abs(a - c).mean() < 0.05


def test_the_default_is_32_unless_the_settings_say_otherwise(generator, monkeypatch):
    exact, half = points(generator, precision="32"), points(generator, precision="bf16")
    assert all(map(np.array_equal, points(generator), exact))
    monkeypatch.setattr(generator.denoiser.settings.diffusion, "precision", "bf16")
    assert all(map(np.array_equal, points(generator), half))


def test_unknown_precisions_are_refused_by_every_family(generator, translation):
    for family, known in ((generator, "32 or bf16"), (translation, "32 or bf16 or int8")):
        with pytest.raises(UserError, match=f"precision fp8: unknown; give {known}"):
            family.generate(TEXTS, precision="fp8")
    with pytest.raises(UserError, match="precision int8: unknown"):
        generator.generate(TEXTS, precision="int8")


def test_a_translator_in_a_lower_precision_signs_the_same_lengths_and_its_copy_is_made_once(translation):
    for name in ("bf16", "int8"):
        made = points(translation, precision=name)
        assert [len(one) for one in made] == HOW["frames"]
        copy = translation._copies[name]
        assert all(map(np.array_equal, points(translation, precision=name), made))
        assert translation._copies[name] is copy is not translation.translator


def test_a_processor_without_units_signs_in_32(generator, monkeypatch):
    monkeypatch.setattr("sign_latent.generation.precision.pays_in_bf16", lambda device: False)
    generator = replace(generator)  # one that has no copy in bf16 yet
    assert all(map(np.array_equal, points(generator, precision="bf16"), points(generator, precision="32")))


def test_it_pays_on_cards_and_where_a_processor_has_units(monkeypatch):
    assert pays_in_bf16("cuda") and pays_in_bf16(torch.device("cuda", 1))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for has in ((), ("_is_amx_tile_supported",), ("_is_avx512_bf16_supported",)):
        for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"):
            monkeypatch.setattr(torch.cpu, name, lambda found=name in has: found, raising=False)
        assert pays_in_bf16("cpu") == bool(has)
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    assert not pays_in_bf16("cpu")  # a version of torch that does not tell


@pytest.mark.usefixtures("bf16")
def test_halving_converts_matrices_of_a_copy():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.LayerNorm(3))
    copy = halved(model)
    assert {n: p.dtype for n, p in copy.named_parameters() if p.dtype != torch.float32} == {"0.weight": torch.bfloat16}
    assert all(p.dtype == torch.float32 for p in model.parameters())


def test_a_model_that_never_saw_an_empty_text_takes_no_guidance(generator):
    alone = replace(generator.denoiser.settings.diffusion, drop_text=0.0, guidance=1.0)
    assert Sampling.of(alone).guidance == 1
    with pytest.raises(UserError, match="never saw an empty text"):
        Sampling.of(alone, guidance=2.0)

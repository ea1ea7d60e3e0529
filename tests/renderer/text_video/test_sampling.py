"""Training and sampling fit together, and what the public code of the paper does wrong is not done here."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from sign_latent.denoiser.loss import LatentBatch
from sign_latent.diffusion.samplers import SAMPLERS, sample_path
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.errors import UserError
from sign_latent.generation.audit import text_audit
from sign_latent.generation.sampling import Sampling, predictor
from sign_latent.progress import Progress
from sign_latent.registry import Card
from sign_latent.renderer.text_video import renderer as module
from sign_latent.renderer.text_video.loss import to_latent, to_pictures, video_batch, video_loss
from sign_latent.renderer.text_video.renderer import TextVideoRenderer
from sign_latent.renderer.text_video.transformer import VideoTransformer
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import ema_decay

SHAPE = (1, 2, 64, 3)


class Videos:
    """What a network of videos N(mean, spread²) would predict at best, with what it was asked."""

    def __init__(self, kind, mean=0.3, spread=0.2):
        self.settings = DiffusionSettings(prediction=kind, clamp=1.0, guidance=1.0)
        self.levels = signal_levels("cosine", 1000)
        self.mean, self.spread, self.seen, self.first = mean, spread, [], None

    def __call__(self, z, t, both):
        self.seen.append(int(t[0]))
        self.first = z if self.first is None else self.first
        a = self.levels[int(t[0])]
        share = self.spread**2 * a.sqrt() / (a * self.spread**2 + 1 - a)
        clean = self.mean + share * (z - a.sqrt() * self.mean)
        noise = (z - a.sqrt() * clean) / (1 - a).sqrt()
        kinds = {"epsilon": noise, "x0": clean, "v": a.sqrt() * noise - (1 - a).sqrt() * clean, "flow": noise - clean}
        return kinds[self.settings.prediction]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("kind", ["epsilon", "v", "x0"])
@pytest.mark.parametrize("steps", [50, 15, 8])
def test_sampling_starts_at_the_true_last_level_and_ends_in_the_data(sampler, kind, steps):
    """In pure noise at the step 999, not in pure noise that is called the step 875: the data's mean would be off."""
    videos, noise = Videos(kind), torch.randn(8, *SHAPE[1:], dtype=torch.float64)
    how = Sampling.of(videos.settings, sampler=sampler, steps=steps)
    frames = torch.ones(8, 2, dtype=torch.bool)
    made = how.run(videos, noise, frames, videos.settings, lambda step: torch.randn_like(noise))
    assert videos.seen[0] == 999 and videos.levels[999] < 1e-6 and torch.equal(videos.first, noise)
    assert made.mean().item() == pytest.approx(0.3, abs=0.02)
    if steps == 50:  # fewer end in the mean of what is still open
        assert made.std().item() == pytest.approx(0.2, rel=0.15)


def test_epsilon_is_derived_again_from_a_clipped_clean_video():
    levels = signal_levels("cosine", 1000)
    path = sample_path(lambda z, t: torch.full_like(z, -3.0), torch.randn(SHAPE), levels, "epsilon", 4, clamp=1.0)
    for place in path:
        assert place.clean.abs().max() <= 1
        torch.testing.assert_close(place.a * place.clean + place.b * place.noise, place.z, atol=1e-4, rtol=1e-4)


class Recorder(torch.nn.Module):
    """Says what it is asked, and predicts nothing."""

    def __init__(self, network, kind="epsilon", **more):
        super().__init__()
        self.settings = network(diffusion=DiffusionSettings(prediction=kind, **more)).settings

    def read(self, text):
        self.text = text
        return None

    def forward(self, z, t, frames, context):
        self.z, self.t = z, t
        return torch.zeros_like(z)


@pytest.mark.parametrize("kind", ["epsilon", "v"])
def test_the_noise_of_the_input_is_that_of_the_target_for_each_prediction(kind, network, texts, monkeypatch):
    """No offset in one that is not in the other, and v is not trained as if it were epsilon."""
    drawn = []
    monkeypatch.setattr(torch, "randn_like", lambda x: drawn.append(torch.randn(x.shape)) or drawn[-1])
    model, clean = Recorder(network, kind), torch.rand(4, 4, 64, 3) * 2 - 1
    batch = LatentBatch(clean, torch.zeros(()).expand(clean.shape), torch.ones(4, 4, dtype=torch.bool), texts(4))
    loss = video_loss(model, batch)["loss"]
    a = signal_levels("cosine", 1000).float()[model.t][:, None, None, None]
    torch.testing.assert_close(model.z, a.sqrt() * clean + (1 - a).sqrt() * drawn[0])
    target = {"epsilon": drawn[0], "v": a.sqrt() * drawn[0] - (1 - a).sqrt() * clean}[kind]
    torch.testing.assert_close(loss, target.square().mean())


def test_a_share_of_texts_is_dropped_in_training_and_guidance_asks_for_it(network, texts):
    model = Recorder(network, drop_text=0.25)
    clean = torch.zeros(400, 1, 64, 3)
    batch = LatentBatch(clean, clean, torch.ones(400, 1, dtype=torch.bool), texts(400))
    torch.manual_seed(0)
    video_loss(model, batch)
    assert (~model.text.mask.any(1)).float().mean().item() == pytest.approx(0.25, abs=0.06)
    with pytest.raises(UserError, match="never saw an empty text"):
        Sampling.of(DiffusionSettings(drop_text=0.0), guidance=5.0)


def test_the_random_ablation_reads_the_texts_of_other_clips(network, texts):
    model, text = Recorder(network, drop_text=0.0), texts(64)
    model.settings.text = "random"
    clean = torch.zeros(64, 1, 64, 3)
    video_loss(model, LatentBatch(clean, clean, torch.ones(64, 1, dtype=torch.bool), text))
    assert (model.text.sentence == text.sentence).all(1).float().mean() < 0.2
    assert torch.equal(model.text.sentence.sort(0).values, text.sentence.sort(0).values)


def test_the_average_is_not_mostly_the_initial_weights():
    """At the paper's decay 0.9999 without a warm-up 98 % would be left of them after 200 steps."""
    left = float(np.prod([ema_decay(n, 0.9999) for n in range(200)]))
    assert left < 1e-12


def test_pictures_and_latents_are_each_others_inverse():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 4, 3), dtype=np.uint8)
    latent = to_latent(pictures)
    assert latent.shape == (2, 3, 16, 3) and latent.min() >= -1 and latent.max() <= 1
    np.testing.assert_array_equal(to_pictures(latent, 4), pictures)
    assert to_pictures(torch.full((1, 1, 16, 3), 7.0), 4).max() == 255


class Encoder:
    """Features of a text by chance, the same ones for the same text."""

    def encode(self, found, languages=None):
        from sign_latent.text.encoder import TextFeatures

        seeds = [sum(map(ord, text)) for text in found]
        rows = [torch.randn(6, 6, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        tokens = torch.stack(rows)
        return TextFeatures(tokens[:, 5, :5], tokens[:, :5], torch.ones(len(found), 5, dtype=torch.bool))

    def pieces(self, found):
        """Letters in place of word pieces."""
        ids = torch.tensor([[ord(letter) % 9 for letter in text[:3]] for text in found])
        return ids, torch.ones(ids.shape, dtype=torch.bool)


@pytest.fixture
def renderer(network):
    model = network()
    card = Card("some", "text_video", asdict(model.settings), languages={"spoken": ["en"], "signed": ["qaa"]})
    return TextVideoRenderer(card, model, Encoder(), Vocabulary(["rain", "sun"]))


def test_a_text_becomes_a_video_of_any_allowed_length(renderer):
    assert renderer.card.condition == "text"
    for frames in (None, 1, 8):
        video = renderer.render("rain", frames=frames, steps=2)
        assert video.shape == (frames or 4, 8, 8, 3) and video.dtype == np.uint8


def test_the_same_seed_gives_the_same_video_and_text_and_seed_count(renderer):
    made = {key: renderer.render(*key[:1], seed=key[1], steps=3) for key in (("rain", 0), ("rain", 1), ("sun", 0))}
    np.testing.assert_array_equal(renderer.render("rain", steps=3), made["rain", 0])
    assert (made["rain", 0] != made["rain", 1]).any() and (made["rain", 0] != made["sun", 0]).any()
    both = renderer.render_batch(["sun", "rain"], seeds=[0, 0], steps=3)
    assert np.abs(both[1].astype(int) - made["rain", 0]).max() <= 1


@pytest.mark.parametrize(
    "given, named",
    [
        ({"condition": " "}, "text is empty"),
        ({"reference": np.zeros((8, 8, 3), np.uint8)}, "draws signers of its own"),
        ({"frames": 9}, "frames 9: some learnt 4; give 1 to 8"),
        ({"frames": 0}, "frames 0"),
        ({"steps": 0}, "0 sampling steps"),
        ({"steps": 2.5}, "steps 2.5: give a number, such as"),
        ({"colour": "red"}, "colour: there is no such option; give one of sampler, guidance"),
        ({"signed_language": "ase"}, "knows qaa"),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_line(given, named, renderer):
    with pytest.raises(UserError, match=named):
        renderer.render(**{"condition": "rain", **given})


def test_a_sample_reads_its_text_once_and_asks_for_both_halves_at_once(renderer, monkeypatch):
    model, read, asked = renderer.model, [], []
    monkeypatch.setattr(model, "read", lambda text: read.append(len(text.mask)) or type(model).read(model, text))
    model.register_forward_pre_hook(lambda _, given: asked.append(len(given[0])))
    cross = [part for m in model.modules() if isinstance(m, VideoTransformer) for part in m.cross()]
    computed = []
    for part in cross:
        part.key_value.register_forward_hook(lambda *_: computed.append(1))
    renderer.render("rain", steps=5, guidance=5.0)
    assert read == [2] and asked == [2] * 5 and len(computed) == len(cross)


@pytest.mark.parametrize("form", [{}, {"text": "own"}, {"transformer": False}, {"factorised": False}], ids=str)
def test_all_is_computed_where_the_weights_lie(form, network, renderer, other_device):
    """With the pictures of a CPU; ancestral sampling draws noise on the way."""
    model = network(**form)
    here, there = replace(renderer, model=model), replace(renderer, model=network(**form).to("meta"))
    assert next(there.model.parameters()).device.type == "meta"
    made = [one.render("rain", steps=3, sampler="ddpm", frames=3) for one in (here, there)]
    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize("sampler, asked", [("ddim", 3), ("heun", 5)])
def test_a_bar_counts_what_the_model_is_asked(renderer, monkeypatch, sampler, asked):
    told = []

    class Bar(Progress):
        def close(self):
            told.append((self.name, self.done, self.total))

    monkeypatch.setattr(module, "Progress", Bar)
    renderer.render("rain", steps=3, sampler=sampler)
    assert told == [("rendering 4 frames", asked, asked)]


def test_a_batch_of_pictures_is_what_the_loss_takes(texts):
    batch = video_batch(np.zeros((2, 4, 8, 8, 3), np.uint8), texts(2))
    assert batch.mean.shape == (2, 4, 64, 3) and (batch.mean == -1).all() and not batch.std.any() and batch.frames.all()


def test_a_trained_network_makes_what_the_text_says(network, texts):
    """Two texts, two motions: after a few seconds the audit sees the text used, and a sample is that of its text."""
    torch.manual_seed(0)
    model, text = network(awake=False, diffusion=DiffusionSettings(prediction="x0", clamp=1.0, guidance=2.0)), texts(2)
    pictures = np.full((2, 4, 8, 8, 3), 40, np.uint8)
    for frame in range(4):
        pictures[0, frame, :, 2 * frame : 2 * frame + 2] = 230
        pictures[1, frame, 2 * frame : 2 * frame + 2] = 230
    optimiser = torch.optim.AdamW(model.parameters(), 5e-3)
    rows = np.tile([0, 1], 4)
    batch = video_batch(pictures[rows], text.rows(torch.from_numpy(rows)))
    for _ in range(80):
        optimiser.zero_grad()
        video_loss(model.train(), batch)["loss"].backward()
        optimiser.step()
    audit = text_audit(model.eval(), [batch], [str(row) for row in rows])
    assert audit["gap_shuffled_interval"][0] > 0 and audit["gap_empty_interval"][0] > 0
    how, noise = Sampling.of(model.settings.diffusion, steps=8), torch.randn(2, 4, 64, 3)
    valid = torch.ones(2, 4, dtype=torch.bool)
    with torch.no_grad():
        made = how.run(predictor(model, text, valid), noise, valid, model.settings.diffusion, None)
    apart = (made[:, None] - to_latent(pictures)[None]).square().mean((2, 3, 4))
    assert apart.diagonal().max() < apart.flip(0).diagonal().min() / 2

"""The stage trains on points and on latents, and publishes what can be loaded."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from eval.rows import TRUTH
from eval.sections import load_aligner, refuse_guide, retrieved
from sign_latent import registry
from sign_latent.aligner.aligner import AlignerSettings
from sign_latent.aligner.vectors import clip_vectors, loaded_aligner, text_vectors
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import UserError
from sign_latent.generation.api import load
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.training import TrainSettings
from stages import retrieval
from stages.aligner import Sentences, batches_of, train

SMALL = dict(width=16, heads=2, inner=16, pose_layers=1, text_layers=1)


@pytest.fixture
def corpus(tmp_path):
    chance, skeleton = np.random.default_rng(0), get_skeleton("smplx")
    about = {"spoken_language": "en", "signed_language": "qaa", "signer": "a", "source": "s"}

    def clip(i: int) -> Clip:
        frames = int(chance.integers(9, 20))
        points = np.cumsum(chance.normal(size=(frames, 94, 3)) * 0.05, 0).astype(np.float32)
        still = np.zeros((frames, 55, 3), np.float32), np.zeros((frames, 10), np.float32)
        pose = Pose(points, np.ones((frames, 94), np.float32), 25.0, skeleton, *still)
        return Clip(id=str(i), text=f"sign {'abcdefgh'[i % 8]}", split="dev" if i < 4 else "train", pose=pose, **about)

    write_corpus(tmp_path / "corpus", [clip(i) for i in range(16)], skeleton, 25.0, {})
    return str(tmp_path / "corpus")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch, sign_latent_home):
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))


def how(tmp_path) -> TrainSettings:
    return TrainSettings(steps=2, batch_size=6, warmup=1, logger="none", runs=str(tmp_path / "runs"))


def test_on_points(corpus, tmp_path):
    card = train("points", corpus, aligner=AlignerSettings(reads="points", **SMALL), train=how(tmp_path))
    assert registry.load("points").card.hash == card.hash
    assert card.audit["clips"] == 4 and 0 <= card.audit["pose_to_text@1"] <= 100
    assert card.parents == {}


def test_on_latents_of_an_autoencoder(corpus, tmp_path):
    vae = SkeletalVAE(SkeletalVAESettings())
    settings = asdict(vae.settings)
    parent = registry.publish(
        registry.Card(name="vae", model="skeletal_vae", settings=settings, spec=asdict(vae.spec)), vae, {}
    )
    card = train("latents", corpus, autoencoder="vae", aligner=AlignerSettings(**SMALL), train=how(tmp_path))
    assert card.parents == {"autoencoder": parent.reference}
    assert (card.settings["slots"], card.settings["latent_width"]) == (vae.spec.slots, vae.spec.width)
    assert registry.load("latents").model.settings.reads == "latents"


def test_minimal_pairs_share_batches_and_the_share_is_bounded(corpus, tmp_path):
    from sign_latent.text.encoder import TextEncoder
    from sign_latent.text.vocabulary import Vocabulary

    clips = Corpus.open(corpus).split("train")
    sentences = Sentences.of(clips, TextEncoder.load(), Vocabulary.build(clips.texts, minimum=1))
    batches = batches_of(clips.lengths, sentences, TrainSettings(batch_size=6), 0.5)
    assert all(len(set(sentences.texts[i] for i in batches(step))) > 1 for step in range(4))
    with pytest.raises(UserError, match="from 0 to 0.5"):
        batches_of(clips.lengths, sentences, TrainSettings(), 0.9)


def test_languages_of_the_corpus_are_the_aligners(corpus, tmp_path):
    card = train("points", corpus, aligner=AlignerSettings(reads="points", **SMALL), train=how(tmp_path))
    assert (card.settings["spoken"], card.settings["signed"]) == (["en"], ["qaa"])
    found = loaded_aligner("points", reads="points")
    own = text_vectors(found, ["sign a", "sign b"], [("en", "qaa")] * 2)
    np.testing.assert_allclose(own, text_vectors(found, ["sign a", "sign b"]), atol=1e-6)
    with pytest.raises(UserError, match="spoken language 'de'"):
        text_vectors(found, ["sign a"], [("de", "qaa")])
    with pytest.raises(UserError, match="reads poses, not latents"):
        loaded_aligner("points", reads="latents")


def test_as_a_judge_of_retrieval_beside_chance(corpus, tmp_path):
    train("points", corpus, aligner=AlignerSettings(reads="points", **SMALL), train=how(tmp_path))
    clips = list(Corpus.open(corpus).split("train"))
    found = retrieved(load_aligner("points"), {TRUTH: [[clip.pose for clip in clips]]}, clips)
    assert found.by == registry.find("points")[1].reference and found.missing == []
    scores = {f"{way}/{n}" for way in ("pose_to_text", "text_to_pose") for n in ("R@1", "R@5", "R@10", "median_rank")}
    assert set(found.rows["chance"]) == scores and set(found.rows[TRUTH]) == scores | {"distance_ratio"}
    assert 1 <= found.rows[TRUTH]["text_to_pose/median_rank"].value <= len(clips)
    stranger = [replace(clip, signed_language="ase") for clip in clips]
    assert "signed language 'ase'" in retrieved(load_aligner("points"), {}, stranger).missing[0]


def test_as_an_index_of_signing(corpus, tmp_path):
    """The clip that is found is the one whose vector is nearest to that of the text."""
    train("points", corpus, aligner=AlignerSettings(reads="points", **SMALL), train=how(tmp_path))
    card = retrieval.train("index", corpus, aligner="points")
    aligner = loaded_aligner("points")
    assert card.parents == {"aligner": aligner.card.reference}
    clips = Corpus.open(corpus).split("train", dominant=True)
    best = (text_vectors(aligner, ["sign c"]) @ clip_vectors(aligner, clips, "train").T).argmax()
    assert np.array_equal(load("index").generate(["sign c"])[0].points, clips[int(best)].pose.points)


def test_latents_of_nothing_are_refused(corpus, tmp_path):
    with pytest.raises(UserError, match="--autoencoder NAME"):
        train("lost", corpus, aligner=AlignerSettings(**SMALL), train=how(tmp_path))


def weights(name):
    return registry.load(name).model.state_dict()


def test_a_training_begins_with_a_published_aligner(corpus, tmp_path):
    """One that learns nothing ends as it began: on clips whose statistics are others, and with the words it knew."""
    small, still = AlignerSettings(reads="points", **SMALL), replace(how(tmp_path), learning_rate=0.0)
    first = train("first", corpus, aligner=small, train=how(tmp_path), minimum=1)
    tuned = train("tuned", larger(corpus, tmp_path), aligner=small, train=still, init_from="first")
    assert tuned.parents == {"initial": first.reference} and tuned.vocabulary == first.vocabulary
    before, after = weights("first"), weights("tuned")
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def larger(corpus, tmp_path):
    """The corpus with all motion twice as large."""
    whole = Corpus.open(corpus)
    clips = [clip for split in whole.splits for clip in whole.split(split)]
    made = [replace(clip, pose=replace(clip.pose, points=2 * clip.pose.points)) for clip in clips]
    write_corpus(tmp_path / "larger", made, whole.skeleton, whole.fps, {})
    return str(tmp_path / "larger")


def test_what_an_aligner_cannot_begin_with_is_one_line(corpus, tmp_path):
    small = AlignerSettings(reads="points", **SMALL)
    train("first", corpus, aligner=small, train=how(tmp_path))
    for settings, more, named in (
        (replace(small, heads=4), {}, "has heads 2, where 4 is asked for"),
        (small, {"text_layers": (-1,)}, "reads texts through .* its own settings of text"),
    ):
        with pytest.raises(UserError, match=f"init_from first: {named}"):
            train("refused", corpus, aligner=settings, train=how(tmp_path), init_from="first", **more)
    with pytest.raises(UserError, match="its model is skeletal_vae, where aligner is needed"):
        train("refused", corpus, aligner=small, train=how(tmp_path), init_from="sald-vae")


def test_a_judge_that_began_with_what_led_a_system_does_not_judge_it(corpus, tmp_path):
    """Nor one that began with what the system's own guide began with."""
    small = AlignerSettings(reads="points", **SMALL)
    first = train("first", corpus, aligner=small, train=how(tmp_path))
    train("tuned", corpus, aligner=small, train=how(tmp_path), init_from="first")
    train("other", corpus, aligner=small, train=replace(how(tmp_path), seed=1))
    led = registry.Card(name="led", model="x", settings={}, parents={"aligner": first.reference})
    also = replace(led, parents={"aligner": registry.find("tuned")[1].reference})
    for judge in ("first", "tuned"):
        for system in (led, also):
            with pytest.raises(UserError, match="was trained on it"):
                refuse_guide(load_aligner(judge), [system])
    refuse_guide(load_aligner("other"), [led, also])

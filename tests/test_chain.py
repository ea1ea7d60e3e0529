"""All stages in order, tiny, on the invented language; then the autoencoder swapped by name."""

import json
import subprocess
import sys

import numpy as np
import pytest

from sign_latent import registry
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from stages.recipe import ROOT

MODELS = {"vae": "skeletal_vae", "fsq": "pose_fsq", "plain": "plain_vae", "sign": "sign_vae", "vq": "pose_vq"}
"""Name of an autoencoder of the chain -> its model."""
BY_COMMAND = ("vae",)
"""Trained and built upon by commands as a user gives them; all others are spared the loading of the libraries."""
FORMS = {
    "residual": "--autoencoder.model pose_vq --autoencoder.pose_vq.residual true --autoencoder.pose_vq.code_width 8",
    "parts": "--autoencoder.model pose_fsq --autoencoder.pose_fsq.slots 4 --autoencoder.pose_fsq.apart true",
}
"""Further forms of discrete autoencoders, as arguments."""
DISCRETE = ("fsq", "vq", *FORMS)
"""Swapped under a translator."""
UNREAD = ("--back_translation.clips", 0)
"""What publishes a generator without having its clips read by a judge, which takes longer than such trainings."""
APART = "from sign_latent.stage import run_stage\nfrom stages import {0}\nrun_stage({0}.train)"


def run(script, *arguments, room):
    command = [sys.executable, str(ROOT / script), *map(str, arguments)]
    return subprocess.run(command, cwd=room, capture_output=True, text=True)


def stage(name, *arguments, room):
    done = run(f"stages/{name}.py", *arguments, room=room)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "GPU available" not in done.stderr, "Lightning talks about itself"


@pytest.fixture(scope="module")
def stage_apart(run_apart):
    """As ``stage``, of fewer steps and in a process that has loaded the libraries."""

    def run_stage(name, *arguments, room):
        places = {"SIGN_LATENT_HOME": room / "artefacts", "SIGN_LATENT_CACHE": room / ".cache" / "sign_latent"}
        brief = ("--train.steps", 5, "--train.runs", room / "runs")
        done = run_apart(APART.format(name), *arguments, *brief, **places)
        assert done.returncode == 0, done.stderr[-2000:]

    return run_stage


@pytest.fixture(scope="module")
def room(tmp_path_factory, stage_apart):
    """A folder with a small corpus and everything trained on it."""
    room = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        patch.setenv("OMP_NUM_THREADS", "1")
        done = run("data_prep/synthesise.py", "--out", room / "corpus", "--clips", 60, "--jobs", 1, room=room)
        assert done.returncode == 0, done.stderr[-2000:]
        config, corpus = ROOT / "configs", ("--corpus", room / "corpus")
        for name, model in MODELS.items():
            how = ("--config", config / "autoencoder/tiny.yaml", *corpus, "--autoencoder.model", model)
            (stage if name in BY_COMMAND else stage_apart)("autoencoder", *how, "--name", name, room=room)
        for name, form in FORMS.items():
            how = ("--config", config / "autoencoder/tiny.yaml", *corpus, *form.split())
            stage_apart("autoencoder", *how, "--name", name, room=room)
        stage_apart("evaluator", "--config", config / "evaluator/tiny.yaml", *corpus, "--name", "judge", room=room)
        for parent in MODELS:
            how = ("--config", config / "denoiser/tiny.yaml", *corpus, "--autoencoder", parent)
            run_stage, unread = (stage, ()) if parent in BY_COMMAND else (stage_apart, UNREAD)
            run_stage("denoiser", *how, *unread, "--name", f"on-{parent}", room=room)
        for parent in DISCRETE:
            how = ("--config", config / "translator/tiny.yaml", *corpus, "--autoencoder", parent)
            unread = UNREAD if parent in FORMS else ()
            stage_apart("translator", *how, *unread, "--name", f"written-{parent}", room=room)
        yield room


def test_everything_published_verifies(room):
    assert registry.verify() == []
    assert set(registry.graph()) >= {
        card.reference for card in registry.list_artefacts() if card.name in ("vae", "on-vae")
    }


@pytest.mark.parametrize("parent", MODELS)
def test_the_swap_is_one_word(room, parent):
    """The same denoiser configuration on every autoencoder: nothing but ``--autoencoder`` changed."""
    from sign_latent.generation.api import load

    card, own = registry.find(f"on-{parent}")[1], registry.find(parent)[1]
    assert card.parents["autoencoder"] == own.reference and own.model == MODELS[parent]
    assert card.settings["latent_width"] == own.latent.width
    assert card.audit["clips"] > 0 and len(card.audit["error_matched"]) == 5
    pose = load(f"on-{parent}").generate(["rain"], frames=17, steps=4)[0].validate()
    assert len(pose) == 17 and pose.skeleton.name == own.latent.skeleton


@pytest.mark.parametrize("parent", BY_COMMAND)
def test_a_command_signs_the_sentences_of_a_corpus(room, parent):
    out = room / f"poses-{parent}"
    stage("generate", "--model", f"on-{parent}", "--out", out, "--corpus", room / "corpus", "--clips", 3,
          "--split", "dev", "--format", "npz", "--steps", 4, room=room)  # fmt: skip
    poses = [Pose.load(p).validate() for p in sorted(out.glob("*.npz"))]
    assert len(poses) == 3 and all(len(p) > 0 for p in poses)


@pytest.mark.filterwarnings("ignore:.*have no end")
@pytest.mark.parametrize("parent", DISCRETE)
def test_every_discrete_autoencoder_swaps_in_under_one_translator(room, parent):
    """The same translator configuration: nothing but ``--autoencoder`` changed."""
    from sign_latent.cli import main

    card, own = registry.find(f"written-{parent}")[1], registry.find(parent)[1]
    assert card.parents["autoencoder"] == own.reference and card.audit["clips"] > 0
    assert (card.settings["places"], card.settings["codes"]) == (own.latent.places, own.latent.codes)
    file = room / f"written-{parent}.npz"
    main(["generate", "rain", "--model", f"written-{parent}", "-o", str(file), "--frames", "17", "--temperature", "1"])
    pose = Pose.load(file).validate()
    assert len(pose) == 17 and pose.skeleton.name == own.latent.skeleton


def test_discrete_autoencoders_tell_how_many_of_their_codes_are_used(room):
    for name, card in ((name, registry.find(name)[1]) for name in (*DISCRETE, "vae")):
        if card.latent.codes is None:
            assert "codes_used" not in card.audit
            continue
        assert 0 < card.audit["codes_used"] <= 1, name
        assert 1 <= card.audit["code_perplexity"] <= card.audit["codes_used"] * card.latent.codes + 1e-6


def test_a_denoiser_on_another_autoencoder_than_its_own_is_refused(room):
    from sign_latent.generation.api import load

    with pytest.raises(UserError, match="was trained on autoencoder vae@.*not on fsq@"):
        load("on-vae", autoencoder="fsq")
    with pytest.raises(UserError, match="judge.*model is back_translator"):
        load("judge")


def test_published_latents_have_zero_mean_and_unit_variance(room):
    """Of the recordings themselves, not of the rounded features that the training kept of them."""
    from sign_latent.corpus.read import Corpus

    model = registry.load("vae").model
    means, variances = [], []
    for clip in Corpus.open(room / "corpus").split("train", dominant=True):
        mean, std = model.posterior(*model.pack([clip.pose]))
        means.append(mean[0].detach().numpy())
        variances.append(std[0].detach().square().numpy())
    mean = np.concatenate(means)
    alive = ~model.latent_dead.numpy()
    np.testing.assert_allclose(mean.mean(0)[alive], 0, atol=5e-4)
    total = mean.var(0)[alive] + np.concatenate(variances).mean(0)[alive]
    np.testing.assert_allclose(total, 1, atol=5e-3)


def test_a_taken_name_is_refused_before_training(room):
    config = ROOT / "configs/autoencoder/tiny.yaml"
    again = run("stages/autoencoder.py", "--config", config, "--corpus", room / "corpus", "--name", "vae", room=room)
    assert again.returncode == 2 and "vae: exists already" in again.stderr and "Traceback" not in again.stderr


def test_the_report_scores_the_chain(room):
    done = run("eval/report.py", "--generator", "on-vae", "--corpus", room / "corpus", "--judge", "judge",
               "--split", "dev", "--clips", 4, "--steps", 4, "--out", room / "report", room=room)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads((room / "report" / "report.json").read_text())
    assert registry.find("on-vae")[1].reference in json.dumps(report)
    assert (room / "report" / "report.html").stat().st_size > 1000


@pytest.mark.filterwarnings("ignore:.*have no end")
def test_the_report_runs_a_translator_like_any_generator(room):
    from eval.references import of_corpus
    from eval.rows import GIVEN, SYSTEM, failed
    from eval.systems import generated

    references = of_corpus(room / "corpus", ["dev"], 4)
    found = generated("written-fsq", references, ["predicted", "given"], [0], {})
    assert found.about.name == registry.find("written-fsq")[1].reference and found.quantiles == {}
    assert [len(poses) for row in (SYSTEM, GIVEN) for poses in found.runs[row]] == [4, 4]
    assert not any(map(failed, found.runs[SYSTEM][0] + found.runs[GIVEN][0]))
    assert [len(pose) for pose in found.runs[GIVEN][0]] == [len(clip.pose) for clip in references.clips]

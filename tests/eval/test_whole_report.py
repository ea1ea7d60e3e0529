"""One command gives the whole evaluation of a generator on a tiny corpus: every section, and twice the same bytes."""

import json
import sys
from collections import Counter
from dataclasses import asdict

import pytest
import torch

from data_prep.invented.clips import make_clip
from data_prep.invented.splits import plan
from eval import report
from sign_latent import registry
from sign_latent.aligner.aligner import Aligner, AlignerSettings
from sign_latent.corpus.write import write_corpus
from sign_latent.evaluator.back_translator import BackTranslator, Settings
from sign_latent.text.encoder import TextEncoder

WANTED = {"train": 8, "dev": 6, "test_sentences": 6}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A few sentences of the invented language."""
    left, chosen = Counter(WANTED), []
    for task in plan(60, 5):
        if left[task.split] > 0:
            left[task.split] -= 1
            chosen.append(make_clip(task, "qaa", 5))
    folder = tmp_path_factory.mktemp("whole") / "corpus"
    write_corpus(folder, chosen, chosen[0].pose.skeleton, chosen[0].pose.fps, {"licence": "CC0-1.0", "seed": 5})
    return folder


def publish_all(corpus) -> None:
    """A judge that learnt to do without the face, an aligner (both untrained) and nearest-text retrieval."""
    from stages.retrieval import train

    torch.manual_seed(0)
    small = {"width": 16, "heads": 2, "inner": 16}
    judge = BackTranslator(Settings(**small, encoder_layers=1, decoder_layers=1, longest=6, words=["it", "rains"]))
    about = {"audit": {"hidden_in_training": ["face"]}, "corpus_hash": "another"}
    registry.publish(registry.Card("judge", "back_translator", asdict(judge.settings), **about), judge, {})
    encoder = TextEncoder.load()
    widths = {"text_width": encoder.width, "sentence_width": encoder.sentence_width}
    aligner = Aligner(AlignerSettings("points", **widths, **small, pose_layers=1, text_layers=1, space=8))
    about = {"vocabulary": ["rain"], "text_encoder": encoder.description}
    registry.publish(registry.Card("aligner", "aligner", asdict(aligner.settings), **about), aligner, {})
    train("nearest", str(corpus))


@pytest.fixture(scope="module")
def folder(corpus, tmp_path_factory):
    """Two reports by the same command, in `one` and `two`; the second one's terminal in `two.txt`."""
    room = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGN_LATENT_HOME", str(room / "artefacts"))
        patch.setenv("SIGN_LATENT_CACHE", str(room / "cache"))
        publish_all(corpus)
        for out in ("one", "two"):
            arguments = f"report --generator nearest --corpus {corpus} --judge judge --aligner aligner --seeds 1"
            arguments += f" --baseline nearest --out {room / out} --reports {room / 'kept'}"
            patch.setattr(sys, "argv", arguments.split())
            report.main()
    return room


@pytest.fixture
def found(folder):
    return json.loads((folder / "one" / "report.json").read_text())


def test_every_section_is_there(found):
    assert found["version"] == 3
    for name in ("diversity", "retrieval", "channels"):
        assert found[name]["rows"], (name, found[name]["missing"])
    assert [line.partition(" in ")[0] for line in found["distribution"]["missing"]] == ["FID", "KID"]  # of six clips
    assert found["pose"]["system"]["dtw-recommended/hands"]["value"] > 0
    judged = found["judges"][0]
    assert judged["rows"]["system"]["nll"]["value"] > 0
    assert set(judged["sanity"]) == {
        f"{how} ground truth" for how in ("time-reversed", "frame-shuffled", "hand-swapped")
    }
    assert set(judged["parts"]["rows"]) == {"system", "system, given length", "ground truth"}
    assert "bleu4/face" in judged["parts"]["rows"]["system"] and "left_hand" in judged["parts"]["missing"][0]
    assert found["retrieval"]["rows"]["chance"]["pose_to_text/R@5"]["value"] == pytest.approx(500 / 6, abs=0.1)
    assert found["channels"]["rows"]["ground truth"]["f1/manual"]["value"] > 0.95


def test_the_system_is_examined_and_named(found):
    verdict = found["verdicts"]["system"]
    assert verdict["accusations"] == ["training-clip copy"]  # that is what retrieval does
    assert "generation under other texts, seeds and recordings" in verdict["examined"]
    assert "left/right swap" in verdict["examined"] and "6 held-out clips" in verdict["about"]
    given = found["verdicts"]["system, given length"]
    assert "generation under other texts, seeds and recordings" not in given["examined"]
    assert [f["name"] for f in given["findings"] if f["severity"] == "not examined"][0].startswith("generation")


def test_a_baseline_stands_beside_the_system_with_figures_of_its_own(found):
    (name,) = found["baselines"]
    assert name.startswith("nearest@")
    judged = found["judges"][0]
    assert set(judged["figures"]) == {"system", "system, given length", name}
    assert judged["rows"][name]["bleu4"] == judged["rows"]["system"]["bleu4"]
    assert found["pose"][name]["mpjpe/all"]["value"] == found["pose"]["system"]["mpjpe/all"]["value"]


def test_page_table_and_terminal_begin_with_the_verdict(folder):
    page = (folder / "one" / "report.html").read_text()
    first = ("Verdict", "Warnings", "What was judged", "Read by judge", "Sanity", "Read without a part")
    then = ("Distance from", "Distribution of clips", "Diversity", "Retrieval", "Intended channels", "Lengths")
    places = [page.index(f">{name}") for name in (*first, *then)]
    assert places == sorted(places)
    assert page.index("ACCUSED of training-clip copy") < page.index(">Warnings")
    latex = (folder / "one" / "report.tex").read_text()
    assert latex.index("% verdict: system: ACCUSED of training-clip copy") < latex.index(r"\begin{table}")
    assert "F1, manual" in latex and "R@1" in latex and r"system: ACCUSED of training-clip copy." in latex


def test_the_same_inputs_give_the_same_bytes(folder):
    for name in ("report.json", "report.html", "report.tex"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()

"""The table of ablations: variants trained once and scored once, the ends of the order repeated, worst last."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from eval import ablations
from eval.ablation_table import Ablation, between_seeds, lines_of, page_of, ranked, sections
from eval.judging import Judge
from eval.report_file import from_json, to_json
from eval.rows import SYSTEM
from eval.schema import Estimate
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError

FIGURES = {"as it is": 0.9, "without text": 0.0, "half": 0.5}


def row(shows, value, seed=0, recipe="paper"):
    return Ablation(recipe, shows, f"{shows}@{seed}", seed, 10, 1000, main_figure=Estimate(value, [value, value]))


def test_the_best_stands_first_and_a_figure_that_is_not_known_last():
    rows = [row("half", 0.5), row("broken", None), row("nan", float("nan")), row("best", 0.9)]
    assert [r.shows for r in ranked(rows)] == ["best", "half", "broken", "nan"]


def test_further_seeds_stand_below_their_variant_and_their_spread_is_told():
    rows = [
        row("a", 0.2),
        row("b", 0.8),
        row("a", 0.9, 1),
        row("b", 0.7, 1),
        row("b", 0.75, 2),
        row("c", 1.0, recipe="z"),
    ]
    found = sections(rows)
    assert list(found) == ["paper", "z"]
    assert [(r.shows, r.training_seed) for r in found["paper"]] == [("b", 0), ("b", 2), ("b", 1), ("a", 0), ("a", 1)]
    assert between_seeds(found["paper"]) == (
        "b: 0.700 to 0.800 over 3 training seeds; a: 0.200 to 0.900 over 2 training seeds"
    )
    assert "b (training seed 2): 0.750" in "\n".join(lines_of(rows))
    assert page_of(rows).count("<h2>") == 2


def test_a_row_is_read_as_it_was_written():
    one = replace(row("a <b>", 0.25), conditions={"clips": 3}, audit_interval=[0.5, 1.0], seconds=12.0)
    assert to_json(from_json(to_json(one), kind=Ablation)) == to_json(one)
    assert "a &lt;b&gt;" in page_of([one])


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs the rows of a recipe with trainings and scores that are only noted."""
    stages = [{"stage": "autoencoder", "name": "code", "config": "c"}]
    stages += [{"stage": "denoiser", "name": n.replace(" ", "-"), "config": "c", "shows": n} for n in FIGURES]
    made = []

    def row_of(stage, recipe, corpus, seed, options, judge):
        made.append((stage["name"], seed))
        return row(stage["shows"], FIGURES[stage["shows"]], seed, recipe)

    monkeypatch.setattr(ablations, "read_recipe", lambda path: stages)
    monkeypatch.setattr(ablations, "corpus_of", lambda stages, corpus, out: corpus)
    monkeypatch.setattr(ablations, "train", lambda stage, *_: made.append((stage["name"], None)))
    monkeypatch.setattr(ablations, "row_of", row_of)
    options = ablations.parse(["--corpus", "x", "--out", str(tmp_path), "--training-seeds", "3"])
    return lambda: (ablations.recipe_rows("recipes/paper/ablations.yaml", options, None), made, stages)


def test_best_and_worst_are_trained_again_and_no_other(command):
    rows, made, _ = command()
    assert made[:4] == [("code", None), ("as-it-is", 0), ("without-text", 0), ("half", 0)]
    assert made[4:] == [("as-it-is", 1), ("as-it-is", 2), ("without-text", 1), ("without-text", 2)]
    assert {r.recipe for r in rows} == {"paper"} and len(rows) == 7


def test_figures_are_those_of_the_generator_s_clips_beside_the_recordings(judge, clips, monkeypatch):
    made = {"truth": [[clip.pose for clip in clips]], "turned": [[clip.pose for clip in clips[1:] + clips[:1]]]}
    found = {}
    for name, runs in made.items():
        monkeypatch.setattr(ablations, "generated", lambda *_, runs=runs: SimpleNamespace(runs={SYSTEM: runs}))
        about = SimpleNamespace(clips=clips)
        found[name] = ablations.scored(row(name, None), about, Judge("judge", judge), range(1))
    assert found["truth"].main_figure.value == pytest.approx(1) and found["truth"].bleu4.value == pytest.approx(100)
    assert found["truth"].text_gap.value > 50 > found["turned"].main_figure.value
    assert found["truth"].truth == found["turned"].truth == pytest.approx(100)
    assert found["truth"].duration_ratio.value == pytest.approx(1)


def test_a_recipe_without_variants_is_refused(command, monkeypatch):
    monkeypatch.setattr(
        ablations, "read_recipe", lambda path: [{"stage": "autoencoder", "name": "code", "config": "c"}]
    )
    with pytest.raises(UserError, match="none of its stages has a key 'shows'"):
        command()


def test_the_corpus_is_put_on_the_skeleton_that_a_recipe_wants_once(few_clips, tmp_path):
    plain, other = [{"name": "a"}], [{"name": "a", "skeleton": "upper79"}]
    assert ablations.corpus_of(plain, few_clips, tmp_path) == few_clips
    found = ablations.corpus_of(other, few_clips, tmp_path)
    assert Corpus.open(found).skeleton.name == "upper79"
    before = found.stat().st_mtime_ns
    assert ablations.corpus_of(other, few_clips, tmp_path) == found and found.stat().st_mtime_ns == before
    with pytest.raises(UserError, match="skeletons smplx, upper79; give one"):
        ablations.corpus_of([*other, {"name": "b", "skeleton": "smplx"}], few_clips, tmp_path)


def test_a_training_is_timed_over_all_its_attempts_and_skipped_once_published(monkeypatch, tmp_path):
    codes = iter([1, 0])
    published = []
    monkeypatch.setattr(ablations, "is_published", lambda name: name in published)
    monkeypatch.setattr(ablations, "command", lambda stage, corpus, prefix, settings: [prefix, *settings])
    lines = []
    monkeypatch.setattr(ablations, "run_to_end", lambda line: lines.append(line) or next(codes))
    stage = {"stage": "denoiser", "name": "one"}
    with pytest.raises(UserError, match="x-one: stage denoiser ended with code 1"):
        ablations.train(stage, "corpus", "x-", 2, tmp_path)
    ablations.train(stage, "corpus", "x-", 2, tmp_path)
    published.append("x-one")
    ablations.train(stage, "corpus", "x-", 2, tmp_path)
    assert lines == [["x-", ("train.seed", "2")]] * 2
    assert len((tmp_path / "seconds" / "x-one").read_text().split()) == 2
    assert ablations.seconds(tmp_path, "x-one") >= 0 and ablations.seconds(tmp_path, "other") is None

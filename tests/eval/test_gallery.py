"""No cheat passes and no honest system is accused: the verdict on the invented language, and on real recordings.

The small gallery reads no judge: the motion, the texts and the lengths are evidence enough.
"""

from dataclasses import replace

import pytest

from eval.cheat_table import lines_of
from eval.cheats import CHEATS, Material, retimed
from eval.gallery import generated, main, scene_of
from eval.honest import autoencoder_systems, honest_systems, other_performances, resigned_systems
from eval.trials import places, try_cheats, try_honest, unfit_cheats
from eval.verdict import Reality, System, accused, examine
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError


def dominant(clips):
    return [clip.mirrored() if clip.handedness == "left" else clip for clip in clips]


def gallery(train: int, held_out: int, judged: int):
    """Material and reality of the invented language; the other splits' clips beside the judged ones."""
    from data_prep.invented.clips import make_clip
    from data_prep.invented.splits import plan

    tasks = plan(train + held_out, 5)
    clips = dominant(make_clip(task, "qaa", 5) for task in tasks[: train + held_out])
    tests = [task for task in tasks if task.split.startswith("test")]
    chosen = dominant(make_clip(task, "qaa", 5) for task in tests[: judged + 12])
    reality = Reality(clips[:train], clips[train:])
    return Material(chosen[:judged], reality.train), reality, chosen[judged:]


@pytest.fixture(scope="module")
def small():
    return gallery(train=90, held_out=48, judged=20)


@pytest.fixture(scope="module")
def resigned(small):
    return resigned_systems(small[0].clips, 5)


@pytest.fixture(scope="module")
def material(small, resigned):
    performed = list(resigned["signed by others"].poses)
    given = [retimed(pose, len(clip.pose)) for pose, clip in zip(performed, small[0].clips, strict=True)]
    return replace(small[0], generated=performed, given_length=given)


@pytest.fixture(scope="module")
def cheats(small, material):
    return try_cheats(material, small[1])


@pytest.fixture(scope="module")
def honest(small, material, resigned):
    return try_honest({**honest_systems(material, small[2]), **resigned}, small[1])


def failed(trials) -> str:
    return "\n".join(lines_of([trial for trial in trials if not trial.passed]))


def test_every_cheat_is_named(cheats):
    assert {trial.name for trial in cheats} == set(CHEATS)
    assert not failed(cheats), failed(cheats)


def test_no_honest_variant_is_accused(honest):
    assert len(honest) >= 10
    assert not failed(honest), failed(honest)


def test_every_cheat_ranks_below_every_honest_system_whatever_it_scores(cheats, honest):
    found = places(cheats + honest)
    assert max(found[trial.name] for trial in honest) == len(honest) < min(found[trial.name] for trial in cheats)
    by_distance = places(cheats + honest, verdict=False)
    assert by_distance["reference copy"] < by_distance["signed by others"]


def test_the_margins_say_what_the_verdict_says(cheats, honest):
    for trial in cheats + honest:
        past = max(measure.distance for measure in trial.margins.values())
        assert (past > 0) == bool(trial.named), trial.name
    named = [trial for trial in cheats if trial.wanted in trial.named and trial.closest]
    assert all(trial.closest[1].distance > 0 for trial in named)


def test_what_a_corpus_cannot_show_is_said(small, material):
    nothing = replace(material, generated=None, given_length=None)
    assert set(unfit_cheats(nothing, small[1])) == {name for name, cheat in CHEATS.items() if cheat.needs}
    assert unfit_cheats(material, small[1]) == {}
    faceless = Reality([], [hidden_face(clip) for clip in small[1].held_out[:8]])
    assert unfit_cheats(material, faceless)["frozen face"] == "real clips do not show the face"


def hidden_face(clip):
    seen = clip.pose.confidence.copy()
    seen[:, list(clip.pose.skeleton.parts["face"])] = 0
    return replace(clip, pose=replace(clip.pose, confidence=seen))


def test_the_embedded_generator_and_its_autoencoder_are_not_accused(small, tmp_path):
    from sign_latent import registry

    clips, reality = small[0].clips[:6], small[1]
    made = generated("embedded-sald", clips, tmp_path, varied=0)
    systems = autoencoder_systems("sald-vae", registry.load("sald-vae").model, clips)
    trials = try_honest({"seed 0": made["seed 0"], **systems}, reality)
    assert len(trials) == 3 and not failed(trials), failed(trials)
    again = generated("embedded-sald", clips, tmp_path, varied=0)["seed 0"]
    assert all((a.points == b.points).all() for a, b in zip(made["seed 0"].poses, again.poses, strict=True))


@pytest.mark.slow
def test_the_large_gallery_with_the_generator_itself(tmp_path):
    from sign_latent import registry
    from sign_latent.generation.api import load

    material, reality, others = gallery(train=600, held_out=150, judged=28)
    clips, made = material.clips, generated("embedded-sald", material.clips, tmp_path, varied=28)
    honest = made | autoencoder_systems("sald-vae", registry.load("sald-vae").model, clips)
    honest |= resigned_systems(clips, 5) | honest_systems(material, others)
    material.generated, material.given_length = list(made["seed 0"].poses), list(made["given lengths"].poses)
    trials = try_cheats(material, reality) + try_honest(honest, reality)
    assert not failed(trials), failed(trials)
    generator = load("embedded-sald")
    anew = lambda texts, seed: generator.generate(texts, seed=seed)  # noqa: E731
    assert not accused(examine(System(material.generated, clips, generate=anew), reality))


@pytest.fixture(scope="module")
def words(shared_data):
    """Isolated signs of American Sign Language: training clips, held-out ones, judged ones."""
    from data_prep.convert import read_clips
    from data_prep.formats.source import Options
    from data_prep.formats.wlasl_smplx import open_source

    clips = list(read_clips(open_source(shared_data / "wlasl_smplx" / "words.npz", Options()), "smplx", 25.0))
    train, rest = ([clip for clip in clips if clip.split == name] for name in ("train", "dev"))
    return Material(rest[::2], train), Reality(train, rest[1::2])


@pytest.mark.realdata
@pytest.mark.slow
def test_cheats_made_of_real_signs_are_named_and_real_signs_are_not_accused(words):
    material, reality = words
    honest = honest_systems(material) | {"in other clips": other_performances(material.clips, reality.held_out)}
    trials = try_cheats(material, reality) + try_honest(honest, reality)
    assert set(unfit_cheats(material, reality)) >= {"frozen face", "text-blind generator"}
    assert not failed(trials), failed(trials)


@pytest.mark.realdata
@pytest.mark.slow
def test_cheats_made_of_real_sentences_are_named_and_real_sentences_are_not_accused(tmp_path, shared_data):
    from data_prep.convert import convert

    convert("dgs", shared_data / "dgs_sentences", tmp_path / "corpus")
    scene = scene_of(Corpus.open(tmp_path / "corpus"), "test", "dev", 100)
    trials = try_cheats(scene.material, scene.reality) + try_honest(honest_systems(scene.material), scene.reality)
    assert "frozen face" in unfit_cheats(scene.material, scene.reality)
    assert not failed(trials), failed(trials)


def test_the_command_writes_its_tables_and_ends_with_code_1_where_something_failed(few_clips, tmp_path, capsys):
    options = ["--corpus", str(few_clips), "--split", "train", "--held-out", "dev", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:  # on so few clips of random motion some cheat must pass
        main(options)
    assert ended.value.code == 1
    assert "FAILED" in capsys.readouterr().out and (tmp_path / "out" / "gallery.md").is_file()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--split", "train", "--clips", "1"], "1 clips of train to judge"),
        (["--split", "absent"], "no split 'absent'"),
        (["--split", "train", "--honest", "good=/nowhere"], "is no folder"),
    ],
)
def test_what_cannot_be_tried_is_one_clear_line(few_clips, tmp_path, options, reason):
    with pytest.raises(UserError, match=reason):
        main(["--corpus", str(few_clips), "--out", str(tmp_path / "out"), *options])
    assert not (tmp_path / "out").exists()

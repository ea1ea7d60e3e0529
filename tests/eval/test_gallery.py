"""No cheat passes and no honest system is accused: the verdict on the invented language, and on real recordings.

The small gallery reads no judge: the motion, the texts and the lengths are evidence enough.
"""

from dataclasses import replace

import pytest

from eval.cheats import CHEATS, Material, retimed
from eval.gallery import generator_systems, honest_systems, lines_of, resigned_systems, try_cheats, try_honest
from eval.verdict import Reality, System, accused, examine, rank


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
    assert len(honest) == 11
    assert not failed(honest), failed(honest)


def test_every_cheat_ranks_below_every_honest_system_whatever_it_scores(cheats, honest):
    scored = {trial.name: (1.0, trial.findings) for trial in cheats}
    ranked = rank(scored | {f"honest {trial.name}": (0.01, trial.findings) for trial in honest})
    assert all(row.name.startswith("honest") for row in ranked[: len(honest)])


def test_the_embedded_generator_and_its_autoencoder_are_not_accused(small):
    from sign_latent.generation.api import load

    material, reality, _ = small
    trials = try_honest(generator_systems(load("embedded-sald"), material.clips[:8], [0]), reality)
    assert len(trials) == 3 and not failed(trials), failed(trials)


@pytest.mark.slow
def test_the_large_gallery_with_the_generator_itself():
    from sign_latent.generation.api import load

    material, reality, others = gallery(train=600, held_out=150, judged=28)
    generator, clips = load("embedded-sald"), material.clips
    honest = generator_systems(generator, clips, [0, 1, 2])
    honest |= resigned_systems(clips, 5) | honest_systems(material, others)
    frames = [len(clip.pose) for clip in clips]
    material.generated = list(honest["generated, seed 0"].poses)
    material.given_length = generator.generate([clip.text for clip in clips], frames=frames, seed=7)
    trials = try_cheats(material, reality) + try_honest(honest, reality)
    assert not failed(trials), failed(trials)
    made = lambda texts, seed: generator.generate(texts, seed=seed)  # noqa: E731
    assert not accused(examine(System(material.generated, clips, generate=made), reality))


@pytest.fixture(scope="module")
def words(shared_data):
    """Isolated signs of American Sign Language: training clips, held-out ones, judged ones."""
    from data_prep.formats.source import Options
    from data_prep.formats.wlasl_smplx import open_source

    clips = list(open_source(shared_data / "wlasl_smplx" / "words.npz", Options()).clips)
    train, rest = ([clip for clip in clips if clip.split == name] for name in ("train", "dev"))
    return Material(rest[::2], train), Reality(train, rest[1::2])


@pytest.mark.realdata
@pytest.mark.slow
def test_cheats_made_of_real_signs_are_named_and_real_signs_are_not_accused(words):
    material, reality = words
    trials = try_cheats(material, reality) + try_honest(honest_systems(material), reality)
    assert not failed(trials), failed(trials)

"""Laws of the plan: what the splits share and what they must not share, and how often everything comes."""

from collections import Counter, defaultdict

import pytest

from data_prep.invented.grammar import held_out
from data_prep.invented.lexicon import LETTERS, lexicon
from data_prep.invented.signers import LEFT_HANDED, TRAIN_SIGNERS, UNSEEN_SIGNERS, make_signer
from data_prep.invented.signing import sign
from data_prep.invented.splits import RULES, plan, split_sizes

SMALL = 800


@pytest.fixture(scope="module")
def small() -> dict:
    return by_split(plan(SMALL, 0))


def by_split(tasks) -> dict:
    splits = defaultdict(list)
    for task in tasks:
        splits[task.split].append(task)
    return splits


def names_of(tasks) -> set[str]:
    return {name for task in tasks for name in task.sentence.names}


def test_the_plan_is_a_pure_function_of_size_and_seed(small):
    again = by_split(plan(SMALL, 0))
    assert again == small
    assert by_split(plan(SMALL, 1))["train"] != small["train"]


def test_full_sizes():
    assert split_sizes(8000) == {"train": 8000, "dev": 300} | {r.name: 500 for r in RULES if "test" in r.name}
    assert split_sizes(20000)["dev"] == 300
    assert min(split_sizes(12).values()) >= 8


def test_no_sentence_comes_twice(small):
    texts = [task.text for tasks in small.values() for task in tasks]
    assert len(texts) == len(set(texts))


def test_test_names_are_never_seen_elsewhere(small):
    others = set().union(*(names_of(tasks) for split, tasks in small.items() if split != "test_names"))
    unseen = names_of(small["test_names"])
    assert unseen and not unseen & others
    assert all(len(task.sentence.names) == 1 for task in small["test_names"])
    assert all(3 <= len(name) <= 6 and name.isalpha() for name in unseen | others)


def test_signers(small):
    assert {task.signer for task in small["train"]} == set(TRAIN_SIGNERS)
    assert {task.signer for task in small["test_signers"]} <= set(UNSEEN_SIGNERS)
    assert {task.signer for split in small if split != "test_signers" for task in small[split]} <= set(TRAIN_SIGNERS)
    assert len(TRAIN_SIGNERS) == 12 and len(UNSEEN_SIGNERS) == 4
    assert sum(name in LEFT_HANDED for name in TRAIN_SIGNERS) * 6 == len(TRAIN_SIGNERS)
    tempos = [make_signer(name, 0).tempo for name in TRAIN_SIGNERS]
    assert min(tempos) == pytest.approx(0.85) and max(tempos) == pytest.approx(1.15)


def test_held_out_combinations_are_all_of_their_test_and_nowhere_else(small):
    for split, tasks in small.items():
        for task in tasks:
            assert any(map(held_out, task.sentence.combinations)) == (split == "test_combinations")


def test_lengths(small):
    for split, tasks in small.items():
        for task in tasks:
            words = len(task.text.split()) - 1
            glosses = sign(task.sentence, "qaa").glosses
            signs = sum(g not in LETTERS for g in glosses) + len(task.sentence.names)
            assert (
                (13 <= words <= 18 and signs >= 8) if split == "test_long" else (5 <= words <= 12 and 3 <= signs <= 7)
            )


def frequencies(tasks) -> tuple[Counter, Counter]:
    signs, faces = Counter(), Counter()
    forms = lexicon("qaa")
    for task in tasks:
        signing = sign(task.sentence, "qaa")
        signs.update(signing.glosses)
        faces.update((scope.channel, scope.value) for scope in signing.scopes)
        faces.update(("mouth", forms[g].mouth) for g in signing.glosses if forms[g].mouth)
        faces.update(("gaze", forms[g].gaze) for g in signing.glosses if forms[g].gaze)
    return signs, faces


def assert_frequent(tasks, least_sign: int, least_face: int) -> None:
    signs, faces = frequencies(tasks)
    assert set(signs) == set(lexicon("qaa")) - {"NOT"}  # NOT is a sign of qab alone
    assert min(signs.values()) >= least_sign, signs.most_common()[-3:]
    assert len(faces) == 5 + 5 + 4
    assert min(faces.values()) >= least_face, faces.most_common()[-3:]


def test_small_corpora_are_balanced_in_proportion(small):
    assert_frequent(small["train"], 3, 45)


@pytest.mark.slow
def test_in_the_full_corpus_every_sign_comes_100_times_and_every_non_manual_500_times():
    full = by_split(plan(8000, 0))
    assert_frequent(full["train"], 100, 500)
    assert sum(g == "NOT" for task in full["train"] for g in sign(task.sentence, "qab").glosses) >= 100
    assert len(names_of(full["train"])) >= 2000
    assert 0.2 < sum(bool(task.sentence.names) for task in full["train"]) / 8000 < 0.3

"""A report's verdict: what a row is accused of, and what could not be examined with what was given."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from eval.cheats import retimed
from eval.examination import reality_of, verdict_of
from eval.judging import Judge
from eval.references import References
from eval.rows import GIVEN, SYSTEM
from eval.schema import References as About
from eval.schema import System
from eval.systems import Submission
from sign_latent.card import Card
from sign_latent.corpus.clip import Clip

GENERATION = "generation under other texts, seeds and recordings"
LANGUAGES = {"spoken_language": "en", "signed_language": "qaa"}


def clip(signing, number: int, split: str = "test") -> Clip:
    pose = signing(number, 44 + number * 7 % 13, unrest=0.02, performance=number)
    about = {"signer": f"s{number % 3}", "source": split, "split": split}
    return Clip(id=f"{split}{number}", text=f"word{number} said", pose=pose, **about, **LANGUAGES)


@pytest.fixture
def references(signing):
    """Twelve clips of a folder of files."""
    clips = [clip(signing, i) for i in range(12)]
    about = About("h", [], 25.0, "smplx", 12, "set", 12, {}, None, 0)
    return References(clips, about)


@pytest.fixture
def corpus(signing, references):
    """The same as a split of a corpus."""
    train, dev = ([clip(signing, start + i, name) for i in range(18)] for start, name in ((100, "train"), (200, "dev")))
    about = replace(references.about, splits=["test"])
    return References(references.clips, about, train, dev)


def submission(poses, generator=None, row=SYSTEM, clips=()) -> Submission:
    kind = "files" if generator is None else "generator"
    about = System("made@1", kind, {}, {}, [] if generator is None else [0], 25.0, "smplx")
    said = {clip.text: clip for clip in clips}
    return Submission({row: [list(poses)]}, about, [], {}, generator=generator, said=said)


def verdict(given: Submission, references, judges=(), row=SYSTEM):
    return verdict_of(row, given, references, reality_of(references), judges, None)


def unexamined(found) -> set[str]:
    return {finding.name for finding in found.findings if finding.severity == "not examined"}


def test_slowed_recordings_are_named_beside_references_alone(references):
    found = verdict(submission(retimed(c.pose, 2 * len(c.pose)) for c in references.clips), references)
    assert found.accusations == ["half speed"]
    assert found.findings[0].severity == "accusation" and found.findings[0].evidence["duration_ratio"] > 1.9


def test_a_folder_of_references_leaves_copies_lengths_and_generation_unexamined(references):
    found = verdict(submission(c.pose for c in references.clips), references)
    unknown = {"training-clip copy", "ground-truth length leak", GENERATION, "seen in training"}
    assert unexamined(found) == unknown
    assert "ground-truth length leak" not in found.examined
    assert not unexamined(found) & set(found.examined) and "time reversal" in found.examined
    assert "no training clips" in found.about and "references themselves" in found.about


def test_a_corpus_gives_training_and_held_out_clips_that_are_not_judged(corpus, references):
    reality = reality_of(corpus)
    assert (len(reality.train), len(reality.held_out)) == (18, 18)
    assert reality_of(references).held_out == references.clips
    found = verdict(submission(corpus.train[i].pose for i in range(12)), corpus)
    assert "training-clip copy" in found.accusations
    assert unexamined(found) == {GENERATION} and "texts and recordings seen in training" in found.examined


class Honest:
    """Signs a text by a motion drawn from it; `frames` are lengths that may be given."""

    card = Card("made", "toy", {}, languages={"spoken": ["en"], "signed": ["qaa"]})

    def __init__(self, signing):
        self.signing = signing

    def generate(self, texts, frames=None, seed=0):
        return [self.signing(sum(text.encode()), 40, 0.3, seed + 50) for text in texts]


class Blind(Honest):
    """Draws its motion from the seed alone, and asks for the recording's first frame."""

    def generate(self, texts, frames=None, seed=0, first_frame=None):
        return [self.signing(seed + 7, 40, 0.3, i) for i, _ in enumerate(texts)]


def test_a_generator_is_tried_and_one_that_ignores_the_text_is_accused(corpus, signing):
    for kind, accused in ((Honest, False), (Blind, True)):
        generator = kind(signing)
        poses = generator.generate([c.text for c in corpus.clips])
        found = verdict(submission(poses, generator, clips=corpus.clips), corpus)
        said = [f.reason for f in found.findings if f.name == "text-blind generator"]
        assert any("another seed" in reason for reason in said) == accused
        assert any("'first_frame'" in f.reason for f in found.findings) == accused
        assert GENERATION in found.examined


def test_given_lengths_are_declared_and_not_tried(corpus, signing):
    generator = Honest(signing)
    poses = [retimed(p, len(c.pose)) for p, c in zip(generator.generate(["a"] * 12), corpus.clips, strict=True)]
    found = verdict(submission(poses, generator, GIVEN), corpus, row=GIVEN)
    assert unexamined(found) == {GENERATION} and "ground-truth length leak" not in found.examined


def test_a_judge_of_the_same_split_is_accused_and_one_of_another_corpus_not_known(corpus):
    card = Card("judge", "back_translator", {}, corpus_hash="h")
    poses = [c.pose for c in corpus.clips]
    known = Judge("judge@1", SimpleNamespace(), card=card)
    trained = replace(corpus, about=replace(corpus.about, splits=["train"]))
    assert "judge leak" in verdict(submission(poses), trained, [known]).accusations
    assert "judges trained on what they judge" in verdict(submission(poses), corpus, [known]).examined
    other = Judge("judge@1", SimpleNamespace(), card=replace(card, corpus_hash="x"))
    found = verdict(submission(poses), replace(corpus, about=replace(corpus.about, splits=["a", "b"])), [other])
    assert [f.name for f in found.findings].count("judge leak") == 1 and "judge leak" in unexamined(found)

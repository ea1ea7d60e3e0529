"""A corpus whose glosses have times."""

from dataclasses import replace
from pathlib import Path

import pytest

from sign_latent.corpus.clip import Tier
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch, sign_latent_home):
    """Nothing is read from or left in the caches and shelves of the user."""
    monkeypatch.setenv("SIGN_LATENT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def timed_clips(few_clips, tmp_path_factory) -> Path:
    """The twelve training clips and four of dev with their glosses one after another, a frame between two."""

    def timed(clip):
        glosses = clip.gloss.split()
        step = (len(clip.pose) - 4) // len(glosses)
        spans = [Tier("gloss", gloss, 2 + i * step, 1 + (i + 1) * step) for i, gloss in enumerate(glosses)]
        brows = Tier("brows", "up", 0, len(clip.pose))
        return replace(clip, tiers=spans + ([brows] if int(clip.id) % 2 else []))

    corpus = Corpus.open(few_clips)
    folder = tmp_path_factory.mktemp("timed") / "corpus"
    clips = (timed(clip) for split in corpus.splits for clip in corpus.split(split))
    write_corpus(folder, clips, corpus.skeleton, corpus.fps, corpus.info)
    return folder

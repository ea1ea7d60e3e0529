"""A corpus of this project: on another skeleton, at another frame rate, or only its first clips."""

from functools import partial
from pathlib import Path

from data_prep.formats.source import Options, Source
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus


def open_source(path: Path, options: Options) -> Source:
    """All splits in order, with annotation and what is known of their origin. UserError if it is no corpus."""
    corpus = Corpus.open(path)
    splits = [corpus.split(name) for name in corpus.splits]
    info = corpus.info | {"converted_from": corpus.hash}
    source = Source(path, corpus.skeleton.name, corpus.fps, sum(map(len, splits)), info, drops=list(corpus.drops))
    source.notes += info.get("notes", [])
    source.records = ((clip.id, partial(_same, clip)) for split in splits for clip in split)
    return source


def _same(clip: Clip) -> Clip:
    return clip

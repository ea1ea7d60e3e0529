"""Dictionary stitching: glosses of a text, real examples of each, joined by smooth transitions; names by letters.

In the manner of Stoll et al. 2020 and Saunders et al. 2022, who join dictionary signs. What glosses do not tell
(questions, negation) the system cannot sign.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import nn

from sign_latent.baselines.dictionary import Dictionary, DictionarySettings
from sign_latent.baselines.glosses import GlossTranslator, GlossTranslatorSettings
from sign_latent.baselines.joining import cheapest, joined
from sign_latent.pose.pose import Pose

OPENING, CLOSING, FIRST = 0, 1, 2
"""Numbers of the pieces with which clips open and close; that of the first gloss."""


@dataclass
class StitcherSettings:
    """Dictionary, translation, and how signs follow each other; measured on the corpus by the stage."""

    translator: GlossTranslatorSettings = field(default_factory=GlossTranslatorSettings)
    """From text to glosses."""
    dictionary: DictionarySettings = field(default_factory=DictionarySettings)
    """Its shape."""
    candidates: int = 3
    """Examples of a sign, drawn at random, of which the best-fitting one is taken."""
    gap: int = 3
    """Frames between two signs."""
    lead: int = 6
    """Frames from the opening to the first sign."""
    trail: int = 6
    """Frames from the last sign to the closing."""
    fastest: float = 0.6
    """Farthest that a point moves from one frame to the next in a transition, in shoulder widths."""


class Stitcher(nn.Module):
    """Glosses -> a pose."""

    Settings = StitcherSettings

    def __init__(self, settings: StitcherSettings, dictionary: Dictionary | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.translator = GlossTranslator(settings.translator)
        self.dictionary = dictionary or Dictionary(settings.dictionary)
        self._shown: list[Pose] | None = None

    @property
    def pieces(self) -> list[Pose]:
        """All pieces of the dictionary as poses; made once, when first asked for."""
        if self._shown is None:
            self._shown = self.dictionary.pieces()
        return self._shown

    def known(self, glosses: Sequence[str]) -> list[str]:
        """Those glosses of a line that the dictionary has an example of."""
        has = set(self.dictionary.signs.tolist())
        return [g for g in glosses if g in self.translator.gloss_ids and self._sign(g) in has]

    def stitched(self, glosses: Sequence[str], chance: np.random.Generator) -> Pose:
        """Examples of the glosses (each one `known`), joined between an opening and a closing; it has their signs."""
        signs = [OPENING, *map(self._sign, glosses), CLOSING]
        drawn = [self._candidates(sign, chance) for sign in signs]
        # what a signer does between two signs is least where they end and begin near each other
        costs = [self._apart(here, there) for here, there in itertools.pairwise(drawn)]
        chosen = [self.pieces[options[i]] for options, i in zip(drawn, cheapest(costs), strict=True)]
        named = [piece.with_signs([(gloss, 0, len(piece))]) for gloss, piece in zip(glosses, chosen[1:], strict=False)]
        s = self.settings
        return joined([chosen[0], *named, chosen[-1]], [s.lead, *[s.gap] * (len(glosses) - 1), s.trail], s.fastest)

    def _sign(self, gloss: str) -> int:
        return FIRST + self.translator.settings.glosses.index(gloss)

    def _candidates(self, sign: int, chance: np.random.Generator) -> np.ndarray:
        options = self.dictionary.examples(sign)
        return chance.permutation(options)[: self.settings.candidates]

    def _apart(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Mean distance [n, m] between last frames and first frames of pieces."""
        rows = list(self.dictionary.skeleton.signing)
        ends = np.stack([self.pieces[i].points[-1, rows] for i in here])
        starts = np.stack([self.pieces[i].points[0, rows] for i in there])
        return np.linalg.norm(ends[:, None] - starts[None], axis=-1).mean(-1)

"""Is the text found again in what is signed? A judge reads clips of a generator before it is published.

Held-out texts are signed with the text itself and with the empty text, at the same lengths and from the same noise.
What the judge reads is compared with the clip's own text, and, of the same clips, with another clip's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sign_latent import registry
from sign_latent.errors import UserError
from sign_latent.evaluator.back_translation import load_judge, read_poses
from sign_latent.evaluator.bleu import bleu_of, bleu_rows
from sign_latent.generation.audit import audit_warnings, other_rows
from sign_latent.generation.inputs import kinds_of
from sign_latent.generation.request import known_pairs
from sign_latent.resampling import cluster_unit, draw_weights
from sign_latent.stage import tell_warnings
from sign_latent.text.checks import check_text
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import TEXT
from sign_latent.text.vocabulary import normalise_text

if TYPE_CHECKING:
    from sign_latent.corpus.read import ClipSet

DRAWS = 1000
CONDITIONS = ("matched", "shuffled", "empty")


@dataclass
class BackTranslationSettings:
    """Who reads the clips of a generator before it is published; the audit costs two generations a clip."""

    judge: str = "judge-dev"
    """A published judge, not one of those that report scores."""
    clips: int = 64
    """Held-out clips that are signed; 0 = none, no audit."""


@dataclass
class Silent:
    """A text encoder to which every text is empty."""

    encoder: Any

    def encode(self, texts: Sequence[str], *more: Any) -> TextFeatures:
        """As many empty texts."""
        return self.encoder.encode(texts, *more).emptied()


def check_judge(settings: BackTranslationSettings) -> None:
    """UserError, before a training, for a judge that is not there or is no judge."""
    if settings.clips > 0:
        load_judge(settings.judge)


def unfit(judge: registry.Artefact, skeleton: str, clips: ClipSet) -> str:
    """Why a judge can read none of the clips of a corpus; empty where it can."""
    own = judge.model.settings.skeleton
    if own != skeleton:
        return f"{judge.card.name} reads skeleton {own}, this generator makes {skeleton}"
    if not any(_knows(judge.card, pair) for pair in clips.languages):
        known = ", ".join(judge.card.languages["signed"])
        return f"{judge.card.name} reads {known}, which is not signed here from the same spoken language"
    return ""


def _knows(card: registry.Card, pair: tuple[str, str]) -> bool:
    return pair in known_pairs(card)


def chosen_rows(judge: registry.Card, own: registry.Card, clips: ClipSet, lines: list[str], most: int) -> list[int]:
    """Clips in languages that judge and generator know and whose lines can be signed, spread over the split."""

    def signable(text: str) -> bool:
        try:
            check_text(text)
        except UserError:
            return False
        return True

    pairs = {pair for pair in set(clips.languages) if _knows(judge, pair) and _knows(own, pair)}
    fit = [i for i, pair in enumerate(clips.languages) if pair in pairs and signable(lines[i])]
    places = np.linspace(0, len(fit) - 1, min(most, len(fit))).round().astype(int)
    return [fit[i] for i in places]


def back_translation_audit(
    generator: Any, skeleton: str, clips: ClipSet, settings: BackTranslationSettings, seed: int = 0
) -> dict[str, Any]:
    """What the judge finds in clips of a generator, or under ``skipped`` why it was not asked; empty if switched off.

    BLEU-4 (0–100) and the negative log-likelihood of the texts (nats a token) with matched, shuffled and empty text,
    how much better the first is than the others, and 95 % bootstrap intervals over sources, with the same draws for
    all. clips: of a held-out split. The shuffled text of a clip is the next one that differs.
    """
    if settings.clips <= 0:
        return {}
    judge = load_judge(settings.judge)
    if reason := unfit(judge, skeleton, clips):
        return {"skipped": reason}
    gloss = TEXT not in kinds_of(generator.card)
    lines = clips.glosses if gloss else clips.texts
    rows = chosen_rows(judge.card, generator.card, clips, lines, settings.clips)
    texts = [clips.texts[i] for i in rows]
    other = other_rows(texts)
    if len(set(texts)) < 2:
        return {"skipped": "the held-out clips have fewer than two texts that can be signed"}
    spoken, signed = zip(*(clips.languages[i] for i in rows), strict=True)
    how = {"seed": seed, "spoken_language": spoken, "signed_language": signed} | ({"gloss": True} if gloss else {})
    said = [lines[i] for i in rows]
    made = generator.generate(said, **how)
    silent = replace(generator, encoder=Silent(generator.encoder))
    blank = silent.generate(said, frames=[len(pose) for pose in made], **how)
    turned = [texts[i] for i in other]
    own, lost = (read_poses(judge.model, poses, texts, note="back-translation") for poses in (made, blank))
    shuffled = replace(own, nll=read_poses(judge.model, made, turned, note="back-translation").nll)
    against = {"matched": (own, texts), "shuffled": (shuffled, turned), "empty": (lost, texts)}
    clusters = cluster_unit(*([getattr(clips, what)[i] for i in rows] for what in ("sources", "signers", "ids")))[1]
    about = {"judge": judge.card.reference, "clips": len(rows)}
    read = {name: [list(map(normalise_text, part)) for part in (r.texts, t)] for name, (r, t) in against.items()}
    bleu = bleu_facts({name: bleu_rows(*pair) for name, pair in read.items()}, clusters, seed)
    return about | bleu | nll_facts({name: reading.nll for name, (reading, _) in against.items()}, clusters, seed)


def with_audit(
    generator: Any, facts: dict[str, Any], clips: ClipSet, settings: BackTranslationSettings
) -> registry.Card:
    """The card of a generator with what its audit found, what a judge reads of its poses, and what both warn of.

    The warnings are said on stderr too: here, where a generator is about to be published.
    """
    card, spec = generator.card, generator.autoencoder.spec
    if spec.domain == "pose":  # no judge reads conditions
        read = back_translation_audit(generator, spec.skeleton, clips, settings, card.seed)
        facts = facts | {"back_translation": read}
    audited = replace(card, audit=facts, warnings=audit_warnings(facts))
    tell_warnings(audited)
    return audited


def bleu_facts(rows: dict[str, np.ndarray], clusters: np.ndarray, seed: int) -> dict[str, Any]:
    """BLEU-4 of each condition and how far the others stay behind the first, with intervals, from counts [n, 10]."""
    weights = draw_weights(clusters, DRAWS, seed)
    values = {name: bleu_of(found) for name, found in rows.items()}
    return _facts("bleu4", values, {name: bleu_of(n, weights) for name, n in rows.items()})


def nll_facts(nll: dict[str, np.ndarray], clusters: np.ndarray, seed: int) -> dict[str, Any]:
    """The same of nats a token [n]; gaps are positive where texts are less likely than with their own clip."""
    weights = draw_weights(clusters, DRAWS, seed)
    values = {name: float(found.mean()) for name, found in nll.items()}
    return _facts("nll", values, {name: weights @ n / weights.sum(1) for name, n in nll.items()})


def _facts(what: str, values: dict[str, float], drawn: dict[str, np.ndarray]) -> dict[str, Any]:
    """Values and their draws by condition -> those on the card, with gaps that are positive where text is heard."""
    sign, first = {"bleu4": 1, "nll": -1}[what], CONDITIONS[0]
    found = {f"{what}_{name}": (values[name], drawn[name]) for name in CONDITIONS}
    for name in CONDITIONS[1:]:
        found[f"gap_{what}_{name}"] = sign * (values[first] - values[name]), sign * (drawn[first] - drawn[name])
    said = {f"{name}_interval": np.quantile(draws, [0.025, 0.975]).tolist() for name, (_, draws) in found.items()}
    return {name: float(value) for name, (value, _) in found.items()} | said

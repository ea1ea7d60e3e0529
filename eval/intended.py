"""What a clip of the invented language is meant to show, read off its annotation."""

from data_prep.invented.lexicon import lexicon
from data_prep.invented.signing import Scope, Signing
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError

SPANNING = ("brows", "head")
"""Channels that span signs by grammar; mouth and gaze belong to the single sign, as the lexicon says."""


def intended(clip: Clip) -> Signing:
    """Glosses in order and the non-manuals over them.

    UserError for a clip that is not of an invented language or has no timed glosses.
    """
    forms = lexicon(clip.signed_language)
    signs = sorted((tier for tier in clip.tiers if tier.channel == "gloss"), key=lambda tier: tier.start)
    unknown = [tier.value for tier in signs if tier.value not in forms]
    if not signs or unknown:
        what = f"its gloss {unknown[0]!r} is not in the lexicon" if unknown else "it has no timed glosses"
        raise UserError(
            f"clip {clip.id}: {what}, so what it should show is not known; take a corpus of data_prep.synthesise"
        )
    scopes = []
    for tier in clip.tiers:
        if tier.channel in SPANNING:
            covered = [i for i, sign in enumerate(signs) if sign.start < tier.end and tier.start < sign.end]
            scopes.append(Scope(tier.channel, tier.value, covered[0], covered[-1]))
    return Signing(tuple(sign.value for sign in signs), tuple(scopes))

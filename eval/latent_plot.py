"""Signs in a plane: their mean latents along the two principal directions, by gloss (no t-SNE, no UMAP).

A linear map keeps distances honest: what lies apart in the picture is at least so far apart in the latent. The
directions are of all signs of glosses that occur often, so they were not chosen to set the shown glosses apart.
"""

from collections.abc import Sequence

import numpy as np

from eval.curves import Series, curves
from eval.interpretation import Signs, explained, often, principal, slot_names
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.errors import UserError

SHOWN = 8
"""Glosses that are coloured, the most frequent."""


def chosen_slots(model: Autoencoder, slot: str | None) -> list[int]:
    """Places of the slots of that name; all if None. UserError lists the names."""
    names = slot_names(model)
    if slot is None:
        return list(range(len(names)))
    if slot not in names:
        raise UserError(f"slot {slot!r}: this latent has none of that name; it has {', '.join(names)}")
    return [names.index(slot)]


def live_values(signs: Signs, model: Autoencoder, slot: str | None = None) -> np.ndarray:
    """Values [n, D] of a slot (all if None) of each sign, dead channels as 0."""
    rows = chosen_slots(model, slot)
    return (signs.latents * ~model.latent_dead.numpy())[:, rows].reshape(len(signs.glosses), -1)


def projected(signs: Signs, model: Autoencoder, slot: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Places [n, 2] of signs along the two principal directions of a slot (all if None), and the share of the variance
    along each [2].
    """
    values = live_values(signs, model, slot)
    centre, directions, spread = principal(values)
    energy = np.square(spread)
    share = energy[:2] / energy.sum() if energy.sum() > 0 else np.full(2, np.nan)
    return (values - centre) @ directions[:2].T, share


def pca_plot(
    signs: Signs,
    model: Autoencoder,
    title: str,
    slot: str | None = None,
    glosses: Sequence[str] = (),
    most: int = SHOWN,
) -> str:
    """The picture as a figure; empty where fewer than three signs are of glosses that occur often.

    glosses: which are shown (the `most` frequent if empty). UserError for one that no clip signs.
    """
    known = list(glosses) or often(signs.glosses)[:most]
    missing = [gloss for gloss in known if gloss not in signs.glosses]
    if missing:
        raise UserError(f"gloss {missing[0]}: no clip here signs it; name others, or more clips")
    frequent = set(often(signs.glosses)) | set(known)
    rows = [i for i, gloss in enumerate(signs.glosses) if gloss in frequent]
    some = Signs(signs.latents[rows], [signs.glosses[i] for i in rows])
    if len(rows) < 3:
        return ""
    places, share = projected(some, model, slot)
    series = [
        Series(f"{gloss} ({len(at)})", places[at].tolist(), labels=[gloss] * len(at))
        for gloss in known
        for at in [[i for i, name in enumerate(some.glosses) if name == gloss]]
    ]
    told = explained(live_values(some, model, slot), some.glosses)
    caption = f"{title}: {len(rows)} signs of {len(frequent)} glosses, which explain {100 * told:.0f} % of the variance"
    axes = [f"principal direction {i + 1} ({100 * part:.0f} % of the variance)" for i, part in enumerate(share)]
    return curves(caption, series, *axes)

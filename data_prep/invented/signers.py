"""The people: proportions, tempo, amplitude, handedness and unrest of each signer."""

from dataclasses import dataclass

import numpy as np

from sign_latent.pose.kinematics import rest_points
from sign_latent.pose.skeleton import get_skeleton

TRAIN_SIGNERS = tuple(f"signer{number:02d}" for number in range(1, 13))
UNSEEN_SIGNERS = tuple(f"signer{number:02d}" for number in range(13, 17))
LEFT_HANDED = ("signer04", "signer10", "signer15")
TEMPO_RANGE = 0.15
_GROUPS = {  # bones that share a length factor, and the spread of that factor
    "trunk": (0.05, ("spine", "neck")),
    "head": (0.06, ("head", "jaw", "eye", "brow", "mouth", "lip", "chin")),
    "upper_arm": (0.07, ("elbow",)),
    "forearm": (0.07, ("wrist",)),
    "hand": (0.08, ("index", "middle", "ring", "pinky", "thumb")),
}


@dataclass(frozen=True)
class Signer:
    """One person. Lengths and amplitude are factors, tempo too (above 1 signs faster); offsets in shoulder widths."""

    name: str
    handedness: str
    tempo: float
    amplitude: float
    lengths: dict[str, float]
    place_offset: np.ndarray
    elbow: float
    unrest: float

    def rest(self) -> np.ndarray:
        """Rest pose [94, 3] with this signer's bone lengths; shoulder width stays 1."""
        skeleton = get_skeleton("smplx")
        canonical = np.asarray(rest_points(), dtype=np.float64)
        factors = np.ones(len(skeleton.points))
        for group, (_, words) in _GROUPS.items():
            for index, name in enumerate(skeleton.points):
                if any(word in name for word in words) and not (group == "head" and name == "head"):
                    factors[index] = self.lengths[group]
        rest = canonical.copy()
        for index, parent in enumerate(skeleton.parents):  # parents come before their children
            if parent >= 0:
                rest[index] = rest[parent] + (canonical[index] - canonical[parent]) * factors[index]
        shoulders = rest[[skeleton.left_shoulder, skeleton.right_shoulder]]
        return (rest - shoulders.mean(0)) / np.linalg.norm(shoulders[0] - shoulders[1])


def make_signer(name: str, seed: int) -> Signer:
    """A signer by name and corpus seed; tempos are spread evenly over the allowed range."""
    number = int(name[-2:])
    rng = np.random.default_rng([seed, 7, number])
    everyone = TRAIN_SIGNERS if name in TRAIN_SIGNERS else UNSEEN_SIGNERS
    rank = (everyone.index(name) * 5) % len(everyone) / (len(everyone) - 1)
    if name in UNSEEN_SIGNERS:
        rank = everyone.index(name) / (len(everyone) - 1)
    return Signer(
        name=name,
        handedness="left" if name in LEFT_HANDED else "right",
        tempo=1 - TEMPO_RANGE + 2 * TEMPO_RANGE * rank,
        amplitude=rng.uniform(0.85, 1.15),
        lengths={group: 1 + spread * rng.uniform(-1, 1) for group, (spread, _) in _GROUPS.items()},
        place_offset=rng.uniform(-0.02, 0.02, 3),
        elbow=rng.uniform(-0.15, 0.15),
        unrest=rng.uniform(0.7, 1.3),
    )

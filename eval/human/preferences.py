"""Which of two systems is preferred: sign tests that count people and items once, and strengths of several systems."""

from collections.abc import Sequence

import numpy as np


def sign_test(points: np.ndarray, clusters: Sequence[str]) -> dict:
    """Two-sided sign test over clusters, each of which votes once, by the sum of its points [n] (win 1, loss −1).

    `for`, `against`, and `p` of a fair coin among those that lean (scipy's `binomtest`); p is None if none does.
    """
    from scipy.stats import binomtest

    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.bincount(place, weights=points, minlength=len(names))
    wins, losses = int((sums > 0).sum()), int((sums < 0).sum())
    p = binomtest(wins, wins + losses).pvalue if wins + losses else None
    return {"for": wins, "against": losses, "p": p}


def holm(tests: Sequence[float | None]) -> list[float | None]:
    """p values corrected for being several (Holm 1979); None stays None and does not count."""
    known = sorted((p, i) for i, p in enumerate(tests) if p is not None)
    corrected: list[float | None] = [None] * len(tests)
    highest = 0.0
    for place, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - place)))
        corrected[i] = highest
    return corrected


def win_table(first: np.ndarray, second: np.ndarray, shares: np.ndarray, count: int) -> np.ndarray:
    """[S, S] wins of row over column. `first`, `second` [n]: systems compared; `shares` [2, n]: how much of a win each
    of the two gets (1 and 0, or ½ and ½), times the weight of the comparison."""
    wins = np.zeros((count, count))
    np.add.at(wins, (first, second), shares[0])
    np.add.at(wins, (second, first), shares[1])
    return wins


def bradley_terry(wins: np.ndarray) -> np.ndarray:
    """Log strengths [S] with mean 0 from wins [S, S] (Bradley & Terry 1952), a tie being half a win for each.

    One tie is added between every two systems, so that a system that always wins has a finite strength.
    """
    from scipy.optimize import minimize

    count = len(wins)
    wins = wins + 0.5 * (1 - np.eye(count))

    def loss(strengths: np.ndarray) -> tuple[float, np.ndarray]:
        gaps = strengths[:, None] - strengths
        doubt = wins / (1 + np.exp(gaps))
        return float((wins * np.logaddexp(0, -gaps)).sum()), doubt.sum(0) - doubt.sum(1)

    found = minimize(loss, np.zeros(count), jac=True, method="BFGS").x
    return found - found.mean()


def strengths(
    systems: Sequence[str], compared: Sequence[tuple[str, str]], won: np.ndarray, weights: np.ndarray
) -> dict:
    """System -> log strength and 95 % interval. `won` [n]: the first one's share of each comparison."""
    place = {name: i for i, name in enumerate(systems)}
    first, second = (np.array([place[pair[side]] for pair in compared]) for side in (0, 1))

    def fit(w: np.ndarray) -> np.ndarray:
        return bradley_terry(win_table(first, second, np.stack([w * won, w * (1 - won)]), len(systems)))

    drawn = np.array([fit(w) for w in weights])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    best = fit(np.ones(len(won)))
    return {name: {"value": float(best[i]), "interval": [float(low[i]), float(high[i])]} for name, i in place.items()}

"""Attention checks: which raters are left out, by rules that the key fixed before anyone rated."""

from eval.human.design import CHECK, Trial
from eval.human.key import SIDES, Key, Rules
from eval.human.results import Answer
from sign_latent.rating.questions import CANNOT_SAY, SINGLE

_TOO_GOOD = ("understandability", "fluency")


def failed(trial: Trial, given: dict[str, str], rules: Rules) -> bool | None:
    """Whether the answers to a check fail it; None if what matters was not answered."""
    if trial.part == SINGLE:
        points = [int(given[name]) for name in _TOO_GOOD if given.get(name, CANNOT_SAY) != CANNOT_SAY]
        return max(points) >= rules.too_good if points else None
    answer = given.get("preference")
    if answer is None:
        return None
    return answer in SIDES and bool(trial.clips[SIDES.index(answer)].change)


def change_of(trial: Trial) -> str:
    """What was done to the clip of a check."""
    return next(showing.change for showing in trial.clips if showing.change)


def outcomes(answers: list[Answer], key: Key) -> dict[str, list[tuple[str, bool]]]:
    """Rater -> (what was done to the clip, whether the check was failed) of each check that was answered."""
    given: dict[tuple[str, str], dict[str, str]] = {}
    for answer in answers:
        if answer.trial.kind == CHECK:
            given.setdefault((answer.rater, answer.trial.code), {})[answer.question] = answer.value
    found: dict[str, list[tuple[str, bool]]] = {answer.rater: [] for answer in answers}
    for (rater, code), values in given.items():
        trial = key.trials[rater][code]
        verdict = failed(trial, values, key.rules)
        if verdict is not None:
            found[rater].append((change_of(trial), verdict))
    return found


def summary(found: dict[str, list[tuple[str, bool]]], rules: Rules) -> dict:
    """Counts of checks, and the raters who are left out (`excluded`) or answered no check at all (`unchecked`)."""
    kinds = sorted({change for checks in found.values() for change, _ in checks})
    counts = {}
    for kind in kinds:
        verdicts = [bad for checks in found.values() for change, bad in checks if change == kind]
        counts[kind] = {"answered": len(verdicts), "failed": sum(verdicts)}
    return {
        "rule": f"left out: more than {rules.allowed} failed",
        "counts": counts,
        "excluded": sorted(r for r, checks in found.items() if sum(bad for _, bad in checks) > rules.allowed),
        "unchecked": sorted(rater for rater, checks in found.items() if not checks),
    }

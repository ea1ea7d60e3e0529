"""`python -m data_prep.split CORPUS --out CORPUS2 --by signer`: clips that share a group come into one split.

Groups are those of one signer, one source, one sentence (normalised text) or one clip (`id`). A group's place is a
hash of its name and the seed, so it depends neither on the order of the clips nor on the machine. Sentences and clips
are many: each goes where its hash falls, and stays there when data are added. Signers and sources are few and differ in
size: they are lined up by hash and the line is cut, so that the shares are met as nearly as whole groups allow and no
split is empty.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from data_prep.changing import rewrite, watched
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.stream import texts
from sign_latent.errors import Parser, UserError
from sign_latent.text.vocabulary import normalise_text

COLUMNS = {"signer": "signer", "source": "source", "sentence": "text", "id": "id"}
"""What clips are grouped by -> column of the corpus."""
FEW = ("signer", "source")
SHARES = "train=0.8,dev=0.1,test=0.1"
DROP = "drop"


def split(
    corpus: Corpus, out: Path, by: str, shares: Mapping[str, float], seed: int = 0, unknown: str = ""
) -> dict[str, int]:
    """Write the corpus with new splits; returns their clips.

    unknown: the split of clips whose signer, source or text is not known, or "drop". UserError if there are such and
    nothing is said, for shares that are not positive or do not add to 1, and for fewer groups than splits.
    """
    _check(shares)
    place = _line(corpus, by, shares, seed) if by in FEW else None
    counts: Counter = Counter()
    drops, lost = list(corpus.drops), {"id": "", "reason": f"no {COLUMNS[by]} is known, to split by"}

    def moved() -> Iterator[Clip]:
        for clip in watched(corpus, "split"):
            group = group_of(getattr(clip, COLUMNS[by]), by)
            if not group and not unknown:
                raise UserError(
                    f"clip {clip.id}: its {COLUMNS[by]} is not known; say --unknown SPLIT or --unknown drop"
                )
            if not group and unknown == DROP:
                drops.append(lost | {"id": clip.id})
                continue
            target = (place[group] if place else drawn(group, shares, seed)) if group else unknown
            counts[target] += 1
            clip.split = target
            yield clip

    how = {"by": by, "shares": dict(shares), "seed": seed, "unknown": unknown, "clips": counts}
    rewrite(corpus, out, moved(), ("splitting", how), drops)
    return dict(counts)


def group_of(value: str, by: str) -> str:
    """The group's name: sentences are the same where they differ in case or spacing only. "" if unknown."""
    return normalise_text(value) if by == "sentence" else value


def drawn(group: str, shares: Mapping[str, float], seed: int) -> str:
    """The split into which the hash of a group falls."""
    at, below = _hash(group, seed), 0.0
    for name, share in shares.items():
        below += share
        if at < below:
            return name
    return list(shares)[-1]  # the shares add up to 1 but for rounding


def cut(sizes: Mapping[str, int], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Group -> split: groups in the order of their hashes, cut where the clips so far come nearest to the shares.

    Every split gets a group at least. UserError with fewer groups than splits.
    """
    if len(sizes) < len(shares):
        raise UserError(f"{len(sizes)} groups cannot fill {len(shares)} splits; name fewer in --shares, or split by id")
    line = sorted(sizes, key=lambda group: (_hash(group, seed), group))
    so_far = [0]
    for group in line:
        so_far.append(so_far[-1] + sizes[group])
    cuts, wanted = [0], 0.0
    for left, share in zip(range(len(shares) - 1, 0, -1), shares.values(), strict=False):
        wanted += share * so_far[-1]
        possible = range(cuts[-1] + 1, len(line) - left + 1)
        cuts.append(min(possible, key=lambda i: abs(so_far[i] - wanted)))
    cuts.append(len(line))
    ranges = zip(shares, pairwise(cuts), strict=True)
    return {group: name for name, (start, end) in ranges for group in line[start:end]}


def _line(corpus: Corpus, by: str, shares: Mapping[str, float], seed: int) -> dict[str, str]:
    sizes = Counter(group_of(value, by) for (value,) in texts(corpus, (COLUMNS[by],)))
    sizes.pop("", None)
    return cut(sizes, shares, seed)


def _hash(group: str, seed: int) -> float:
    """In [0, 1)."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{group}".encode()).digest()[:6]) / 2**48


def _check(shares: Mapping[str, float]) -> None:
    if not shares or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise UserError(f"shares {dict(shares)}: must be positive and add up to 1; give for example {SHARES}")


def _shares(text: str) -> dict[str, float]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        found = {name.strip(): float(value) for name, value in pairs}
    except ValueError:
        raise UserError(f"--shares {text!r}: not of the form {SHARES}") from None
    if len(found) < len(pairs):
        raise UserError(f"--shares {text!r}: names a split twice")
    return found


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.split", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of a corpus")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new corpus")
    parser.add_argument("--by", choices=COLUMNS, required=True, help="clips alike in this never lie in two splits")
    parser.add_argument("--shares", default=SHARES, help=f"splits and their shares of the clips (default {SHARES})")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another split (default 0)")
    parser.add_argument("--unknown", default="", help="split for clips of unknown signer, source or text, or drop")
    given = parser.parse_args(arguments)
    shares = _shares(given.shares)
    counts = split(Corpus.open(given.corpus), given.out, given.by, shares, given.seed, given.unknown)
    print(f"wrote {given.out}: " + ", ".join(f"{name} {counts[name]}" for name in sorted(counts)))


if __name__ == "__main__":
    errors.run(main)

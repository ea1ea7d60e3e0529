"""How a corpus lies on disk: one Parquet row a clip, in shards a split, described by ``corpus.json``."""

import hashlib
import json
from typing import Any

CARD = "corpus.json"
"""Skeleton, fps, units, shards with their hashes, counts, content hash, dropped clips with reasons, information."""

TEXT_COLUMNS = (
    "id",
    "text",
    "spoken_language",
    "signed_language",
    "signer",
    "source",
    "split",
    "handedness",
    "video",
    "gloss",
)
PLACEMENT = "placement"
"""Column of `Placement.to_text`; empty where the source's frame is not known, absent in older corpora."""
PROVENANCE = "provenance"
"""Column of `Pose.provenance`: what a generated clip says of itself; empty of a recording, absent in older corpora."""
POSE_COLUMNS = (PLACEMENT, PROVENANCE)
ARRAY_COLUMNS = ("points", "confidence", "rotations", "expression")
"""Flattened float32 lists; empty where a clip lacks rotations or expression."""

UNITS = {
    "points": "shoulder widths; origin between the shoulders; x to the signer's left, y up, z forward",
    "confidence": "0 (missing) to 1",
    "rotations": "radians, axis-angle",
    "expression": "coefficients of the face basis",
    "tiers": "frames, end excluded",
}


def shard_name(split: str, number: int, of: int) -> str:
    """File of a shard; the pattern lets ``datasets.load_dataset(folder)`` find the splits by itself."""
    return f"{split}-{number:05d}-of-{of:05d}.parquet"


def content_hash(skeleton: str, fps: float, splits: dict[str, Any]) -> str:
    """sha256 of what a corpus holds, from the digests of the clips of its splits."""
    content = [skeleton, fps, {name: split["content"] for name, split in splits.items()}]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

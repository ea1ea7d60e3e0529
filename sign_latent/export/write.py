"""Writing an export: a folder of ONNX graphs, or one file of PyTorch programs; both with ``generator.json``.

``generator.json``: ``latent`` (J', D) and ``stride`` in frames, ``steps`` (`constants.steps_of`), ``guidance``,
``clamp`` of the clean latent, ``fps``, ``skeleton``, ``vocabulary`` of words that are not spelled, ``spelling``
(whether tokens have the columns of `text.spelling`), ``longest_learnt`` in words and spelled letters (null where it is
not known), ``provenance``, and, with a text encoder, ``longest_text`` in tokens.

Opset 18 is what PyTorch's exporter writes without converting; onnxruntime reads it since 1.14. Exported are
``sald_denoiser`` models that sign one pair of languages; their text encoder where it is of the BERT kind.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from sign_latent.errors import UserError, brief
from sign_latent.export.constants import steps_of
from sign_latent.export.graphs import Graph, encoder_graph, graphs_of
from sign_latent.export.run_onnx import Signer
from sign_latent.files import file_aside, folder_aside
from sign_latent.generation.base import TextToPose
from sign_latent.generation.generator import Generator
from sign_latent.generation.inputs import longest_of
from sign_latent.generation.provenance import origin
from sign_latent.text.encoder import TextEncoder

OPSET = 18
ABOUT = "generator.json"


def export_onnx(generator: TextToPose, folder: str | Path, encoder: bool = True, **sampling: Any) -> Path:
    """Writes ``reader``, ``step``, ``decoder`` and, where it can be and ``encoder`` is true, ``encoder`` as ``.onnx``.

    ``sampling`` is of `TextToPose.generate`: sampler, steps, guidance, guidance_interval. UserError where the model
    cannot be exported, onnx is not installed or the folder exists.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise UserError(f"export: {error.name} is not installed; pip install 'sign-latent[onnx]'") from None
    about, graphs = _parts(generator, encoder, sampling)
    with folder_aside(folder, "export") as room:
        for name, graph in graphs.items():
            program = torch.onnx.export(
                graph.program(), dynamo=True, opset_version=OPSET, output_names=graph.outputs, verbose=False
            )
            assert program is not None
            program.save(str(room / f"{name}.onnx"))
        if "encoder" in graphs and isinstance(generator, Generator):
            generator.encoder._model.tokenizer.backend_tokenizer.save(str(room / "tokenizer.json"))
            about["longest_text"] = generator.encoder._model.max_seq_length
        (room / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    return Path(folder)


def export_torch(generator: TextToPose, file: str | Path, encoder: bool = True, **sampling: Any) -> Path:
    """Writes the same graphs as programs of ``torch.export`` (``.pt2``) into one zip file, for `load_torch`.

    UserError where the model cannot be exported.
    """
    about, graphs = _parts(generator, encoder, sampling)
    with file_aside(file) as aside, zipfile.ZipFile(aside, "w") as archive:
        for name, graph in graphs.items():
            torch.export.save(graph.program(), part := BytesIO())
            archive.writestr(f"{name}.pt2", part.getvalue())
        archive.writestr("outputs.json", json.dumps({name: graph.outputs for name, graph in graphs.items()}))
        archive.writestr(ABOUT, json.dumps(about, ensure_ascii=False))
    return Path(file)


def load_torch(file: str | Path) -> Signer:
    """A signer of features whose graphs PyTorch runs.

    Only for files of your own: ``torch.export.load`` trusts what it reads.
    """
    with zipfile.ZipFile(file) as archive:
        outputs, about = (json.loads(archive.read(name)) for name in ("outputs.json", ABOUT))

        def graph(name: str) -> Any:
            module = torch.export.load(BytesIO(archive.read(f"{name}.pt2"))).module()

            def run(inputs: dict[str, Any]) -> dict[str, Any]:
                given = {key: torch.from_numpy(x) for key, x in inputs.items()}
                batch = len(next(iter(given.values())))
                if batch == 1:  # a dimension left open is two or more
                    given = {key: torch.cat([x, x]) for key, x in given.items()}
                with torch.no_grad():
                    found = module(**given)
                found = found if isinstance(found, tuple) else (found,)
                return {key: x[:batch].numpy() for key, x in zip(outputs[name], found, strict=True)}

            return run

        return Signer({name: graph(name) for name in outputs}, about)


def _parts(generator: TextToPose, encoder: bool, sampling: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Graph]]:
    card = generator.card
    if not isinstance(generator, Generator) or card.model != "sald_denoiser" or generator.denoiser.settings.marks:
        what = "is of several languages or kinds of input" if card.model == "sald_denoiser" else f"is a {card.model}"
        raise UserError(f"export: {card.name} {what}; choose a sald_denoiser of one pair of languages")
    spec, settings = generator.autoencoder.spec, generator.denoiser.settings.diffusion
    chosen = generator.check(generator.chosen(sampling))
    about = {
        "provenance": json.dumps(origin(card)),
        "skeleton": spec.skeleton,
        "fps": spec.fps,
        "stride": spec.stride,
        "latent": [spec.slots, spec.width],
        "guidance": chosen.guidance,
        "clamp": settings.clamp,
        "steps": steps_of(chosen, settings),
        "vocabulary": list(generator.vocabulary.words),
        "spelling": generator.encoder.spelling,
        "longest_learnt": longest_of(card),
    }
    graphs = graphs_of(generator.denoiser, generator.autoencoder)
    return about, graphs | (_encoder(generator.encoder) if encoder else {})


def _encoder(encoder: Any) -> dict[str, Graph]:
    """The graph of the text encoder; none, and a warning, where it is not of the BERT kind."""
    try:
        if not isinstance(encoder, TextEncoder):
            raise TypeError("it reads through an aligner")
        graph = encoder_graph(encoder)
        graph.module(**graph.inputs)
    except (TypeError, AttributeError, KeyError) as error:
        warnings.warn(f"the text encoder is not exported ({brief(error)}); give features of texts", stacklevel=3)
        return {}
    return {"encoder": graph}

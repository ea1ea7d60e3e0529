"""Fixtures that every test folder shares; a device that is not there among them."""

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

# Tests never touch the network: a model that is not on this machine is an error, not a download.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the commands of the documents are run as written, which takes hours."""
    parser.addoption(
        "--documents-room",
        metavar="DIR",
        help="of -m slow tests/documents: run in DIR, and not again what was run there",
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings beside the checkout (``../shared/data``); the test is skipped where they are absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real recordings are not beside the checkout ({folder.parent.name}/{folder.name})")
    return folder


@pytest.fixture
def sign_latent_home(tmp_path, monkeypatch) -> Path:
    """An empty registry of the test's own."""
    home = tmp_path / "artefacts"
    monkeypatch.setenv("SIGN_LATENT_HOME", str(home))
    return home


@pytest.fixture
def bf16(monkeypatch) -> None:
    """A processor that computes in bf16 where it is asked, whether it has units for that or not."""
    monkeypatch.setattr("sign_latent.generation.precision.pays_in_bf16", lambda device: True)


@pytest.fixture(scope="session")
def few_clips(tmp_path_factory) -> Path:
    """A corpus of twelve short training clips and four of dev: smooth random motion, three texts."""
    import numpy as np

    from sign_latent.corpus.clip import Clip
    from sign_latent.corpus.write import write_corpus
    from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
    from sign_latent.pose.pose import Pose
    from sign_latent.pose.skeleton import get_skeleton

    chance, skeleton = np.random.default_rng(0), get_skeleton("smplx")

    def clip(i: int) -> Clip:
        frames = 12 + i
        rotations = 0.05 * np.cumsum(chance.normal(size=(frames, 55, 3)), 0).astype(np.float32)
        points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations))).numpy()
        expression = np.zeros((frames, skeleton.expression), np.float32)
        pose = Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton, rotations, expression)
        about = {"spoken_language": "en", "signed_language": "qaa", "signer": "a", "source": f"s{i}"}
        text = ("rain", "rain tomorrow", "no rain")[i % 3]
        return Clip(
            id=str(i), text=text, gloss=text.upper(), split="dev" if i % 4 == 3 else "train", pose=pose, **about
        )

    folder = tmp_path_factory.mktemp("few") / "corpus"
    write_corpus(folder, map(clip, range(16)), skeleton, 25.0, {"licence": "CC0-1.0"})
    return folder


@pytest.fixture(scope="session")
def two_languages(few_clips, tmp_path_factory) -> Path:
    """The same clips once as signed in qaa and once in qab, where those of dev are without glosses."""
    from dataclasses import replace

    from sign_latent.corpus.read import Corpus
    from sign_latent.corpus.write import write_corpus

    corpus = Corpus.open(few_clips)
    clips = [clip for split in corpus.splits for clip in corpus.split(split)]
    made = [
        replace(c, id=f"{tag}-{c.id}", signed_language=tag, gloss="" if tag == "qab" and c.split == "dev" else c.gloss)
        for tag in ("qaa", "qab")
        for c in clips
    ]
    folder = tmp_path_factory.mktemp("two") / "corpus"
    write_corpus(folder, made, corpus.skeleton, corpus.fps, {"licence": "CC0-1.0"})
    return folder


@dataclass
class Ended:
    """A process that has ended, and what it said on stderr."""

    returncode: int
    stderr: str


@pytest.fixture(scope="session")
def run_apart(tmp_path_factory) -> Callable[..., Ended]:
    """Runs Python source in a process of its own, with one thread, ``sys.argv`` and further environment as given.

    It is forked from a server that has loaded the heavy libraries once, so that a test of killed and resumed
    trainings does not load them each time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lightning", "jsonargparse", "datasets", "stages.autoencoder"])

    def run(source: str, *arguments: object, **environment: object) -> Ended:
        said = tmp_path_factory.mktemp("said") / "stderr"
        values = {"argv": ["apart", *map(str, arguments)], "env": {k: str(v) for k, v in environment.items()}}
        process = context.Process(target=exec, args=(_APART + source, values | {"said": str(said)}))
        process.start()
        process.join()
        return Ended(process.exitcode, said.read_text(encoding="utf-8"))

    return run


_APART = """
import os, signal, sys, torch
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
sys.argv = argv
os.environ.update(env)
os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
torch.set_num_threads(1)
"""


class Elsewhere(torch.Tensor):
    """A tensor with numbers that says of itself that it lies on the meta device."""

    @staticmethod
    def __new__(cls, held: torch.Tensor):
        how = {"strides": held.stride(), "storage_offset": held.storage_offset(), "dtype": held.dtype}
        return torch.Tensor._make_wrapper_subclass(cls, held.shape, **how, device="meta")

    def __init__(self, held: torch.Tensor):
        self.held = held

    def tolist(self):
        """Fetched, as from a GPU; torch refuses it to what is made in its image."""
        return self.held.tolist()

    def __getitem__(self, index):
        return super().__getitem__(_fetched(index))

    def __setitem__(self, index, values):
        super().__setitem__(_fetched(index), values)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func}: is computed where no device is pretended")


_INDEXED = ("index", "index_put", "index_put_")
"""What takes indices from the processor to a tensor on a GPU, and not the other way round."""


class OtherDevice(TorchDispatchMode):
    """While it is on, the meta device computes as the processor does, and tensors of both never meet, as with a GPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name, kwargs = func._schema.name.removeprefix("aten::"), dict(kwargs or {})
        if name == "_has_compatible_shallow_copy_type":  # asked where a module is moved
            return not any(isinstance(x, Elsewhere) for x in args)
        fetched = args[1:2] if name in _INDEXED and isinstance(args[0], Elsewhere) else ()
        given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        assert all(isinstance(x, Elsewhere) or not x.is_meta for x in given), f"{name}: of a tensor without numbers"
        given = [x for x in given if not any(x is index for index in tree_leaves(fetched))]
        places = {isinstance(x, Elsewhere) for x in given if x.ndim or isinstance(x, Elsewhere)}
        assert len(places) < 2 or name == "copy_", f"{name}: of tensors on two devices"
        there = isinstance(args[0], Elsewhere) if name == "copy_" else True in places
        for place in (x for x in (*args, *kwargs.values()) if isinstance(x, torch.device)):
            there = place.type == "meta"
        args, kwargs = tree_map(_here, (args, kwargs))
        made = func(*args, **kwargs)
        return tree_map(lambda x: _elsewhere(x) if isinstance(x, torch.Tensor) else x, made) if there else made


def _fetched(index: object) -> object:
    """An index whose lists are tensors of the processor: torch would make them on the meta device, without numbers."""
    if isinstance(index, tuple):
        return tuple(map(_fetched, index))
    return torch.tensor(index) if isinstance(index, list) else index


def _here(x: object) -> object:
    """What stands for it on the processor."""
    if isinstance(x, torch.device):
        return torch.device("cpu")
    return x.held if isinstance(x, Elsewhere) else x


def _elsewhere(held: torch.Tensor) -> Elsewhere:
    with torch.inference_mode(False):  # a view of weights is none of the tensors that inference makes
        return Elsewhere(held)


@pytest.fixture
def other_device(monkeypatch):
    """A device that is not the processor for the time of a test: ``model.to("meta")`` moves there.

    ``autocast`` has the devices for which half precision was asked.
    """
    own, mode = torch.autocast, OtherDevice()
    mode.autocast = []

    def autocast(kind, dtype=None, enabled=True):
        mode.autocast += [kind] if enabled else []
        return own("cpu" if kind == "meta" else kind, dtype, enabled)

    monkeypatch.setattr(torch, "autocast", autocast)
    with mode:
        yield mode

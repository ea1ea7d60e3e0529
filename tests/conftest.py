"""Fixtures that every test folder shares."""

import os
from pathlib import Path

import pytest

# Tests never touch the network: a model that is not on this machine is an error, not a download.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


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

"""Pushing and pulling, against a stand-in for the Hub: a folder."""

import re
import shutil
from pathlib import Path

import huggingface_hub
import pytest
import torch

from sign_latent import registry
from sign_latent.cli import main
from sign_latent.errors import UserError
from sign_latent.hub import pull, push
from sign_latent.model_card import model_card
from sign_latent.registry import Card, publish


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> Path:
    """A Hub of one repository in a folder."""
    remote = tmp_path / "remote"

    class Api:
        def create_repo(self, repository, private, exist_ok):
            assert exist_ok
            remote.mkdir(exist_ok=True)
            (remote / "visibility").write_text("private" if private else "public", encoding="utf-8")
            return f"https://hub/{repository}"

        def upload_folder(self, repo_id, folder_path, path_in_repo, commit_message, allow_patterns):
            shutil.copytree(folder_path, remote / path_in_repo, dirs_exist_ok=True)

        def upload_file(self, path_or_fileobj, path_in_repo, repo_id, commit_message):
            (remote / path_in_repo).write_bytes(path_or_fileobj)

    def snapshot_download(repository, allow_patterns, local_dir):
        for pattern in allow_patterns:
            if (remote / pattern).exists():
                (local_dir / pattern).parent.mkdir(exist_ok=True)
                shutil.copy(remote / pattern, local_dir / pattern)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(registry, "EMBEDDED", tmp_path / "embedded")
    return remote


@pytest.fixture
def family(sign_latent_home) -> tuple[Card, Card]:
    """An autoencoder and a child of it on the shelf."""
    parent = publish(Card(name="auto", model="toy", settings={}), {"w": torch.ones(3)}, {})
    child = Card(name="child", model="toy", settings={}, parents={"autoencoder": parent.reference})
    return parent, publish(child, {"w": torch.zeros(3)}, {"steps": 1})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_pulled_elsewhere_is_what_was_pushed(family, sign_latent_home, monkeypatch, tmp_path):
    assert push("child", "me/models") == "https://hub/me/models"
    before = contents(sign_latent_home)
    monkeypatch.setenv("SIGN_LATENT_HOME", str(tmp_path / "other"))
    assert pull("me/models", "child") == list(family)
    assert contents(tmp_path / "other") == before
    assert registry.verify() == []
    assert pull("me/models", "child") == []


def test_the_commands_of_the_page_on_sharing_do_it(family, monkeypatch, tmp_path, capsys):
    page = (Path(__file__).parents[1] / "docs" / "sharing.md").read_text(encoding="utf-8")
    lines = re.findall(r"^sign-latent (registry pu(?:sh|ll) .*)$", page, re.MULTILINE)
    away, home = [line.replace("my-denoiser", "child").split() for line in lines]
    main(away)
    monkeypatch.setenv("SIGN_LATENT_HOME", str(tmp_path / "elsewhere"))
    main(home)
    assert capsys.readouterr().out.split() == [
        "https://hub/USER/REPOSITORY",
        *(card.reference for card in family),
    ]
    assert registry.verify() == []


@pytest.mark.parametrize("said, visibility", [([], "private"), (["--public"], "public")])
def test_a_new_repository_is_public_only_where_that_is_said(family, hub, said, visibility):
    main(["registry", "push", "child", "me/models", *said])
    assert (hub / "visibility").read_text(encoding="utf-8") == visibility


def test_model_cards_lie_beside_the_cards_and_that_of_what_was_pushed_on_top(family, hub):
    push("child", "me/models")
    cards = {name: (hub / name / "README.md").read_text(encoding="utf-8") for name in ("auto", "child")}
    assert cards == {card.name: model_card(card) for card in family}
    assert (hub / "README.md").read_text(encoding="utf-8") == cards["child"]


@pytest.mark.parametrize("name, problem", [("nothing", "no artefact nothing"), ("../x", "not a name")])
def test_what_is_not_there_is_named(family, name, problem):
    push("child", "me/models")
    with pytest.raises(UserError, match=problem):
        pull("me/models", name)


def test_damage_on_the_way_leaves_nothing(family, hub, monkeypatch, tmp_path):
    push("child", "me/models")
    (hub / "child" / "model.safetensors").write_bytes(b"short")
    monkeypatch.setenv("SIGN_LATENT_HOME", str(tmp_path / "other"))
    with pytest.raises(UserError, match="artefact child"):
        pull("me/models", "child")
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["auto"]


def test_another_artefact_of_the_same_name_is_never_overwritten(family, monkeypatch, tmp_path):
    push("child", "me/models")
    monkeypatch.setenv("SIGN_LATENT_HOME", str(tmp_path / "other"))
    mine = publish(Card(name="auto", model="toy", settings={}, seed=3), {"w": torch.ones(3)}, {})
    with pytest.raises(UserError, match="auto.*exists already"):
        pull("me/models", "child")
    assert [card.reference for card in registry.list_artefacts()] == [mine.reference]


def test_an_unreachable_hub_is_one_line(family, monkeypatch):
    def unreachable(*arguments, **more):
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(UserError, match="me/models.*no route.*network"):
        pull("me/models", "child")

"""Artefacts on the Hugging Face Hub: a repository holds one folder an artefact, exactly as on the shelf.

Beside each lies a model card, README.md, and at the top that of the artefact that was pushed last, which the Hub shows.
Both are for reading alone: pulling takes neither.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.files import folder_aside
from sign_latent.model_card import model_card
from sign_latent.registry import check_name, check_whole, find, home, read_card


def push(name: str, repository: str, public: bool = False) -> str:
    """Upload an artefact and all its ancestors, verified first, with their model cards; returns the address.

    The repository is made if need be, private unless ``public``. Raises UserError when the artefact is damaged or
    the Hub refuses.
    """
    from huggingface_hub import HfApi

    family = _family(name)
    with _hub_errors(repository):
        api = HfApi()
        address = api.create_repo(repository, private=not public, exist_ok=True)
        for folder, card in family:
            api.upload_folder(
                repo_id=repository,
                folder_path=folder,
                path_in_repo=card.name,
                commit_message=f"{card.reference}",
                allow_patterns=["card.json", "model.safetensors", "config.yaml"],
            )
            for place in (f"{card.name}/README.md", *(["README.md"] if card is family[-1][1] else [])):
                api.upload_file(
                    path_or_fileobj=model_card(card).encode(),
                    path_in_repo=place,
                    repo_id=repository,
                    commit_message=f"model card of {card.reference}",
                )
    return str(address)


def pull(repository: str, name: str) -> list[Card]:
    """Download an artefact and its ancestors to the shelf, verified; those already there are left as they are.

    Raises UserError when the repository lacks one, when one is damaged, or when a name is taken by another artefact.
    """
    pulled: list[Card] = []
    _pull_one(repository, name, pulled)
    return pulled


def _pull_one(repository: str, reference: str, pulled: list[Card]) -> None:
    """Parents first, so that the shelf never holds a child without them."""
    name, _, wanted = reference.partition("@")
    check_name(name)
    with tempfile.TemporaryDirectory() as room:
        folder = _download(repository, name, Path(room))
        card = read_card(folder)
        if wanted and card.hash != wanted:
            raise UserError(f"{repository}: holds {card.reference}, where {reference} is needed; push that one again")
        if _is_here(card):
            return
        for parent in card.parents.values():
            _pull_one(repository, parent, pulled)
        check_whole(folder, card)
        with folder_aside(home() / name, "artefact") as aside:
            shutil.copytree(folder, aside, dirs_exist_ok=True)
        pulled.append(card)


def _download(repository: str, name: str, room: Path) -> Path:
    from huggingface_hub import snapshot_download

    files = [f"{name}/{file}" for file in ("card.json", "model.safetensors", "config.yaml")]
    with _hub_errors(repository):
        snapshot_download(repository, allow_patterns=files, local_dir=room)
    shutil.rmtree(room / ".cache", ignore_errors=True)
    if not (room / name).is_dir():
        raise UserError(f"{repository}: holds no artefact {name}; look at its files on the Hub")
    return room / name


def _family(name: str) -> list[tuple[Path, Card]]:
    """An artefact and its ancestors, parents first, each once."""
    folder, card = find(name)
    check_whole(folder, card)
    family: dict[str, tuple[Path, Card]] = {}
    for parent in card.parents.values():
        family |= {card.reference: (folder, card) for folder, card in _family(parent)}
    return [*family.values(), (folder, card)]


def _is_here(card: Card) -> bool:
    try:
        check_whole(*find(card.reference))
    except UserError:
        return False
    return True


@contextmanager
def _hub_errors(repository: str) -> Iterator[None]:
    """One line instead of a traceback for what goes wrong between here and the Hub."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        yield
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(
            f"{repository}: the Hugging Face Hub cannot be used ({error}); check the name, the network and your login"
        ) from None

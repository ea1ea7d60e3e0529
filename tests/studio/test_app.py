"""Laws of the server: it streams what the library generates, whoever else asks at the same time, and is bounded."""

import base64
import io
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sign_latent.generation.base import TextToPose
from sign_latent.pose.pose import Pose
from sign_latent.renderer.page import GENERATED_NOTICE, encode_chunk
from sign_latent.studio import limits
from sign_latent.studio.shelf import Kept, Made, Models
from sign_latent.text.languages import signed_name

NEED = "the studio is an extra (pip install 'sign-latent[dev]')"
TestClient = pytest.importorskip("fastapi.testclient", reason=NEED).TestClient
assets, FEW = (getattr(pytest.importorskip("sign_latent.studio.app", reason=NEED), name) for name in ("assets", "FEW"))

TEXT = "tomorrow it will rain in the north. Anna is here! what do you do?"


def points(messages):
    return b"".join(base64.b64decode(message["points"]) for message in messages if "points" in message)


def frames_of(client, key, tmp_path, suffix="npz") -> Pose:
    answer = client.get(f"/api/clips/{key}/{suffix}")
    assert answer.status_code == 200
    (tmp_path / f"x.{suffix}").write_bytes(answer.content)
    return Pose.load(tmp_path / f"x.{suffix}")


def test_the_stream_is_what_the_library_generates_to_the_bit(client, sign, generator, tmp_path):
    first, *chunks, end = sign(TEXT, seed=3, speed=1.5, guidance=2.0)
    whole = generator.generate_long(TEXT, seed=3, speed=1.5, guidance=2.0)
    made = frames_of(client, end["key"], tmp_path)
    assert np.array_equal(made.points, whole.points) and np.array_equal(made.rotations, whole.rotations)
    assert [first["kind"], *{chunk["kind"] for chunk in chunks}, end["kind"]] == ["clip", "chunk", "end"]
    gauge = next(generator.stream(TEXT, seed=3, speed=1.5, guidance=2.0))
    assert points([first, *chunks]) == points([encode_chunk(whole, gauge)])
    assert end["frames"] == len(whole) == first["frames"] + sum(chunk["frames"] for chunk in chunks)


@pytest.mark.parametrize("sampler, steps, hurried", [("ddim", 8, False), ("ddim", 9, True), ("dpm_solver", 4, False)])
def test_a_model_of_few_steps_samples_as_made_and_another_in_few(sampler, steps, hurried, generator, sign, app_of):
    made = deepcopy(generator)
    diffusion = made.denoiser.settings.diffusion
    diffusion.sampler, diffusion.sampling_steps = sampler, steps
    with TestClient(app_of(made), base_url="http://localhost") as client:
        for given in ({}, {"steps": 3}):
            whole = made.generate_long("rain", frames=24, **(FEW if hurried else {}) | given)
            signed = sign("rain", client, frames=24, **given)
            assert points(signed) == points([encode_chunk(whole, whole)])


def test_what_is_shown_names_the_model_and_that_no_signer_has_seen_it(sign, generator):
    first = sign("rain")[0]
    assert GENERATED_NOTICE in first["made"] and generator.card.reference in first["made"]


def test_what_is_shown_and_who_could_show_it_name_the_signed_language(client, sign, generator):
    (tag,) = generator.card.languages["signed"]
    assert sign("rain")[0]["language"] == signed_name(tag) != ""
    assert {tuple(model["languages"]) for model in client.get("/api/models").json()["models"]} == {(signed_name(tag),)}


def test_what_is_doubtful_about_a_request_is_shown_with_what_the_card_warns_of(sign, generator, app_of):
    card = replace(generator.card, vocabulary=["rain"], warnings=["not shown to use the text"])
    with TestClient(app_of(replace(generator, card=card)), base_url="http://localhost") as client:
        plain, odd = sign("rain", client), sign("rain 😀", client, frames=1000, steps=1)
    assert plain[0]["warnings"] == ["not shown to use the text"]
    own, left, length = odd[0]["warnings"]
    assert own == "not shown to use the text" and left.endswith("has no use for: 😀") and "sign it in 1000;" in length


def test_a_model_whose_autoencoder_is_gone_is_listed_with_the_reason_that_it_is_refused_with(client):
    refused = {model["name"]: model["refused"] for model in client.get("/api/models").json()["models"]}
    assert refused["toy"] == refused["other"] == ""
    assert "orphan: was trained on autoencoder gone@0123456789ab" in refused["orphan"]
    answer = client.post("/api/sign", json={"text": "rain", "model": "orphan"})
    assert answer.status_code == 400 and answer.json()["reason"] == refused["orphan"]


@pytest.mark.parametrize("suffix", ["pose", "npz", "mp4", "json"])
def test_downloads_are_whole_files_that_say_how_they_were_made(client, sign, generator, tmp_path, suffix):
    end = sign("rain", frames=12, seed=5)[-1]
    answer = client.get(f"/api/clips/{end['key']}/{suffix}")
    path = tmp_path / f"clip.{suffix}"
    path.write_bytes(answer.content)
    if suffix in ("pose", "npz"):
        assert len(Pose.load(path)) == 12
    if suffix == "mp4":
        from sign_latent.renderer.video import read_comment

        told = read_comment(path)
    elif suffix == "npz":
        told = str(np.load(path)["provenance"])
    elif suffix == "json":
        told = json.loads(answer.content)["provenance"]
    else:
        return
    assert json.loads(told)["generated_by"] == generator.card.reference and json.loads(told)["seed"] == 5


@pytest.mark.parametrize("suffix", ["pose", "npz"])
def test_a_file_is_shown_as_it_was_made(client, sign, suffix):
    messages = sign("rain", frames=12)
    content = client.get(f"/api/clips/{messages[-1]['key']}/{suffix}").content
    shown = client.post("/api/view", content=content, headers={"content-type": "application/octet-stream"}).json()
    places = [np.frombuffer(points([clip]), "<i2").astype(int) for clip in (shown, messages[0])]
    assert shown["frames"] == 12 and np.abs(places[0] - places[1]).max() <= 2


SIGNS = (("A", 3, 24), ("B", 24, 26), ("B", 26, 60))


class Told(TextToPose):
    """Knows where its signs are."""

    def __init__(self, card, inner):
        super().__init__(card)
        self.inner = inner

    def signed(self, texts, lengths, seed, batch_size, options):
        return [self.inner.generate("rain", frames=60, steps=1).with_signs(SIGNS) for _ in texts]


@pytest.fixture
def told(generator, app_of):
    with TestClient(app_of(Told(generator.card, generator)), base_url="http://localhost") as client:
        yield client


def test_signs_whose_place_is_known_are_told_while_they_come_and_in_files(told, sign, tmp_path):
    *clip, end = sign("rain", told)
    starts = np.cumsum([0, *(part["frames"] for part in clip)])
    shown = {(gloss, a + at, b + at) for part, at in zip(clip, starts, strict=False) for gloss, a, b in part["tiers"]}
    assert len(clip) > 1 and sorted(shown) == sorted(SIGNS)
    npz, pose, beside = (told.get(f"/api/clips/{end['key']}/{suffix}").content for suffix in ("npz", "pose", "json"))
    assert frames_of(told, end["key"], tmp_path).signs == SIGNS

    def viewed(content, last):
        answer = told.post("/api/view", content=content, headers={"x-beside-bytes": str(last)})
        return answer.json()

    rows = [list(sign) for sign in SIGNS]
    assert viewed(npz, 0)["tiers"] == rows and viewed(pose, 0)["tiers"] == []
    whole = viewed(pose + beside, len(beside))
    assert whole["tiers"] == rows and GENERATED_NOTICE in whole["made"] and whole["text"] == "rain"
    wrong = b'{"signs": [["A", 0, 61]]}'
    assert "mend or remove" in viewed(pose + wrong, len(wrong))["reason"]


def test_no_signs_are_told_where_none_are_known(sign):
    assert all(part["tiers"] == [] for part in sign("rain. " * 4)[:-1])


def test_twenty_clients_at_once_are_all_served_each_its_own(client, sign):
    asked = [("rain" if seed % 2 else TEXT, {"seed": seed, "steps": 2, "frames": 60}) for seed in range(20)]
    with ThreadPoolExecutor(20) as clients:
        together = list(clients.map(lambda ask: points(sign(ask[0], **ask[1])), asked))
    assert together == [points(sign(text, **how)) for text, how in asked]
    assert len(set(together)) == 20


@pytest.fixture
def app_of(create_app):
    return lambda model, **how: create_app(Models(lambda: [model.card], lambda _: model), **how)


def test_more_than_can_wait_are_sent_away_with_the_reason_and_the_others_are_served(slow, sign, app_of):
    with TestClient(app_of(slow, waiting=2), base_url="http://localhost") as client, ThreadPoolExecutor(2) as clients:
        first = clients.submit(sign, "rain", client)
        assert slow.begun.wait(30)
        second = clients.submit(sign, "rain", client)
        answers = [client.post("/api/sign", json={"text": "rain", "model": "toy"}) for _ in range(2) if settled()]
        assert answers[-1].status_code == 503 and "waiting" in answers[-1].json()["reason"]
        assert int(answers[-1].headers["retry-after"]) > 0
        slow.gate.set()
        assert first.result()[-1]["kind"] == second.result()[-1]["kind"] == "end"
        assert sign("rain", client)[-1]["kind"] == "end"


def settled():
    """True after the time that a request takes to line up."""
    threading.Event().wait(0.5)
    return True


def test_a_request_that_takes_too_long_is_told_so(slow, app_of):
    with TestClient(app_of(slow, seconds=0.3), base_url="http://localhost") as client:
        answer = client.post("/api/sign", json={"text": "rain", "model": "toy"})
        slow.gate.set()
    assert answer.status_code == 503 and "not done in time" in answer.json()["reason"]


def test_an_endless_text_ends_with_the_reason_and_keeps_nothing(sign):
    *_, last = sign("rain. " * 300, steps=1, speed=0.25)
    assert last["kind"] == "error" and "grows beyond 3000 frames" in last["reason"]


def test_clips_make_room_for_later_ones_and_their_keys_are_unguessable(generator):
    pose = generator.generate(["rain"], frames=10)[0]
    clip = Made(pose, "")
    kept = Kept(most=3 * clip.size)
    keys = [kept.keep(clip) for _ in range(5)]
    assert len(set(keys)) == 5 and min(map(len, keys)) > 20
    assert [kept.get(key) for key in keys[2:]] == [clip] * 3
    for key in keys[:2]:
        with pytest.raises(Exception, match="not held any more"):
            kept.get(key)


def test_models_are_loaded_once_and_the_one_not_used_for_longest_makes_room(generator):
    loaded = []
    cards = [generator.card.__class__(name=name, model="toy", settings={}) for name in "abc"]
    models = Models(lambda: cards, lambda name: loaded.append(name[0]) or name, most=2)
    for name in "aabacab":
        models.get(name)
    assert loaded == ["a", "b", "c", "b"]


def test_the_page_and_all_it_loads_come_from_the_server_and_weigh_little(client):
    served = {address: client.get(address) for address in assets()}
    assert all(answer.status_code == 200 for answer in served.values())
    asked = re.findall(r"(?:src|href)=\"([^\"]*)\"", served["/"].text)
    assert {link for link in asked if link[0] not in "#d"} == set(served) - {"/"}
    for answer in served.values():
        assert not re.search(r"https?:|[\"'(]//|@import|url\(", answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert sum(len(answer.content) for answer in served.values()) < 100_000


def test_limits_of_the_handbook_are_those_of_the_server():
    page = (Path(__file__).parents[2] / "docs" / "studio.md").read_text(encoding="utf-8")
    told = [int(number) for number in re.findall(r"^\| .* \| (\d+)\b.*\|$", page, re.MULTILINE)]
    assert told == [
        *(limits.LONGEST_TEXT, limits.MOST_FRAMES, limits.MOST_STEPS),
        *(limits.FILE_BYTES / 2**20, limits.WAITING, limits.WORKING_SECONDS),
    ]
    assert f"more than {FEW['steps']} steps is asked for {FEW['steps']}," in page


def test_limits_of_the_page_are_those_of_the_server(client):
    page = client.get("/").text
    for name, most in re.findall(r"id=\"(\w+)\"[^>]*max(?:length)?=\"(\d+)\"", page):
        more = {"text": "a" * (int(most) + 1)} if name == "text" else {"text": "rain", name: int(most) + 1}
        assert client.post("/api/sign", json={"model": "toy", **more}).json()["reason"].startswith(f"{name}: ")


def test_an_npz_of_objects_or_of_too_much_is_refused(client):
    def posted(**arrays):
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return client.post("/api/view", content=file.getvalue())

    for arrays, words in (
        ({"points": np.array([{}], dtype=object)}, "object"),
        ({"points": np.zeros(2**24 + 1)}, "unpacks to"),
    ):
        answer = posted(**arrays)
        assert answer.status_code == 400 and words in answer.json()["reason"]

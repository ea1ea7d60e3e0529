"""Whatever is sent, the answer is a status below 500 and, where it is no success, a reason in one line."""

import asyncio
import sys
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sign_latent.studio.limits import ASKING_BYTES, FILE_BYTES

NEED = "the studio is an extra (pip install 'sign-latent[dev]')"
Ask = pytest.importorskip("sign_latent.studio.asking", reason=NEED).Ask
Guard = pytest.importorskip("sign_latent.studio.guard", reason=NEED).Guard

MARK = "zz-studio-mark"
PATHS = ["/etc/passwd", "../../../../etc/passwd", "..\\..\\x", "file:///etc/passwd", f"/tmp/{MARK}", f"../{MARK}", "\0"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(PATHS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ASKS = st.dictionaries(st.sampled_from([*Ask.model_fields, "path"]), JSON, max_size=4)
SENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_refused(answer, statuses=range(400, 500)):
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    reason = answer.json()["reason"]
    assert reason and "\n" not in reason and len(reason) < 1000


@SENT
@given(body=ASKS)
def test_any_json_is_signed_or_refused(client, body):
    import json

    answer = client.post("/api/sign", content=json.dumps(body), headers={"content-type": "application/json"})
    if answer.status_code != 200:
        assert_refused(answer)


@SENT
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/plain", "multipart/form-data"]))
def test_any_bytes_are_refused(client, body, kind):
    assert_refused(client.post("/api/sign", content=body, headers={"content-type": kind}))


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": ' + b"[" * 20_000,
        b'{"text": "rain", "seed": ' + b"9" * 5000 + b"}",
        b'{"text": "\\ud800"}',
        b'{"text": "rain", "speed": NaN}',
        b'{"text": "rain", "speed": 1e999}',
        b'{"text": "rain", "seed": -1}',
        b'{"text": "rain", "frames": 3001}',
        b'{"text": "rain", "steps": true}',
        b'{"text": "rain", "model": "no-such"}',
        b'{"text": "rain", "model": "../../etc/passwd"}',
        b'{"text": "rain", "model": "toy", "signed_language": "../../etc"}',
        b'{"text": "rain", "model": "toy", "signed_language": "ase"}',
        b'{"text": "...", "model": "toy"}',
        b'{"text": "rain", "__class__": "x"}',
        b"\xff\xfe",
        b"",
    ],
)
def test_bad_requests_are_named(client, body):
    assert_refused(client.post("/api/sign", content=body, headers={"content-type": "application/json"}))


@SENT
@given(content=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", b"\xcd\xcc\x4c\x3e", b"\0\0\0\0"]))
def test_any_file_is_refused(client, content, start):
    assert_refused(client.post("/api/view", content=start + content))


@SENT
@given(body=st.binary(max_size=50), last=st.integers().map(str) | st.text(st.characters(max_codepoint=126), max_size=9))
def test_any_number_of_bytes_beside_a_file_is_refused(client, body, last):
    headers = {"x-beside-bytes": last.translate({code: "?" for code in range(32)}).strip()}
    assert_refused(client.post("/api/view", content=body, headers=headers))


@SENT
@given(signs=JSON | st.lists(st.tuples(st.text(), st.integers(), st.integers())))
def test_anything_beside_a_file_is_shown_or_refused(client, clips, signs):
    import json

    for beside in (json.dumps(signs).encode(), json.dumps({"signs": signs}).encode(), b"[" * 5000):
        headers = {"x-beside-bytes": str(len(beside))}
        answer = client.post("/api/view", content=clips["pose"] + beside, headers=headers)
        if answer.status_code != 200:
            assert_refused(answer)


@SENT
@given(data=st.data())
@pytest.mark.parametrize("suffix", ["pose", "npz"])
def test_a_damaged_file_is_shown_or_refused(client, clips, suffix, data):
    content = bytearray(clips[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 400) | st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    answer = client.post("/api/view", content=bytes(content[: data.draw(st.integers(1, len(content)))]))
    if answer.status_code != 200:
        assert_refused(answer)


@pytest.fixture(scope="module")
def clips(client, sign):
    key = sign("rain", frames=6)[-1]["key"]
    return {suffix: client.get(f"/api/clips/{key}/{suffix}").content for suffix in ("pose", "npz")}


@SENT
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]),
    parts=st.lists(st.text(max_size=8) | st.sampled_from([*PATHS, "api", "clips", "..", "npz"]), max_size=4),
)
def test_any_address_is_answered_or_refused(client, method, parts):
    rest = "".join("/" + quote(part, safe="").replace(".", "%2e") for part in parts)
    for below in ("/x", "/api/clips"):
        answer = client.request(method, below + rest)
        # The client resolves `%2e%2e` as browsers do, and may so ask for the page itself, which is no such address.
        if answer.request.url.path.startswith(below):
            assert_refused(answer)


@pytest.mark.parametrize("address", ["/x/../..", "/api/clips/../..", "/api/clips/%2e%2e/%2e%2e", "/api/clips/./npz"])
def test_dots_that_no_client_resolved_are_refused(client, address):
    """As they come from those who write their requests themselves."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    scope |= {"path": unquote(address), "raw_path": address.encode(), "query_string": b"", "root_path": ""}
    scope |= {"headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    asyncio.run(client.app(scope, receive, send))
    assert sent[0]["status"] in range(400, 500)


def test_nothing_of_a_request_names_a_file_that_is_opened(client, sign):
    opened, watching = [], [True]
    sys.addaudithook(lambda event, about: watching[0] and event == "open" and opened.append(str(about[0])))
    try:
        key = sign(f"rain {MARK}", frames=4)[-1]["key"]
        for suffix in ("pose", "npz", "json"):
            assert client.get(f"/api/clips/{key}/{suffix}").status_code == 200
        for path in PATHS:
            for fields in ({"model": path}, {"signed_language": path}, {"spoken_language": path}):
                assert_refused(client.post("/api/sign", json={"text": path + " rain", "model": "toy", **fields}))
            for address in (f"/api/clips/{quote(path, safe='')}/npz", f"/api/clips/{key}/{quote(path, safe='')}"):
                assert_refused(client.get(address))
    finally:
        watching[0] = False
    assert opened and not [name for name in opened if MARK in name or "passwd" in name]


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:80"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "evil.example@127.0.0.1.x"}, 403),
        ({"host": "[::1"}, 403),
        ({"host": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://127.0.0.1"}, 403),
        ({"origin": "http://127.0.0.1:81"}, 403),
        ({"host": "localhost:8765", "origin": "http://localhost:8765"}, 200),
        ({"host": "[::1]:8765"}, 200),
        ({"origin": "http://127.0.0.1"}, 200),
        ({"content-length": "many"}, 400),
        ({"content-length": "9" * 5000}, 413),
    ],
)
def test_only_this_servers_names_and_pages_are_answered(client, headers, status):
    answer = client.get("/api/models", headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert_refused(answer)


@pytest.mark.parametrize("path, limit", [("/api/sign", ASKING_BYTES), ("/api/view", FILE_BYTES)])
def test_large_bodies_are_refused_whether_or_not_they_say_so(client, path, limit):
    assert_refused(client.post(path, content=b"x" * (limit + 1)), [413])
    assert_refused(client.post(path, content=iter([b"x" * 60_000] * (limit // 60_000 + 1))), [413])


def test_a_body_that_does_not_arrive_is_not_waited_for():
    sent = []

    async def receive():
        await asyncio.sleep(30)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "scheme": "http", "path": "/api/sign", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(None, receiving_seconds=0.05)(scope, receive, send))
    assert sent[0]["status"] == 408 and b"did not arrive" in sent[1]["body"]

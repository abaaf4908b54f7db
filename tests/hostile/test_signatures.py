"""A signature that is not exact is none: every bit, every letter's case, every other spelling of the same digest."""

from __future__ import annotations

import ast
import base64
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.connect import tickets
from chalicelib.hubspot import signature as of_hubspot
from chalicelib.quickbooks import signature as of_quickbooks
from tests.hostile.gateway import NOW, PUBLIC, SECRET, Gateway
from tests.hostile.signing import HUBSPOT, JSON, QUICKBOOKS, by_hubspot, by_hubspot_once, by_intuit, good, mac
from tests.hostile.strange import encoded
from tests.hostile.trying import tries

V3, V1, STAMP, INTUIT = (
    "x-hubspot-signature-v3",
    "x-hubspot-signature",
    "x-hubspot-request-timestamp",
    "intuit-signature",
)
BODY = {path: encoded([good(path)]) for path in (HUBSPOT, QUICKBOOKS)}
SIGNED: dict[str, tuple[str, str, dict[str, str]]] = {  # name -> route, the header that proves, all headers
    "v3": (HUBSPOT, V3, by_hubspot(BODY[HUBSPOT], NOW)),
    "v1": (HUBSPOT, V1, by_hubspot_once(BODY[HUBSPOT])),
    "Intuit": (QUICKBOOKS, INTUIT, by_intuit(BODY[QUICKBOOKS])),
}
every = pytest.mark.parametrize(("path", "name", "headers"), SIGNED.values(), ids=SIGNED)


def is_taken(path: str, headers: Mapping[str, str], body: bytes | None = None, method: str = "POST") -> bool:
    """Whether the door takes it; what it refuses leaves no trace in table or queue."""
    gateway = Gateway()
    gateway.connect()
    answer = gateway.ask(method, path, BODY[path] if body is None else body, headers)
    assert (answer.status, answer.body) in ((200, ""), (401, "signature refused"))
    assert (answer.status == 200) == bool(gateway.queue.messages)
    assert answer.status == 200 or gateway.asked == 0
    return answer.status == 200


@every
def test_a_signature_as_it_should_be_is_taken(path: str, name: str, headers: dict[str, str]) -> None:
    """Or none of the refusals below would say anything."""
    assert is_taken(path, headers)
    assert is_taken(path, {one.upper(): value for one, value in headers.items()})
    assert not is_taken(path, {one: value for one, value in headers.items() if one != name})


@every
def test_no_bit_of_a_signature_may_differ(path: str, name: str, headers: dict[str, str]) -> None:
    """Nor of the digest that it spells."""
    text = headers[name]
    flipped = [
        text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]
        for place in range(len(text))
        for bit in range(7)
    ]
    if name != V1:
        digest = base64.b64decode(text)
        flipped += [
            base64.b64encode(bytes([*digest[:place], digest[place] ^ (1 << bit), *digest[place + 1 :]])).decode()
            for place in range(len(digest))
            for bit in range(8)
        ]
    assert [one for one in flipped if _genuine(path, {**headers, name: one})] == []


def _genuine(path: str, headers: Mapping[str, str]) -> bool:
    """As `is_taken`, without the door, for what is tried by the hundred."""
    if path == HUBSPOT:
        secret = SECRET["hubspot_client_secret"]
        return of_hubspot.is_genuine(headers, "POST", PUBLIC + HUBSPOT, BODY[path], secret, NOW)
    return of_quickbooks.is_genuine(headers, BODY[path], SECRET["quickbooks_verifier_token"])


def spellings(text: str) -> Iterator[str]:
    """The same digest, or a part of it, as somebody might take it for the same."""
    yield from ("", " ", text + " ", " " + text, text + "\n", "\t" + text, f'"{text}"', f"sha256={text}", text + "\x00")
    yield from (text[:-1], text[1:], text[:20], text + text, f"{text},{text}", text.rstrip("="), text + "=")
    yield from (text.swapcase(), "＝" + text, text + "\u200b", "\ud800", text.replace("=", "%3D"), "é" * len(text))
    raw = base64.b64decode(text + "==") if "=" in text else bytes.fromhex(text)
    others = (
        raw.hex(),
        raw.hex().upper(),
        base64.urlsafe_b64encode(raw).decode(),
        base64.b64encode(raw).decode(),
        base64.b32encode(raw).decode(),
        base64.b85encode(raw).decode(),
    )
    yield from others


@every
def test_no_other_spelling_of_a_signature_will_do(path: str, name: str, headers: dict[str, str]) -> None:
    wrong = [one for one in {*spellings(headers[name])} - {headers[name]} if is_taken(path, {**headers, name: one})]
    assert wrong == []


@every
@given(text=st.text(max_size=100))
@tries(40)
def test_no_text_whatever_is_a_signature(path: str, name: str, headers: dict[str, str], text: str) -> None:
    assert text == headers[name] or not _genuine(path, {**headers, name: text})


@every
@given(place=st.integers(min_value=0), byte=st.integers(1, 255))
@tries(40)
def test_no_byte_of_the_body_may_differ(path: str, name: str, headers: dict[str, str], place: int, byte: int) -> None:
    body = bytearray(BODY[path])
    body[place % len(body)] ^= byte
    assert not is_taken(path, headers, bytes(body))
    assert headers[name]


STAMPS = [
    "",
    " ",
    "-1",
    "0",
    "NaN",
    "Infinity",
    "1e12",
    "9" * 20,
    "9" * 5_000,
    str(NOW),
    f"{int(NOW * 1_000)}.0",
    f" {int(NOW * 1_000)}",
    f"+{int(NOW * 1_000)}",
    str(int(NOW)),
    f"{int(NOW * 1_000):_}",
    hex(int(NOW * 1_000)),
    str(int((NOW - 301) * 1_000)),
    str(int((NOW + 301) * 1_000)),
    "\ud800",
]


@pytest.mark.parametrize("stamp", STAMPS, ids=lambda one: ascii(one)[:20])
def test_no_time_but_about_now_will_do_even_if_it_was_signed(stamp: str) -> None:
    text = f"POST{PUBLIC}{HUBSPOT}".encode() + BODY[HUBSPOT] + stamp.encode(errors="surrogatepass")
    headers = {**JSON, V3: mac(SECRET["hubspot_client_secret"], text), STAMP: stamp}
    assert not is_taken(HUBSPOT, headers)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", ""),
        ("post", ""),
        ("PUT", ""),
        ("POST", f"{PUBLIC}{HUBSPOT}/"),
        ("POST", f"{PUBLIC}{HUBSPOT}?x=1"),
        ("POST", f"{PUBLIC}/webhooks/quickbooks"),
        ("POST", f"http://sync.example.test{HUBSPOT}"),
        ("POST", HUBSPOT),
        ("POST", f"https://other.example.test{HUBSPOT}"),
        ("POST", f"{PUBLIC.upper()}{HUBSPOT}"),
    ],
)
def test_what_was_signed_for_another_address_or_method_is_not_for_us(method: str, url: str) -> None:
    assert not is_taken(HUBSPOT, by_hubspot(BODY[HUBSPOT], NOW, method=method, url=url))


SECRETS = [
    "",
    " ",
    "another-tenants-secret",
    SECRET["quickbooks_verifier_token"],
    SECRET["quickbooks_client_secret"],
    SECRET["hubspot_client_id"],
    SECRET["hubspot_client_secret"] + "\n",
    SECRET["hubspot_client_secret"].upper(),
]


@pytest.mark.parametrize("secret", SECRETS, ids=ascii)
def test_only_our_own_secret_signs(secret: str) -> None:
    assert not is_taken(HUBSPOT, by_hubspot(BODY[HUBSPOT], NOW, secret=secret))
    assert not is_taken(HUBSPOT, by_hubspot_once(BODY[HUBSPOT], secret=secret))
    assert secret == SECRET["quickbooks_verifier_token"] or not is_taken(
        QUICKBOOKS, by_intuit(BODY[QUICKBOOKS], token=secret)
    )


@pytest.mark.parametrize("held", [{}, {"hubspot_client_secret": "", "quickbooks_verifier_token": ""}])
def test_before_the_app_has_its_secrets_nobody_can_sign(held: dict[str, str]) -> None:
    """The stack is deployed with an empty secret: what is signed with nothing would be anybody's."""
    gateway = Gateway(secret=held)
    for path, headers in (
        (HUBSPOT, by_hubspot(BODY[HUBSPOT], NOW, secret="")),
        (HUBSPOT, by_hubspot_once(BODY[HUBSPOT], secret="")),
        (QUICKBOOKS, by_intuit(BODY[QUICKBOOKS], token="")),
    ):
        assert gateway.ask("POST", path, BODY[path], headers).status == 401


def test_a_weaker_signature_beside_v3_counts_for_nothing() -> None:
    weak, strong = by_hubspot_once(BODY[HUBSPOT]), by_hubspot(BODY[HUBSPOT], NOW)
    assert not is_taken(HUBSPOT, {**weak, V3: "", STAMP: strong[STAMP]})
    assert not is_taken(HUBSPOT, {**weak, **strong, STAMP: "0"})
    for version in ("", "v0", "V1", "v1 ", "v2", "v3", "v4", "1"):
        assert not is_taken(HUBSPOT, {**weak, "x-hubspot-signature-version": version})
    assert not is_taken(QUICKBOOKS, {**JSON, V1: by_hubspot_once(BODY[QUICKBOOKS])[V1]})


# --- how long it takes ------------------------------------------------------------------------------------------------

TREES = [of_hubspot, of_quickbooks]


def _comparing(module: ModuleType) -> list[ast.AST]:
    """Every comparison of a module in whose reach a digest or what was given for one is."""
    tree = ast.parse(inspect.getsource(module))
    names = {"given", "expected", "digest", "signature"}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and names & {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    ]


@pytest.mark.parametrize("module", TREES, ids=lambda one: one.__name__)
def test_nothing_looks_at_a_signature_but_the_comparison_that_takes_as_long_wherever_they_differ(
    module: ModuleType,
) -> None:
    """No `==`, no `in`, no `startswith` is near it: `hmac.compare_digest` alone decides, and it does so once."""
    tree = ast.parse(inspect.getsource(module))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert calls.count("hmac.compare_digest") == 1
    assert _comparing(module) == []
    assert not {"startswith", "endswith", "find", "index", "lower"} & {
        call.rpartition(".")[2] for call in calls if call.partition(".")[0] in ("given", "expected", "digest")
    }


def _lines_run(judge: Callable[[], bool]) -> tuple[bool, list[tuple[str, int]]]:
    """What `judge` says, and every line of ours that it ran, in order."""
    import sys

    run: list[tuple[str, int]] = []

    def trace(frame: object, event: str, _argument: object) -> object:
        code = frame.f_code  # type: ignore[attr-defined]
        if event == "line" and "chalicelib" in code.co_filename:
            run.append((code.co_name, frame.f_lineno))  # type: ignore[attr-defined]
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        said = judge()
    finally:
        sys.settrace(before)
    return said, run


@every
def test_as_much_is_done_wherever_a_signature_differs(path: str, name: str, headers: dict[str, str]) -> None:
    """Counted in steps and not in seconds: a wrong first letter costs the same steps as a wrong last one. What is
    compared is of one length, which a comparison in constant time needs; a right one goes the same way."""
    text = headers[name]
    wrong = [
        {**headers, name: text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]} for at in range(len(text))
    ]
    ways = [_lines_run(lambda one=one: _genuine(path, one)) for one in wrong]  # type: ignore[misc]
    assert {said for said, _ in ways} == {False}
    assert len({tuple(run) for _, run in ways}) == 1
    said, run = _lines_run(lambda: _genuine(path, headers))
    assert said
    assert run == ways[0][1]


def test_tickets_and_cookies_are_compared_so_too() -> None:
    """Their library's own comparison is `hmac.compare_digest`, and no text of them is looked at before."""
    from itsdangerous.signer import SigningAlgorithm

    assert "hmac.compare_digest(sig, self.get_signature(key, value))" in inspect.getsource(SigningAlgorithm)
    opened = ast.parse(inspect.getsource(tickets._opened))
    compared = [ast.unparse(one) for one in ast.walk(opened) if isinstance(one, ast.Compare)]
    assert set(compared) == {"len(text) > LENGTH_MAX", "len(values) != length", "now >= float(values[1])"}

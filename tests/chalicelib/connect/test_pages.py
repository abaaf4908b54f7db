"""Pages: plain, whole, and never more HTML than is ours, whatever is written into them."""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.connect import pages
from chalicelib.connect.pages import HEADERS, Page, Shown
from tests.browser.ends import AGAIN, ENDS

VOID = {"meta"}
OURS = VOID | {"html", "head", "title", "style", "body", "main", "h1", "h2", "p", "dl", "dt", "dd", "ul", "li", "a"}
OURS |= {"code", "div"}
EVIL = "<img src=x onerror=alert(1)>\"'&amp;`"
ANYTHING = st.text(max_size=60) | st.lists(st.sampled_from([*"<>&\"'`/ =;x", "script", "<!--", "]]>", "&#60;"])).map(
    "".join
)


class Read(HTMLParser):
    """What a page is made of; refuses a tag that is not ours, or that is not closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), "no attribute twice"
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1], data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def of(self, tag: str) -> list[str]:
        return [text for where, text in self.texts if where == tag]

    @property
    def words(self) -> str:
        return " ".join(text for where, text in self.texts if where != "style")


@pytest.fixture(params=ENDS, ids=str)
def end(request: pytest.FixtureRequest) -> Page:
    return ENDS[request.param]


# --- every page -------------------------------------------------------------------------------------------------------


def test_every_page_is_among_the_ends() -> None:
    made = {
        name
        for name, one in inspect.getmembers(pages, inspect.isfunction)
        if one.__annotations__.get("return") == "Page"
    }
    assert made == {name.partition(",")[0] for name in ENDS}


def test_a_page_is_whole(end: Page) -> None:
    """Balanced tags, one main heading, a title, a language, no script, and nothing from elsewhere."""
    read = Read(end.html)
    assert end.html.startswith("<!doctype html>")
    assert read.of("h1") == [end.title]
    assert read.of("title") == [f"{end.title} – HubSpot ⇄ QuickBooks sync"]
    assert ("lang", "en") in read.attributes
    assert [value for name, value in read.attributes if name in ("href", "src")] == ([end.link[1]] if end.link else [])
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "style"]
    assert "url(" not in end.html
    assert "@import" not in end.html


def test_a_page_says_what_happened_and_what_to_do_next(end: Page) -> None:
    assert end.says
    assert end.next_steps
    assert end.name
    assert end.status in (200, 400, 403, 404, 409, 410, 500, 502, 503)
    assert ('<body class="good">' in end.html) is (end.status < 400)


def test_a_bad_end_says_whether_anything_was_connected(end: Page) -> None:
    if end.status >= 400 and end.name != "broken":  # of a defect, nobody can say that
        assert re.search(r"[Nn]othing was (connected|changed)", " ".join(end.says))


def test_sentences_are_short_and_end(end: Page) -> None:
    """Twenty-eight words at most; a command closes its sentence, so that no full stop is copied with it."""
    for text in (*end.says, *end.notes, *end.next_steps):
        assert text.endswith((".", "`")), text
        assert text[0] == "`" or text[0] == text[0].upper(), text
        for sentence in re.split(r"(?<=[.:?]) ", re.sub(r"`[^`]*`", "", text)):
            assert len(sentence.split()) <= 28, sentence
    assert not re.search(r'<code class="command">[^<]*</code>(?!</li>|</p>)', end.html)


def test_the_policy_lets_in_our_style_alone(end: Page) -> None:
    [style] = Read(end.html).of("style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy


def test_what_tells_a_secret_is_not_passed_on() -> None:
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    assert HEADERS["Cache-Control"] == "no-store"


# --- words from elsewhere ---------------------------------------------------------------------------------------------

ABOUT = {
    "vendor_said": lambda text: pages.vendor_said("HubSpot", text, AGAIN),
    "code_refused": lambda text: pages.code_refused("HubSpot", text, AGAIN),
    "missing_scopes": lambda text: pages.missing_scopes(text, [(text, text)], AGAIN),
    "wrong_portal": lambda text: pages.wrong_portal("1", text, AGAIN),
    "wrong_company": lambda text: pages.wrong_company("1", text, AGAIN),
    "connected_elsewhere": lambda text: pages.connected_elsewhere("1", text, "2"),
    "company_unknown": pages.company_unknown,
    "not_that_company": lambda text: pages.not_that_company(text, AGAIN),
    "renewed": lambda text: pages.renewed(text, "1"),
    "cannot_begin": pages.cannot_begin,
    "connected": lambda text: pages.connected(
        Shown("1:2", "1", "2", text, text, text, text, text, warnings=(text, text), neighbours=(text, text))
    ),
}


@pytest.mark.parametrize("name", ABOUT)
def test_markup_from_elsewhere_is_shown_as_text(name: str) -> None:
    read = Read(ABOUT[name](EVIL).html)
    assert "img" not in read.tags
    assert "<img src=x onerror=alert(1)>\"'&amp;" in read.words


@pytest.mark.parametrize("name", ABOUT)
@given(text=ANYTHING)
def test_no_text_adds_a_tag(name: str, text: str) -> None:
    """The page has the tags that it has for a plain word, and `code` where words in backticks are ours or a few."""
    plain, read = Read(ABOUT[name]("word").html), Read(ABOUT[name](text or "word").html)
    shape = [tag for tag in read.tags if tag != "code"]
    assert shape == [tag for tag in plain.tags if tag != "code"]
    assert {one for one, _ in read.attributes} == {one for one, _ in plain.attributes}


@given(text=ANYTHING)
def test_an_address_stays_in_its_attribute(text: str) -> None:
    read = Read(pages.denied("HubSpot", text).html)
    assert [value for name, value in read.attributes if name == "href"] == [text]


@given(text=ANYTHING, words=ANYTHING)
def test_any_page_escapes_all_that_it_is_given(text: str, words: str) -> None:
    read = Read(Page(200, text, (text, words), ((text, words),), (words,), (text,), (words, text)).html)
    assert set(read.tags) <= OURS
    assert "script" not in read.tags


# --- backticks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "html"), [
    ("plain", "<p>plain</p>"),
    ("it is `here` now.", "<p>it is <code>here</code> now.</p>"),
    ("type: `ops connect`", '<p>type: <code class="command">ops connect</code></p>'),
    ("`a` and `<b>`", "<p><code>a</code> and <code>&lt;b&gt;</code></p>"),
    (f"set `{'X' * 41}`", f'<p>set <code class="command">{"X" * 41}</code></p>'),
    ("one ` alone", "<p>one ` alone</p>"),
    ("`a` and ` alone", "<p><code>a</code> and ` alone</p>"),
])  # fmt: skip
def test_words_between_backticks_are_code(words: str, html: str) -> None:
    assert html in Page(200, "Title", (words,)).html


def test_a_backtick_in_a_companys_name_begins_no_command() -> None:
    page = pages.wrong_company("1", "O`Brien `and` Sons (2)", AGAIN)
    assert "O'Brien 'and' Sons (2)" in " ".join(page.says)
    assert Read(page.html).of("code") == ["python -m ops connect"]


# --- connected --------------------------------------------------------------------------------------------------------


def test_a_page_that_is_not_ready_loads_again() -> None:
    assert 'http-equiv="refresh" content="3"' in ENDS["connected, not ready"].html
    assert "refresh" not in ENDS["connected"].html


def test_what_is_not_known_has_no_line() -> None:
    facts = ENDS["connected, not ready"].facts
    assert [name for name, _ in facts] == ["HubSpot portal", "QuickBooks company", "Connection"]
    assert dict(facts)["QuickBooks company"] == "9130350000000000"


def test_warnings_read_as_sentences() -> None:
    notes = ENDS["connected, with notes"].notes
    assert [note[-1] for note in notes] == [".", ".", "."]
    assert "connected to Wren Nurseries, Wren Tools LLC too" in notes[-1]


def test_commands_name_the_connection() -> None:
    commands = Read(ENDS["connected"].html).of("code")
    assert commands == [
        "python -m ops settings apply settings.yaml --connection 48120771:9130350000000000",
        "python -m ops backfill customer --connection 48120771:9130350000000000",
    ]

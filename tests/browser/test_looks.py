"""How every page looks, for everybody: small screens, dark rooms, screen readers; and what the policy stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from chalicelib.connect.pages import HEADERS
from chalicelib.connect.pages import Page as End
from tests.browser.ends import ENDS, shown

pytestmark = pytest.mark.slow

SITE = "http://pages.example"
LONG = shown(company="Donaudampfschifffahrtsgesellschaft" * 6, warnings=("x" * 300,), neighbours=("y" * 200,))
EVERY = {**ENDS, "connected, long words": LONG}
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script><style>h1{color:#f00}</style>"
# For each text: its colour, the colour behind it, and its words. A transparent background shows the one below it.
COLOURS = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const found = rgb(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
    }
    return null;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    found.push([rgb(getComputedStyle(one).color).slice(0, 3), behind(one), texts.currentNode.data]);
  }
  const mark = getComputedStyle(document.querySelector("h1"), "::before");
  found.push([rgb(mark.color).slice(0, 3), rgb(mark.backgroundColor).slice(0, 3), "the mark"]);
  return found;
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser at a site that has nothing but our pages, with the headers that the app gives them."""

    def answer(route: Route) -> None:
        end = EVERY[route.request.url.removeprefix(f"{SITE}/").replace("%20", " ")]
        route.fulfill(status=end.status, headers=HEADERS, body=replace(end, reload_s=None).html)

    context = browser.new_context()
    context.route(f"{SITE}/**", answer)
    yield context.new_page()
    context.close()


def ends(page: Page) -> Iterator[tuple[str, End]]:
    for name, end in EVERY.items():
        page.goto(f"{SITE}/{name}")
        yield name, end


def test_no_page_scrolls_sideways_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    too_wide = [name for name, _ in ends(page) if page.evaluate("document.documentElement.scrollWidth") > 390]
    assert too_wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(page: Page, scheme: Any) -> None:
    """At least 4.5:1 (WCAG 2, level AA), as the browser really paints it."""
    page.emulate_media(color_scheme=scheme)
    pale = []
    for name, _ in ends(page):
        for ink, paper, words in page.evaluate(COLOURS):
            if contrast(ink, paper) < 4.5:
                pale.append((name, words, round(contrast(ink, paper), 2)))
    assert pale == []
    around = page.locator("body").evaluate("one => getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number)")
    assert (luminance(around) > 0.5) is (scheme == "light"), "the scheme is in force"


def test_what_a_screen_reader_says(page: Page) -> None:
    """One heading for the page, headings in order, a language, a title, and links that say where they lead."""
    for name, end in ends(page):
        said = page.locator("html").aria_snapshot()
        headings = re.findall(r'heading "(.*)" \[level=(\d)\]', said)
        assert headings[0] == (end.title, "1"), f"{name}: the title, and the mark is mute"
        assert {level for _, level in headings[1:]} <= {"2"}, name
        assert re.findall(r'- link "(.*)"', said) == ([end.link[0]] if end.link else []), name
        assert said.count("- main:") == 1, name
        assert page.title().startswith(end.title), name
        assert page.evaluate("document.documentElement.lang") == "en", name


def test_one_click_takes_a_whole_command(page: Page) -> None:
    page.goto(f"{SITE}/connected")
    command = page.locator("code.command").first
    command.click()
    assert page.evaluate("getSelection().toString()").strip() == command.inner_text()
    assert command.inner_text().startswith("python -m ops settings apply")


def test_the_button_is_reached_and_pressed_with_the_keyboard(page: Page) -> None:
    page.goto(f"{SITE}/denied")
    page.keyboard.press("Tab")
    button = page.get_by_role("link", name="Try again")
    assert button.evaluate("one => one === document.activeElement && getComputedStyle(one).outlineStyle") == "solid"


@pytest.mark.parametrize("policy", [True, False], ids=["with our headers", "without them"])
def test_the_policy_would_stop_what_slipped_in(page: Page, policy: bool) -> None:
    """A second wall, behind the escaping: of what an attacker might get into a page, nothing runs or changes it."""
    ran: list[str] = []

    def ask(dialog: Any) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", ask)
    headers = HEADERS if policy else {"Content-Type": HEADERS["Content-Type"]}
    page.route(f"{SITE}/spoilt", lambda route: route.fulfill(headers=headers, body=ENDS["connected"].html + EVIL))
    page.route(f"{SITE}/x", lambda route: route.abort())
    page.goto(f"{SITE}/spoilt")
    assert page.locator("img").count() == 1
    page.wait_for_function("document.querySelector('img').complete")
    red = page.locator("h1").evaluate("one => getComputedStyle(one).color") == "rgb(255, 0, 0)"
    assert (bool(re.search("1|2", "".join(ran))), red) == (not policy, not policy)


def contrast(one: list[float], other: list[float]) -> float:
    """Of two colours, by the formula of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

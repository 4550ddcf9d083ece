"""Every letter as a browser shows it, in light and in dark: all can be read, nothing runs off a phone, and axe-core
finds nothing serious (landmarks and regions aside: a mail program shows a letter inside a page of its own).
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.blueprint import Blueprint
from digest.compose import compose_letter
from digest.compose.letter import LINKS
from digest.types import Content, Logo
from tests.compose.conftest import PLANNED

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / ".cache" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
# The contrast of every element's own text with what is behind it, by the formula of WCAG 2.2.
LOWEST_CONTRAST = """() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b + .05;
  };
  const behind = (e) => {
    const c = getComputedStyle(e).backgroundColor;
    return c === "rgba(0, 0, 0, 0)" ? behind(e.parentElement) : c;
  };
  const speaks = (e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return Math.min(...[...document.querySelectorAll("body *")].filter(speaks).map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return Math.max(a, b) / Math.min(a, b);
  }));
}"""
SERIOUS = """async () => (await axe.run()).violations
  .filter((v) => ["serious", "critical"].includes(v.impact) && !/^(landmark-|region)/.test(v.id))
  .map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)"""
THEMES = pytest.mark.parametrize("theme", ["", "gazette"])


@pytest.fixture(scope="module", params=["light", "dark"])
def phone(request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A page 375 CSS pixels wide, without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 375, "height": 700}, color_scheme=request.param)
        page.route("**/*", lambda route: route.abort())
        yield page
        browser.close()


def check(page: "Page", html: str) -> None:
    page.set_content(html)
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def check_with_axe(page: "Page", html: str) -> None:
    page.set_content(html)
    page.add_script_tag(content=AXE.read_text("utf-8"))
    assert page.evaluate(SERIOUS) == []


CHECKS = pytest.mark.parametrize(
    "judge",
    [
        pytest.param(check, id="contrast and width"),
        pytest.param(
            check_with_axe,
            id="axe",
            marks=pytest.mark.skipif(
                not AXE.exists(), reason="no axe-core here: npm install --prefix .cache/npm --no-save axe-core"
            ),
        ),
    ],
)


@CHECKS
@THEMES
def test_a_digest_can_be_read(
    phone: "Page",
    content: Content,
    compose: Callable[[Content], tuple[EmailMessage, str, str]],
    theme: str,
    judge: Callable[["Page", str], None],
) -> None:
    logo = Logo("https://www.example.org/logo.png", "", 220, 48)
    brand = replace(content.brand, sign_off="Yours", logo=logo)
    hostile = replace(content.articles[3], title="W" * 120, excerpt="مرحبا " * 40)
    articles = (*content.articles[:3], hostile)
    _, _, html = compose(replace(content, theme=theme, brand=brand, intro="Dear reader", articles=articles))
    judge(phone, html)


@CHECKS
@THEMES
@pytest.mark.parametrize("name", [*LINKS, "draft-ready", "ops-notice"])
def test_a_letter_can_be_read(
    phone: "Page",
    content: Content,
    nonce: str,
    read: Callable[[Blueprint], tuple[EmailMessage, str, str]],
    name: str,
    theme: str,
    judge: Callable[["Page", str], None],
) -> None:
    said = ("newsletter", "topics", "until", "next", "planned", "happened", "todo", "where", "role")
    values = {**dict.fromkeys(said, "words"), "edition": 3, "titles": ["One", "Two"]}
    frame = replace(content, theme=theme)
    blueprint = compose_letter(name, values, frame, templates=content.templates, date=PLANNED, nonce=nonce)
    judge(phone, read(blueprint)[2])

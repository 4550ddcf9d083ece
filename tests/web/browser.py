"""What the tests in Chromium share: a phone, and the judges of what it shows."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / ".cache" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium")
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    # What a browser sees does not depend on the database; the other tests of these pages use both.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
# The contrast of every text with what is behind it, by the formula of WCAG 2.2; pages have no images or gradients.
LOWEST_CONTRAST = """() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b + .05;
  };
  const behind = (e) => {
    const c = getComputedStyle(e).backgroundColor;
    return c === "rgba(0, 0, 0, 0)" ? behind(e.parentElement) : c;
  };
  const ratios = [...document.querySelectorAll("body *")].filter((e) => e.innerText).map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return Math.max(a, b) / Math.min(a, b);
  });
  return Math.min(...ratios);
}"""
SERIOUS = """async () => (await axe.run()).violations
  .filter((v) => ["serious", "critical"].includes(v.impact))
  .map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)"""
SUBMIT = """(form) => {
  const made = Object.assign(document.createElement("form"), {method: "post", action: form.path});
  for (const [name, value] of form.fields) made.append(Object.assign(document.createElement("input"), {name, value}));
  document.body.append(made);
  made.submit();
}"""


@contextmanager
def phone(scheme: Literal["light", "dark"] = "light") -> Iterator["Page"]:
    """A page 375 CSS pixels wide. What it complains of on its console, but for an error's status, fails the test."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 375, "height": 740}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        yield page
        browser.close()
    assert [each for each in complaints if "responded with a status of 4" not in each] == []


def submit(page: "Page", url: str, path: str, fields: Mapping[str, str | Sequence[str]]) -> None:
    """Send a form as a page of ours would."""
    page.goto(f"{url}/privacy")
    pairs = [(name, one) for name, value in fields.items() for one in ([value] if isinstance(value, str) else value)]
    with page.expect_navigation():
        page.evaluate(SUBMIT, {"path": path, "fields": pairs})


def faults(page: "Page") -> list[str]:
    """What is wrong with the page that is shown: its width on a phone, its contrast, and what axe-core finds."""
    found = []
    if (width := page.evaluate("document.documentElement.scrollWidth")) != 375:
        found.append(f"{width} pixels wide")
    if (contrast := page.evaluate(LOWEST_CONTRAST)) < 4.5:
        found.append(f"contrast {contrast:.2f}")
    if page.locator("h1").count() != 1:
        found.append("not one h1")
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))  # not as a script of the page, whose policy allows none
        found += page.evaluate(SERIOUS)
    return found

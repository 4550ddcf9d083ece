"""Makes docs/pictures: the letter of the sample week, and sheets of it and of the letters to subscribers in every look:
both themes, light and dark, on a desktop and on a phone.

python docs/pictures.py     (wants Playwright, and a Chromium: CHROMIUM=/usr/bin/chromium)
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from digest import config, wiring
from digest.blueprint import Blueprint
from digest.cli.demo import WEDNESDAY
from digest.compose import Composer, compose_letter
from digest.types import Content, DigestKey, Event

PICTURES = Path(__file__).parent / "pictures"
NONCE = "0123456789abcdef"
# Grey edges of type instead of coloured ones: smaller files.
ARGUMENTS = ["--no-sandbox", "--disable-lcd-text"]
GAP = 12
AS_HIGH_AS_WHAT_THEY_HOLD = """() => {
  for (const frame of document.querySelectorAll("iframe"))
    frame.style.minHeight = frame.contentDocument.documentElement.scrollHeight + "px";
}"""
INTRO = "The week in Asia was loud: rockets, drills, and a strategy paper. Our scholars read it with cooler heads."
SIGN_OFF = """Until next Wednesday,

The editors"""
LETTERS = {
    "confirm": {"topics": "Asia, China, Taiwan", "until": "January 14, 2026"},
    "welcome": {"topics": "Asia, China, Taiwan", "next": "Wednesday, January 14, 2026, 9:00 a.m. EST"},
    "preferences-link": {"until": "10:00 a.m. EST"},
    "goodbye": {},
}


THEMES = ("", "gazette")
DESKTOP, PHONE = 700, 375
"""CSS pixels."""
LARGEST = 200_000
"""Bytes of a picture; a clone fetches all of them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What to photograph: a file's name, HTML, and how wide its window is, in CSS pixels."""

    name: str
    html: str
    width: int
    scale: float = 1


def sample() -> tuple[Content, DigestKey]:
    """What the demo's edition says, with a note, an event to come and a sign-off, so that every part is seen."""
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "digest.cli", "demo", "--recipients", "1", "--keep", folder]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        settings = config.load(Path(folder) / "config.yaml")
        pipeline = wiring.open_pipeline(settings, wiring.clock_from(WEDNESDAY))
        content, key = pipeline.desk.content(1), pipeline.desk.digest_key(1)
        pipeline.database.close()
    assert key, "the sample week has news"
    brand = replace(content.brand, sign_off=SIGN_OFF)
    return replace(content, brand=brand, intro=INTRO, events=(_event(),)), key


def _event() -> Event:
    return Event(
        id=1,
        title="Rethinking U.S. strategy in East Asia: Do more bases mean more deterrence?",
        url="https://www.example.org/events/rethinking-us-strategy-in-east-asia/",
        starts_at=WEDNESDAY + timedelta(days=7, hours=3),
        first_seen_at=WEDNESDAY,
        ends_at=WEDNESDAY + timedelta(days=7, hours=4),
        zone="America/New_York",
        mode="virtual",
        topics=("asia",),
    )


def digest_html(content: Content, key: DigestKey) -> str:
    """One digest."""
    return _html(Composer(content, nonce=NONCE, date=WEDNESDAY).compose(key))


def letter_html(content: Content, name: str) -> str:
    """A letter to a subscriber."""
    values = {"newsletter": content.newsletter_name, **LETTERS[name]}
    return _html(compose_letter(name, values, content, templates=content.templates, date=WEDNESDAY, nonce=NONCE))


def _html(blueprint: Blueprint) -> str:
    slots = {slot.name: "token" for slot in blueprint.slots}
    message = message_from_bytes(blueprint.fill(slots), policy=policy.SMTP)
    body = message.get_body(("html",))
    assert body, "every letter has HTML"
    return str(body.get_content())


def sheet(name: str, letters: list[str], width: int, columns: int, scale: float) -> Picture:
    """Letters in a grid, all of a row as high as its highest."""
    frames = "".join(f'<iframe srcdoc="{escape(letter)}" scrolling="no"></iframe>' for letter in letters)
    style = (
        f"body {{display:grid;grid-template-columns:repeat({columns},{width}px);gap:{GAP}px;margin:{GAP}px;"
        "background:#8b8d91} iframe {width:100%;height:100%;border:0}"
    )
    return Picture(name, f"<style>{style}</style>{frames}", columns * (width + GAP) + GAP, scale)


def in_the_dark(letter: str) -> str:
    """A letter as dark mode shows it."""
    # A frame has the colour scheme of its page, so the letter is told that it is always dark.
    return letter.replace("(prefers-color-scheme: dark)", "all")


def photograph(browser: Browser, picture: Picture) -> None:
    """The whole of it, nothing loaded from the network."""
    page = browser.new_page(viewport={"width": picture.width, "height": 400}, device_scale_factor=picture.scale)
    page.route("**/*", lambda route: route.abort())
    page.set_content(picture.html)
    page.evaluate(AS_HIGH_AS_WHAT_THEY_HOLD)
    page.screenshot(path=PICTURES / picture.name, full_page=True)
    page.close()
    if (size := (PICTURES / picture.name).stat().st_size) > LARGEST:
        raise SystemExit(f"{picture.name} has {size} bytes, more than {LARGEST}; give it a smaller scale")


def _in_both(letter: str) -> list[str]:
    return [letter, in_the_dark(letter)]


def _rows(letters: list[str]) -> list[str]:
    return [*letters, *map(in_the_dark, letters)]


def main() -> None:
    """Make every picture anew."""
    content, key = sample()
    themed = [replace(content, theme=theme) for theme in THEMES]
    digests = [shown for one in themed for shown in _in_both(digest_html(one, key))]
    letters = [shown for one in themed for shown in _rows([letter_html(one, name) for name in LETTERS])]
    pictures = [
        Picture("letter-desktop.png", digests[0], DESKTOP),
        Picture("letter-phone.png", digests[0], PHONE),
        sheet("looks-desktop.png", digests, DESKTOP, len(digests), 0.36),
        sheet("looks-phone.png", digests, PHONE, len(digests), 0.37),
        sheet("letters-desktop.png", letters, DESKTOP, len(LETTERS), 0.45),
        sheet("letters-phone.png", letters, PHONE, len(LETTERS), 0.5),
    ]
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=ARGUMENTS)
        for picture in pictures:
            photograph(browser, picture)
        browser.close()


if __name__ == "__main__":
    main()

"""Makes the README's pictures: runs the demo, and photographs the letter of a reader of all topics.

    python docs/pictures.py     (wants Playwright, and a Chromium: CHROMIUM=/usr/bin/chromium)
"""

import mailbox
import os
import subprocess
import sys
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pictures"
WIDTHS = {"letter-desktop.png": 700, "letter-phone.png": 375}


def sample_letter() -> str:
    """The HTML of the demo's letter to its eighth reader, the first who follows every topic."""
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "digest.cli", "demo", "--recipients", "8", "--keep", folder]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        letters = [bytes(letter) for letter in mailbox.Maildir(Path(folder) / "outbox", create=False)]
    messages = [message_from_bytes(letter, policy=policy.SMTP) for letter in letters]
    letter = next(message for message in messages if message["To"] == "reader8@example.com")
    return letter.get_body(("html",)).get_content()


def photograph(html: str) -> None:
    """Each picture at its width, the whole letter, nothing loaded from the network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"])
        for name, width in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme="light")
            page.route("**/*", lambda route: route.abort())
            page.set_content(html)
            page.screenshot(path=PICTURES / name, full_page=True)
        browser.close()


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    photograph(sample_letter())

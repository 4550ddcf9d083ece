"""Mail programs show our letters at least as well as the same words in MJML's own components."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest.types import Content

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / ".cache" / "npm" / "node_modules" / "caniemail" / "dist" / "index.js"
MISSING = shutil.which("node") is None or not LIBRARY.exists()


@pytest.mark.skipif(
    MISSING, reason="no caniemail here: install Node.js, then npm install --prefix .cache/npm --no-save caniemail"
)
@pytest.mark.parametrize("theme", ["", "gazette"])
def test_mail_programs_show_it_as_well_as_plain_mjml(
    tmp_path: Path, content: Content, compose: Callable[[Content], tuple[EmailMessage, str, str]], theme: str
) -> None:
    ours = replace(content, intro="Dear reader", brand=replace(content.brand, sign_off="Yours"))
    plain = {**content.templates, "email/digest/body.mjml": (HERE / "plain.mjml").read_text("utf-8")}
    files = (tmp_path / "ours.html", tmp_path / "plain.html")
    files[0].write_text(compose(replace(ours, theme=theme))[2])
    files[1].write_text(compose(replace(ours, templates=plain))[2])
    words = ["node", *map(str, (HERE / "caniemail.mjs", LIBRARY, *files))]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    (errors, warnings), (most_errors, most_warnings) = json.loads(done.stdout)
    assert 0 < errors <= most_errors
    assert 0 < warnings <= most_warnings

"""A letter looks as its owner says: colours that can be read, fonts, logo, sign-off, and a theme of a few files."""

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest

from digest.config.colours import DARK_PAPER, LIGHT_PAPER
from digest.contrast import contrast, parse_colour
from digest.errors import ComposeError
from digest.types import Content, Logo

Compose = Callable[[Content], tuple[EmailMessage, str, str]]


def ratio(one: str, other: str) -> float:
    colour, ground = parse_colour(one), parse_colour(other)
    assert colour is not None
    assert ground is not None
    return contrast(colour, ground)


@pytest.mark.parametrize("theme", ["_partials", "themes/gazette/_partials"])
def test_every_colour_of_a_theme_can_be_read_on_its_paper(templates: dict[str, str], theme: str) -> None:
    colours = dict(re.findall(r'set (\w+) = .*?"(#\w+)"', templates[f"email/{theme}/look.mjml"]))
    for name in ("ink", "quiet", "accent"):
        assert ratio(colours[name], colours["paper"]) >= 4.5
        assert ratio(colours[f"dark_{name}"], colours["dark_paper"]) >= 4.5
    assert ratio(colours["paper"], "#000000") >= ratio(LIGHT_PAPER, "#000000")
    assert ratio(colours["dark_paper"], "#ffffff") >= ratio(DARK_PAPER, "#ffffff")


def test_the_brand_goes_before_the_theme(compose: Compose, content: Content) -> None:
    brand = replace(content.brand, accent="#123456", accent_dark="#abcdef", serif="Charter, serif")
    _, _, html = compose(replace(content, brand=brand))
    assert {"#123456", "#abcdef"} <= set(re.findall(r"#\w{6}", html))
    assert "#7b1e28" not in html
    assert "font-family:Charter, serif" in html


def test_a_logo_stands_for_the_name(compose: Compose, content: Content) -> None:
    logo = Logo("https://www.example.org/logo.png", "", 240, 60)
    _, _, html = compose(replace(content, brand=replace(content.brand, logo=logo)))
    (image,) = re.findall(r"<img[^>]*>", html)
    assert 'src="https://www.example.org/logo.png" alt="Defense Priorities" width="240" height="60"' in image


def test_the_sign_off_stands_in_both_parts(compose: Compose, content: Content) -> None:
    _, plain, html = compose(replace(content, brand=replace(content.brand, sign_off="Yours,\n\nthe editors")))
    assert "Yours,\n\nthe editors\n" in plain
    assert ">the editors</p>" in html


def test_another_theme_looks_different_and_says_the_same(compose: Compose, content: Content) -> None:
    _, plain, html = compose(content)
    _, themed_plain, themed = compose(replace(content, theme="gazette"))
    assert themed_plain == plain
    assert "text-transform:uppercase" in re.findall(r"<h1[^>]*>", themed)[0]
    assert "#0b5d3b" in themed
    assert "#7b1e28" not in themed
    assert re.findall(r'href="([^"]*)"', themed) == re.findall(r'href="([^"]*)"', html)


def test_a_theme_is_a_few_files(templates: dict[str, str]) -> None:
    own = [name for name in templates if name.startswith("email/themes/gazette/")]
    assert 0 < len(own) < len([name for name in templates if name.startswith("email/_partials/")]) / 2


def test_an_unknown_theme_is_named_with_those_there_are(compose: Compose, content: Content) -> None:
    with pytest.raises(ComposeError, match="there is no theme 'gazete'; templates/email/themes has: gazette"):
        compose(replace(content, theme="gazete"))


def test_a_fault_in_a_theme_names_the_themes_own_file(compose: Compose, content: Content) -> None:
    name = "email/themes/gazette/_partials/lead.mjml"
    with pytest.raises(ComposeError, match=f"{name}, line 1: ZeroDivisionError"):
        compose(replace(content, theme="gazette", templates={**content.templates, name: "{{ 1/0 }}"}))

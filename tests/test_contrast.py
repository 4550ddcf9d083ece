"""Colours and their contrast, held against the ratios that WCAG's own tools give."""

import pytest

from digest.contrast import Colour, contrast, parse_colour


@pytest.mark.parametrize(
    ("text", "ground", "ratio"),
    [("#000", "white", 21), ("#777777", "#fff", 4.48), ("navy", "#ffffff", 16.01), ("#7b1e28", "#7B1E28", 1)],
)
def test_the_contrast_of_two_colours(text: str, ground: str, ratio: float) -> None:
    one, other = parse_colour(text), parse_colour(ground)
    assert one is not None
    assert other is not None
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("value", "colour"),
    [(" #1a2B3c ", (26, 43, 60)), ("rgb( 1, 2,300)", (1, 2, 255)), ("Silver", (192, 192, 192)), ("#12345", None)]
    + [(value, None) for value in ("", "transparent", "rgba(0,0,0,.5)", "#1234567", "var(--ink)", "inherit")],
)
def test_a_colour_as_css_writes_it(value: str, colour: Colour | None) -> None:
    assert parse_colour(value) == colour

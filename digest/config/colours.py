"""Whether a brand's colours can be read in a letter."""

import re
from collections.abc import Callable

from digest.contrast import AA, contrast, parse_colour

LIGHT_PAPER, DARK_PAPER = "#fdfcf9", "#15181c"
"""The grounds on which the shipped themes leave an accent the least contrast."""


def check_accent(paper: str, wanted: str) -> Callable[[str], str]:
    """A check of a colour like `#7b1e28` on `paper`; `wanted` says what kind would be readable: darker or lighter."""

    def check(value: str) -> str:
        # It stands in the styles of a letter as it is, so only this one form is taken.
        colour = parse_colour(value) if re.fullmatch(r"#[0-9a-fA-F]{6}", value) else None
        ground = parse_colour(paper)
        if colour is None or ground is None:
            raise ValueError('wants a colour like "#7b1e28", in quotes')
        if (found := contrast(colour, ground)) < AA:
            raise ValueError(
                f"{value} on the paper of letters, {paper}, has a contrast of {found:.1f}, too little to read;"
                f" choose a {wanted} one, with at least {AA}"
            )
        return value

    return check

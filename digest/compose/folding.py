"""Making room: Gmail hides what follows 102 kB of HTML, the link to leave with it, so the tails of long sections fold.

Each fold takes off as much as the size asks for, and the letter is compiled again: two or three times, never more than
it has items.
"""

from dataclasses import replace

from digest.compose.selection import Selection

LIMIT = 99_000
"""Bytes, of the HTML and of its encoded form; another 1,000 are left for the tokens of the slots."""


def fold(selection: Selection, size: int) -> Selection | None:
    """The selection with fewer items, for a letter of `size` bytes; None where nothing can be folded any more.

    The longest section gives up its last item first, the later one of equals; the events count as the last section.
    """
    shown = [len(section.items) for section in selection.sections] + [len(selection.events)]
    keep = min(sum(shown) * LIMIT // size, sum(shown) - 1)
    if keep < 0:
        return None
    while sum(shown) > keep:
        longest = max(range(len(shown)), key=lambda place: (shown[place], place))
        shown[longest] -= 1
    *places, events = shown
    return replace(
        selection,
        sections=tuple(
            replace(section, items=section.items[:place], more=section.more + len(section.items) - place)
            for section, place in zip(selection.sections, places, strict=True)
        ),
        events=selection.events[:events],
        more_events=selection.more_events + len(selection.events) - events,
    )

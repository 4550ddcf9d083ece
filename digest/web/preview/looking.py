"""All that the page shows of one letter, worked out before anything is drawn."""

from dataclasses import dataclass

from digest.desk import Desk
from digest.errors import DigestError
from digest.models import EditionRow
from digest.record import contents
from digest.types import Content
from digest.web.preview import letter
from digest.web.preview.articles import Line, list_articles
from digest.web.preview.choosing import Choice, Found, choose
from subscribers import SubscribersError


@dataclass(frozen=True, slots=True)
class Step:
    """A command that comes next, and what it does."""

    command: str
    does: str


@dataclass(frozen=True, slots=True)
class Look:
    """A look at an edition. Without a letter, `problem` says why, or else nothing is new to such a reader."""

    edition: EditionRow
    planned: str
    content: Content
    letter: letter.Letter | None
    problem: str
    remark: str
    changed: tuple[str, ...]
    """What its sources have changed or withdrawn since the edition was approved: `article “Title”`."""
    articles: tuple[Line, ...]
    steps: tuple[Step, ...]


def look(desk: Desk, secret: bytes, choice: Choice) -> Look:
    """Look at an edition as `choice` says. Raises EditionError where there is no such edition."""
    edition, planned = desk.standing(choice.edition), desk.planned(choice.edition).words
    plan = desk.plan(edition.newsletter)
    content = desk.content(choice.edition)
    found, shown, problem = Found(None), None, ""
    try:
        found = choose(desk, secret, choice)
        if found.key is not None:
            shown = letter.compose(desk, choice.edition, found.key, choice.subscriber or letter.NOBODY)
    except (DigestError, SubscribersError) as error:
        problem = str(error)
    return Look(
        edition=edition,
        planned=planned,
        content=content,
        letter=shown,
        problem=problem,
        remark=found.remark,
        changed=_changed(desk, edition, content),
        articles=tuple(list_articles(desk, edition.id, content, found.key)),
        steps=next_steps(choice.edition, edition.state, planned, needs_approval=plan.needs_approval),
    )


def _changed(desk: Desk, edition: EditionRow, content: Content) -> tuple[str, ...]:
    if edition.state != "approved":
        return ()
    with desk.database.read() as session:
        changed, withdrawn = contents.drifted(session, content)
    return (*changed, *withdrawn)


def next_steps(number: int, state: str, planned: str, *, needs_approval: bool) -> tuple[Step, ...]:
    """What staff can do with an edition in this state."""
    proof = Step(f"digest preview {number} --to you@example.org", "mails you a proof, marked [TEST]")
    match state:
        case "draft" if needs_approval:
            return Step(f"digest approve {number}", f"seals it; it goes out on {planned}"), proof
        case "draft":
            return Step(f"digest approve {number}", f"seals it now; else it is sealed and goes out on {planned}"), proof
        case "approved":
            return Step(f"digest send {number}", f"sends it now; else it goes out on {planned}"), proof
        case "sending":
            return Step(f"digest pause {number}", "stops it where it stands"), _deliveries(number)
        case "paused":
            return Step(f"digest resume {number}", "lets it go on"), _deliveries(number)
        case "sent":
            return (_deliveries(number),)
        case _:
            return ()


def _deliveries(number: int) -> Step:
    return Step(f"digest deliveries {number}", "says who got what")

"""Lists of subscribers: what spreadsheets write, what is refused, and who never comes back."""

import contextlib
import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from digest.database import Database, OneConnection
from subscribers import (
    ImportReport,
    ListRefusedError,
    Offer,
    Reason,
    RefusedRow,
    SubscriptionState,
    address_key,
    erase,
    import_list,
    list_subscribers,
    parse_address,
    suppress,
    unsubscribe,
)
from subscribers.models import Consent, Subscriber
from tests.subscribers.conftest import NOW, SECRET
from tests.subscribers.lists import TOPICS, load


def people(session: Session) -> dict[str, tuple[str, tuple[str, ...] | None]]:
    session.expire_all()
    return {standing.address: (standing.state, standing.topics) for standing in list_subscribers(session)}


@pytest.mark.parametrize(
    "data",
    [
        b"email,name,topics\njane@example.org,Zo\xc3\xab,asia;nato\n",
        b"\xef\xbb\xbfEmail,Name,Topics\r\njane@example.org,Zo\xc3\xab,Asia; NATO\r\n",
        b"email,name,topics\njane@example.org,Zo\xeb,asia;nato\n",
        b'TOPICS;email;name\n"asia;nato";jane@example.org;Zo\xc3\xab\n',
        b" name \t topics\temail\nZo\xc3\xab\tasia;nato\t jane@example.org \n",
        b'email,name,topics\n"jane@example.org","Zo\xc3\xab","asia;nato"\n\n,,\n',
        "email\tname\ttopics\r\njane@example.org\tZoë\tasia;nato\r\n".encode("utf-16"),
        "E-Mail,First Name,Last Name,Interests\njane@example.org,Zoë,,asia;nato\n".encode("utf-16-be"),
    ],
    ids=["plain", "excel-bom", "cp1252", "semicolons", "tabs", "quoted-and-blank-rows", "utf-16", "utf-16-be"],
)
def test_what_spreadsheets_write_is_read(session: Session, data: bytes) -> None:
    assert load(session, data) == ImportReport(added=1, changed=0, unchanged=0, skipped={}, repeated=0, refused=0)
    assert people(session) == {"jane@example.org": (SubscriptionState.ACTIVE, ("asia", "nato"))}
    assert session.scalar(select(Subscriber.name)) == "Zoë"


def test_an_empty_topics_field_means_every_topic(session: Session) -> None:
    load(session, "email,topics\njane@example.org,\n")
    assert people(session)["jane@example.org"] == (SubscriptionState.ACTIVE, None)


def test_without_consent_they_are_pending(session: Session) -> None:
    load(session, "email\njane@example.org\n", confirmed=False)
    assert people(session)["jane@example.org"][0] == SubscriptionState.PENDING
    assert session.scalar(select(Consent.act)) == "imported"


def test_the_consent_names_the_list(session: Session) -> None:
    load(session, "email\njane@example.org\n")
    consent = session.scalars(select(Consent)).one()
    assert (consent.act, consent.via, consent.at) == ("vouched", "import list.csv", NOW)


BAD_ROWS = "email,topics\na@example.org,\nb@example.org,\nc@example.org,\n\nd@example.org,\nx@,\ne@example.org,Asai\n"


def test_a_bad_row_is_named_by_its_number_and_nothing_is_stored(session: Session) -> None:
    with pytest.raises(ListRefusedError) as caught:
        load(session, BAD_ROWS)
    assert str(caught.value) == (
        "row 7: 'x@' is not an address: there must be something after the @-sign (and 1 more); "
        "nothing was imported; mend these rows, or import only the good ones"
    )
    assert str(caught.value.rows[1]) == "row 8: 'Asai' is not a topic of this newsletter"
    assert people(session) == {}


def test_the_good_rows_can_be_kept(session: Session) -> None:
    report = load(session, BAD_ROWS, keep_good=True)
    assert report.added == len(people(session)) == 4
    assert [row.number for row in report.first_refused] == [7, 8]


def test_after_a_refusal_the_same_session_can_import_the_mended_list(session: Session) -> None:
    with pytest.raises(ListRefusedError):
        load(session, "email\nx@\n")
    assert load(session, "email\nx@example.org\n").added == 1


def test_the_same_address_twice_is_one_and_the_later_row_counts(session: Session) -> None:
    report = load(session, "email,topics\njane@example.org,asia\nJANE@Example.org,nato\n")
    assert (report.added, report.repeated) == (1, 1)
    assert [topics for _, topics in people(session).values()] == [("nato",)]


def test_a_second_import_changes_what_differs_and_nothing_else(session: Session) -> None:
    load(session, "email,topics\na@example.org,asia\nb@example.org,asia\n")
    report = load(session, "email,topics\na@example.org,asia\nb@example.org,nato\nc@example.org,\n")
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert people(session)["b@example.org"] == (SubscriptionState.ACTIVE, ("nato",))
    assert session.scalar(select(func.count()).select_from(Consent)) == 4


def test_a_list_without_topics_leaves_chosen_topics_alone(session: Session, jane: int) -> None:
    assert load(session, "email\njane@example.org\n").unchanged == 1
    assert people(session)["jane@example.org"] == (SubscriptionState.ACTIVE, ("asia", "nato"))


def test_a_list_without_consent_does_not_undo_consent(session: Session, jane: int) -> None:
    load(session, "email,topics\njane@example.org,asia\n", confirmed=False)
    assert people(session)["jane@example.org"] == (SubscriptionState.ACTIVE, ("asia",))


def test_vouching_later_makes_the_pending_active(session: Session) -> None:
    load(session, "email\njane@example.org\n", confirmed=False)
    assert load(session, "email\njane@example.org\n").changed == 1
    assert people(session)["jane@example.org"][0] == SubscriptionState.ACTIVE


def leave(session: Session, jane: int) -> None:
    unsubscribe(session, jane, "weekly", via="page", now=NOW)


def forget(session: Session, jane: int) -> None:
    erase(session, jane, via="command line", now=NOW)


def bounce(session: Session, jane: int) -> None:
    suppress(session, address_key(parse_address("jane@example.org"), SECRET), Reason.HARD, via="feedback", now=NOW)


@pytest.mark.parametrize(("go", "reason"), [(leave, "unsubscribed"), (forget, "erased"), (bounce, "hard")])
def test_a_list_brings_nobody_back(
    session: Session, jane: int, go: Callable[[Session, int], None], reason: str
) -> None:
    go(session, jane)
    before = people(session)
    report = load(session, "email,topics\nJane@example.org,nato\nnew@example.org,\n")
    assert (report.skipped, report.added) == ({reason: 1}, 1)
    assert {**before, "new@example.org": (SubscriptionState.ACTIVE, None)} == people(session)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "row 1 must name the columns"),
        ("jane@example.org,Jane\n", "row 1 must name the columns"),
        ("email,topcs\njane@example.org,asia\n", "the column 'topcs' is unknown"),
        ("email,email\na@example.org,b@example.org\n", "the column 'email' is unknown or twice"),
        ('email,name\njane@example.org,"Jane\n', "row 2 cannot be read"),
        ("email,name\njane@example.org,Jane,Doe\n", "row 2: has 3 fields where the header has 2"),
        ("email\n" + "x" * 200_000, "row 2 cannot be read"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(session: Session, text: str, words: str) -> None:
    with pytest.raises(ListRefusedError, match=words):
        load(session, text)


def test_names_are_one_line_without_control_characters(session: Session) -> None:
    load(session, 'email,name\njane@example.org,"Jane\r\nBcc: x\x1b[31m  Doe"\n')
    assert session.scalar(select(Subscriber.name)) == "Jane Bcc: x[31m Doe"


def test_progress_counts_rows_batch_by_batch(session: Session) -> None:
    rows: list[int] = []
    load(session, "email\n" + "".join(f"r{number}@example.org\n" for number in range(5001)), rows=rows)
    assert rows == [5000, 5001]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.one_of(st.binary(max_size=300), st.text('ae@x.;,\t"\n\r topicsasia', max_size=80).map(
    lambda text: b"email,topics\n" + text.encode())))  # fmt: skip
def test_no_bytes_at_all_break_an_import(database: Database, data: bytes) -> None:
    with database.write() as session:
        with contextlib.suppress(ListRefusedError):
            report = load(session, data, keep_good=True)
            assert report.added == len(people(session))
        session.rollback()


def test_the_operator_says_which_column_means_what(session: Session) -> None:
    columns = {"email": "Mail", "topics": "wants"}
    load(session, "Id,Mail,Wants\n7,jane@example.org,asia\n", columns=columns)
    assert people(session) == {"jane@example.org": (SubscriptionState.ACTIVE, ("asia",))}


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"mail": "Mail"}, "there is no 'mail'"), ({"email": "Post"}, "row 1 has no column 'Post'")],
)
def test_a_map_that_does_not_fit_is_refused(session: Session, columns: dict[str, str], words: str) -> None:
    with pytest.raises(ListRefusedError, match=words):
        load(session, "Mail\njane@example.org\n", columns=columns)


def test_a_dry_run_tells_what_would_be_and_writes_nothing(session: Session, jane: int) -> None:
    report = load(session, "email,topics\njane@example.org,asia\nnew@example.org,\n", dry_run=True)
    assert (report.added, report.changed) == (1, 1)
    assert people(session) == {"jane@example.org": (SubscriptionState.ACTIVE, ("asia", "nato"))}


def test_every_refused_row_is_told_also_when_nothing_is_taken(session: Session) -> None:
    told: list[RefusedRow] = []
    bad = "email,confirmed_at\n" + "".join(f"x{number}@,\n" for number in range(150)) + "a@example.org,soon\n"
    with pytest.raises(ListRefusedError, match=r"\(and 150 more\)"):
        load(session, bad, refused=told.append)
    assert [row.number for row in told] == list(range(2, 153))
    assert told[-1].reason == "'soon' is no time; write 2026-01-31 or 2026-01-31T09:00:00Z"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("newsletter\n,x@example.org,hourly", "there is no newsletter 'hourly'; there are weekly, daily"),
        ("state\n,x@example.org,perhaps", "'perhaps' is no state"),
        ("rhythm\n,x@example.org,hourly", "'hourly' is no rhythm"),
        ("language\n,x@example.org,«»", "'«»' is no language"),
        ("suppressed\n,x@example.org,dislike", "'dislike' is no reason"),
        ("confirmed_at\n,x@example.org,2027-01-01", "'2027-01-01' is yet to come"),
        ("confirmed_at\n,x@example.org,2025-02-30", "'2025-02-30' is no time"),
    ],
)
def test_what_a_field_may_hold(session: Session, row: str, reason: str) -> None:
    report = load(session, f"name,email,{row}\n", keep_good=True)
    assert report.refused == 1
    assert reason in report.first_refused[0].reason


def test_one_list_may_hold_several_newsletters(session: Session) -> None:
    load(session, "email,newsletter\na@example.org,weekly\na@example.org,daily\n")
    assert [one.newsletter for one in list_subscribers(session)] == ["weekly", "daily"]
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 1


class Watched:
    """One connection of a database; before each write but the first, `between` happens."""

    def __init__(self, connection: OneConnection, between: Callable[[], None]) -> None:
        self._connection, self._between, self._writes = connection, between, 0
        self.read = connection.read

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        self._writes += 1
        if self._writes > 1:
            self._between()
        with self._connection.write() as session:
            yield session


def import_many(database: Database, between: Callable[[], None]) -> ImportReport:
    rows = "email\n" + "".join(f"r{number}@example.org\n" for number in range(12_000))
    with database.one_connection() as connection:
        return import_list(
            Watched(connection, between), SECRET, io.BytesIO(rows.encode()), offer=Offer({"weekly": TOPICS}, "weekly"),
            confirmed=True, via="import", now=NOW,
        )  # fmt: skip


def test_others_write_while_a_list_is_checked_and_between_its_portions(database: Database) -> None:
    written: list[int] = []

    def write() -> None:
        with database.write() as session:  # on SQLite this would wait for ever, were the lock still held
            session.execute(text("UPDATE facts SET value = value"))
        written.append(1)

    assert import_many(database, write).added == 12_000
    assert len(written) == 2


def test_killed_in_between_importing_again_completes_it(database: Database) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_many(database, die)
    report = import_many(database, lambda: None)
    assert (report.added, report.unchanged) == (7000, 5000)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 12_000

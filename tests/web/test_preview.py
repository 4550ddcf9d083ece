"""The preview: what it shows, that it changes nothing, and that what it shows cannot harm who looks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import text

from digest import files as storage
from digest.database import Database, open_database
from digest.desk import Desk, Plan
from digest.errors import EditionError
from digest.keys import Keys
from digest.models import ArticleRow
from digest.record import freeze
from digest.record.editions import Change, get
from digest.record.readers import NOTHING_NEW, Reader
from digest.rhythm import Rhythm
from digest.types import Brand, Content, DigestKey, Topic
from digest.web.preview import Choice, choose, create_preview, files, newest, split_topics
from digest.web.preview.letter import in_scheme
from digest.web.preview.looking import next_steps
from subscribers import parse_address, subscribe
from subscribers.base import Base

NOW = datetime(2026, 1, 7, 14, tzinfo=UTC)
KEYS = Keys(address=b"a" * 32, web=("web secret",), mail=b"m" * 32)
TOPICS = (
    Topic("china", "China", "Policy topics"),
    Topic("asia", "Asia", "Programs"),
    Topic("nato", "NATO", "Programs"),
)


def _plan() -> Plan:
    frame = Content(
        newsletter="weekly",
        newsletter_name="Expert analysis",
        sender="Example Institute <news@example.org>",
        brand=Brand("Example Institute", "", "https://www.example.org", "1 Example Avenue"),
        web_url="https://letters.example.org",
        zone="America/New_York",
        planned_at=NOW,
        topics=TOPICS,
        articles=(),
    )
    zone = ZoneInfo("America/New_York")
    return Plan("weekly", Rhythm.parse("wed 09:00"), zone, True, timedelta(days=1), timedelta(days=14), frame)


def _article(number: int, title: str, *categories: str) -> ArticleRow:
    at, url = NOW - timedelta(hours=number), f"https://www.example.org/{number}"
    return ArticleRow(
        id=number, link=url, url=url, title=title, kind="article", categories=list(categories),
        published_at=at, first_seen_at=at, updated_at=at,
    )  # fmt: skip


@dataclass(frozen=True)
class Office:
    """A desk with edition 1 of three articles, and two readers: ada@ follows china, bob@ nato."""

    desk: Desk
    database: Database

    def rows(self) -> list[object]:
        with self.database.read() as session:
            return [
                tuple(row)
                for table in sorted(Base.metadata.tables)
                for row in session.execute(text(f"SELECT * FROM {table}"))
            ]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Office]:
    database = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine)
    desk = Desk(
        database=database,
        clock=lambda: NOW,
        plans={"weekly": _plan()},
        topics_of=lambda traits: traits.categories,
        templates=lambda: storage.read_templates(None),
        message_domain="example.org",
        http_allowed=True,
        staff=(),
        ops=(),
    )
    yield Office(desk, database)
    database.close()


@pytest.fixture
def office(empty: Office) -> Office:
    with empty.database.write() as session:
        session.add(_article(1, "Calm <script>alert(1)</script> & trade", "china", "asia"))
        session.add(_article(2, "Islands", "asia"))
        session.add(_article(3, "Nobody's concern"))
        for name, topic in (("ada", "china"), ("bob", "nato")):
            address = parse_address(f"{name}@example.org")
            subscribe(
                session, KEYS.address, address=address, newsletter="weekly", topics=[topic], via="test",
                confirmed=True, now=NOW - timedelta(days=1),
            )  # fmt: skip
    empty.desk.compose("weekly")
    return empty


def _client(office: Office) -> TestClient[Litestar]:
    return TestClient(create_preview(office.desk, KEYS.address), base_url="http://127.0.0.1")


@pytest.fixture
def client(office: Office) -> Iterator[TestClient[Litestar]]:
    with _client(office) as client:
        yield client


def _freeze(office: Office) -> DigestKey:
    """Fix ada's delivery as the pipeline does, then let her window move on."""
    office.desk.approve(1, by="test")
    key = choose(office.desk, KEYS.address, Choice(1, subscriber="ada@example.org")).key
    assert key is not None
    _, blueprint = office.desk.blueprint(1, key)
    with office.database.write() as session:
        edition = get(session, 1)
        stored = freeze.store_digest(session, edition, key, [1], blueprint, "", NOW)
        ada = Reader(1, "example.org", "china", key.since, "")
        bob = Reader(2, "example.org", "nato", key.since, "")
        freeze.add_deliveries(session, edition, [ada, bob], {1: stored, 2: NOTHING_NEW}, KEYS, "example.org", NOW)
        freeze.finish(session, edition)
    return key


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_names_the_command_that_comes_next(client: TestClient[Litestar]) -> None:
    page = client.get("/").text
    assert "<code>digest approve 1</code> seals it; it goes out on Wednesday, January 7, 2026" in page


def test_a_hostile_title_is_text_on_the_page(client: TestClient[Litestar]) -> None:
    page = client.get("/").text
    assert "<script" not in page
    assert "<h1>Calm &lt;script&gt;alert(1)&lt;/script&gt; &amp; trade</h1>" in page


@pytest.mark.parametrize("address", ["/", "/?subscriber=ada@example.org", "/letter?edition=1", "/?view=source"])
def test_looking_changes_no_row(office: Office, client: TestClient[Litestar], address: str) -> None:
    before = office.rows()
    assert client.get(address).status_code == 200
    assert office.rows() == before


def test_nothing_can_be_posted(client: TestClient[Litestar]) -> None:
    assert client.post("/").status_code == 405


def test_no_cookies_no_scripts_no_referrer(client: TestClient[Litestar]) -> None:
    headers = client.get("/").headers
    assert "set-cookie" not in headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert headers["referrer-policy"] == "no-referrer"


def test_a_name_that_points_at_loopback_gets_nothing(client: TestClient[Litestar]) -> None:
    answer = client.get("/?subscriber=ada@example.org", headers={"host": "evil.example:8000"})
    assert answer.status_code == 400
    assert "Calm" not in answer.text


def test_topics_come_as_boxes_or_in_one_word(client: TestClient[Litestar]) -> None:
    boxes = client.get("/?topics=china&topics=asia").text
    assert boxes == client.get("/?topics=china,asia").text
    assert boxes.count(" checked>") == 2


def test_articles_are_numbered_and_hidden_ones_marked(office: Office, client: TestClient[Litestar]) -> None:
    office.desk.change(1, Change(hide=(2,)))
    rows = re.findall(r'class="number">(\d+)<.*?class="where">([^<]+)<', client.get("/").text, re.DOTALL)
    assert rows == [("1", "Lead"), ("3", "Matches no topic"), ("2", "Hidden")]


def test_nothing_new_is_a_page_not_an_error(client: TestClient[Litestar]) -> None:
    answer = client.get("/?topics=nato")
    assert answer.status_code == 200
    assert "<h1>Nothing new for these topics</h1>" in answer.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("topics=nope", "Weekly offers no topic &#39;nope&#39;"),
        ("subscriber=eve@example.org", "Nobody with this address is on the list of weekly"),
        ("subscriber=nonsense", "nonsense"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(client: TestClient[Litestar], query: str, sentence: str) -> None:
    answer = client.get(f"/?edition=1&{query}")
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.parametrize(("address", "status"), [("/?edition=9", 404), ("/?edition=x", 400), ("/?view=x", 400)])
def test_a_wrong_address_is_answered_with_a_page(client: TestClient[Litestar], address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert "<!doctype html>" in answer.text


def test_without_an_edition_the_page_says_how_to_make_one(empty: Office) -> None:
    with _client(empty) as client:
        assert "digest compose weekly" in client.get("/").text


def test_a_template_that_fails_is_said_on_the_page(office: Office, client: TestClient[Litestar]) -> None:
    office.desk.approve(1, by="test")
    with office.database.write() as session:
        sealed = get(session, 1).sealed
        assert sealed is not None
        broken = {**sealed["templates"], "email/digest/body.txt": "{{ nonsense }}"}
        get(session, 1).sealed = {**sealed, "templates": broken}
    answer = client.get("/")
    assert answer.status_code == 422
    assert "nonsense" in answer.text


def test_a_change_at_the_source_after_approval_is_told(office: Office, client: TestClient[Litestar]) -> None:
    office.desk.approve(1, by="test")
    with office.database.write() as session:
        session.execute(text("UPDATE articles SET title = 'Isles' WHERE id = 2"))
    assert "Changed at the source since it was approved: article “Islands”" in client.get("/").text


@pytest.mark.parametrize("view", ["text", "headers", "source"])
def test_each_view_shows_its_part(client: TestClient[Litestar], view: str) -> None:
    wanted = {"text": "Because you follow", "headers": "List-Unsubscribe-Post", "source": "quoted-printable"}
    assert wanted[view] in client.get(f"/?view={view}").text


# ── the letter ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_letter_is_shown_in_a_sandbox_without_scripts(client: TestClient[Litestar]) -> None:
    policy = client.get("/letter?edition=1").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox allow-popups allow-popups-to-escape-sandbox")


def test_links_of_the_letter_name_nobody(client: TestClient[Litestar]) -> None:
    letter = client.get("/letter?edition=1&subscriber=ada@example.org").text
    assert re.findall(r'/(?:unsubscribe|preferences)/([^"]+)"', letter) == ["preview", "preview"]


def test_a_reader_without_news_has_no_letter(client: TestClient[Litestar]) -> None:
    assert client.get("/letter?edition=1&topics=nato").status_code == 404


STYLE = (
    "<head><style>@media (prefers-color-scheme: dark) and (max-width: 9px) {}</style></head>(prefers-color-scheme:dark)"
)


@pytest.mark.parametrize(("scheme", "condition"), [("dark", "(min-width:0)"), ("light", "(max-width:0)")])
def test_a_scheme_decides_style_sheets_and_leaves_words_alone(scheme: str, condition: str) -> None:
    shown = in_scheme(STYLE, "dark" if scheme == "dark" else "light")
    assert f"@media {condition} and (max-width: 9px)" in shown
    assert f"color-scheme:only {scheme} !important" in shown
    assert shown.endswith("</head>(prefers-color-scheme:dark)")


# ── whose letter ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subscriber_gets_her_own_topics(office: Office) -> None:
    key = choose(office.desk, KEYS.address, Choice(1, subscriber="ADA@example.org")).key
    assert key is not None
    assert key.topics == ("china",)


def test_who_is_passed_over_is_shown_with_the_reason(office: Office) -> None:
    with office.database.write() as session:
        session.execute(text("UPDATE subscriptions SET state = 'pending' WHERE subscriber_id = 1"))
    found = choose(office.desk, KEYS.address, Choice(1, subscriber="ada@example.org"))
    assert found.remark == "She would get nothing: address not confirmed."


def test_who_has_left_gets_nothing(office: Office) -> None:
    with office.database.write() as session:
        session.execute(text("UPDATE subscriptions SET state = 'unsubscribed' WHERE subscriber_id = 1"))
    found = choose(office.desk, KEYS.address, Choice(1, subscriber="ada@example.org"))
    assert (found.key, found.remark) == (None, "She gets nothing: unsubscribed.")


def test_after_the_freeze_a_subscriber_is_shown_what_was_fixed_for_her(office: Office) -> None:
    key = _freeze(office)
    with office.database.write() as session:
        session.execute(text("UPDATE subscriptions SET topics = 'asia' WHERE subscriber_id = 1"))
    found = choose(office.desk, KEYS.address, Choice(1, subscriber="ada@example.org"))
    assert (found.key, found.remark) == (key, "Her delivery is queued.")


def test_after_the_freeze_who_was_left_out_is_told_why(office: Office) -> None:
    _freeze(office)
    found = choose(office.desk, KEYS.address, Choice(1, subscriber="bob@example.org"))
    assert (found.key, found.remark) == (None, "Her delivery is left out: nothing new in her topics.")


def test_an_open_edition_comes_before_a_newer_one_that_is_over(office: Office) -> None:
    with office.database.write() as session:
        session.execute(
            text(
                "INSERT INTO editions (newsletter, slot, state, reason, planned_at, cutoff_at, edits, nonce, "
                "created_at, approved_by) SELECT newsletter, 'later', 'skipped', '', '2027-01-01 00:00:00', "
                "cutoff_at, edits, '', created_at, '' FROM editions"
            )
        )
    assert newest(office.desk) == 1


def test_no_edition_is_newest_where_there_is_none(empty: Office) -> None:
    assert newest(empty.desk) is None


def test_an_unknown_edition_is_refused(office: Office) -> None:
    with pytest.raises(EditionError, match="there is no edition 9"):
        choose(office.desk, KEYS.address, Choice(9))


def test_slugs_are_split_once_each() -> None:
    assert split_topics(" china, asia,,china ") == ("china", "asia")


@pytest.mark.parametrize(
    ("state", "command"),
    [("draft", "digest approve 1"), ("approved", "digest send 1"), ("paused", "digest resume 1"),
     ("sending", "digest pause 1"), ("sent", "digest deliveries 1")],
)  # fmt: skip
def test_every_state_has_its_next_step(state: str, command: str) -> None:
    assert next_steps(1, state, "Wednesday", needs_approval=True)[0].command == command


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _files(office: Office, out: Path) -> list[Path]:
    key = office.desk.digest_key(1)
    assert key is not None
    return files(office.desk, 1, key, out)


def test_a_letter_is_written_to_four_files(office: Office, tmp_path: Path) -> None:
    written = _files(office, tmp_path / "new" / "out")
    assert [path.name for path in written] == ["subject.txt", "letter.html", "letter.txt", "letter.eml"]
    assert sorted((tmp_path / "new" / "out").iterdir()) == sorted(written)


def test_the_eml_holds_what_the_other_files_hold(office: Office, tmp_path: Path) -> None:
    subject, html, plain, eml = _files(office, tmp_path)
    message = message_from_bytes(eml.read_bytes(), policy=default)
    assert not message.defects
    assert message["Subject"] + "\n" == subject.read_text("utf-8")
    bodies = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert bodies == [plain.read_text("utf-8"), html.read_text("utf-8")]

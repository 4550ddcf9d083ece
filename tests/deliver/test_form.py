"""A blueprint made ready for the wire is what SMTP would have made of every filled letter."""

from hypothesis import given
from hypothesis import strategies as st

from digest.blueprint import Blueprint, Place, Slot
from digest.deliver.form import Form
from digest.senders.wire import encode_message

PIECE = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"=", b"\r\n."]), max_size=6).map(b"".join)
ANY_PIECE = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\n", b"\r"]), max_size=6).map(b"".join)
PLACES = st.sampled_from(Place)
VALUE = st.text(st.sampled_from(".a-=\r\nй<&"), max_size=8)


def filled(pieces: list[bytes], places: list[Place], values: list[str]) -> tuple[bytes, bytes, Blueprint]:
    slots = tuple(Slot(str(number), place) for number, place in enumerate(places[: len(pieces) - 1]))
    blueprint = Blueprint(tuple(pieces[: len(slots) + 1]), slots)
    form = Form.read(blueprint.to_bytes())
    return *form.fill({str(number): value for number, value in enumerate(values)}), blueprint


@given(
    st.lists(PIECE | ANY_PIECE, min_size=1, max_size=4),
    st.lists(PLACES, min_size=3, max_size=3),
    st.lists(VALUE, min_size=3, max_size=3),
)
def test_it_is_stuffed_right_or_left_to_the_sender(pieces: list[bytes], places: list[Place], values: list[str]) -> None:
    message, stuffed, blueprint = filled(pieces, places, values)
    assert message == blueprint.fill({str(number): value for number, value in enumerate(values)})
    assert stuffed in (b"", encode_message(message))


def test_a_usual_letter_is_stuffed_once_for_all() -> None:
    pieces = [b"To: ", b"\r\n\r\n.first\r\nText", b"\r\n.last\r\n"]
    message, stuffed, _ = filled(pieces, [Place.HEADER, Place.TEXT], [".ann@example.com", ".token"])
    assert stuffed == encode_message(message)
    assert stuffed.count(b"\r\n..") == 2


def test_a_letter_without_dots_is_kept_once() -> None:
    message, stuffed, _ = filled([b"To: ", b"\r\n\r\nText\r\n"], [Place.HEADER], ["ann@example.com"])
    assert stuffed is message

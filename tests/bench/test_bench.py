"""The benchmarks measure what they say: their letters, their edition, their distance and their verdicts."""

import socket
import sys
from pathlib import Path

import pytest

from bench import frozen, sources
from bench.figure import Figure
from bench.processes import run
from bench.sending import digest_send
from bench.servers import far_away
from digest.drill.receiver import receiver


@pytest.mark.parametrize(
    ("figure", "goal", "verdict"),
    [
        (Figure("a", 0.9, "×", at_least=0.9), "≥ 0.9", "met"),
        (Figure("a", 0.89, "×", at_least=0.9), "≥ 0.9", "missed"),
        (Figure("a", 201, "MB", at_most=200), "≤ 200", "missed"),
        (Figure("a", 1, "MB"), "", ""),
    ],
)
def test_a_figure_is_held_against_its_goal(figure: Figure, goal: str, verdict: str) -> None:
    assert (figure.goal, figure.verdict) == (goal, verdict)


@pytest.mark.parametrize("size", [3000, 30_000])
def test_a_letter_has_its_size_and_every_slot(size: int) -> None:
    blueprint = frozen.letter(size)
    assert size * 0.97 <= len(blueprint.fill(frozen.VALUES)) <= size
    assert {slot.name for slot in blueprint.slots} == set(frozen.VALUES)


def test_a_frozen_edition_is_sent_whole_and_timed(tmp_path: Path) -> None:
    frozen.prepare(tmp_path, 30, 3, 3000)
    with receiver(tmp_path / "arrivals.log") as sink:
        sent = digest_send(tmp_path, 30, sink.port)
    assert len((tmp_path / "arrivals.log").read_text().splitlines()) == 30
    assert sent.rate > 0
    assert sent.start_seconds > 0


def test_the_proxy_hands_everything_on_in_order() -> None:
    said = b"".join(b"%d " % number for number in range(100_000))
    with socket.create_server(("127.0.0.1", 0)) as listener, far_away(listener.getsockname()[1], 2) as port:
        client = socket.create_connection(("127.0.0.1", port))
        server, _ = listener.accept()
        with client, server:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            with server.makefile("rb") as heard:
                assert heard.read() == said


def test_what_a_process_took_is_its_own() -> None:
    burden = bytearray(300_000_000)
    ran = run([sys.executable, "-c", "import time; time.sleep(0.3); print('done')"])
    assert ran.output == "done\n"
    assert 0 < ran.peak_bytes < len(burden) / 3


def test_a_process_that_fails_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_sources_are_collected_whole_and_timed() -> None:
    figures = sources.measure(3)
    assert [figure.unit for figure in figures] == ["s", "MB", "s", "MB"]
    assert all(figure.value > 0 for figure in figures)


def test_a_source_that_did_not_end_as_expected_is_not_measured(tmp_path: Path) -> None:
    sources.prepare(tmp_path, "http://127.0.0.1:9", 1)
    with pytest.raises(RuntimeError):
        sources.collect(tmp_path, 1, "unchanged")

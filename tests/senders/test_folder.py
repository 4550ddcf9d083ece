"""The sender that writes files."""

import asyncio
from pathlib import Path

import pytest

from digest.senders.folder import FolderSender, FolderSettings
from digest.types import Outgoing, Reply, Stage


def write(folder: Path, *mails: Outgoing) -> list[Reply]:
    async def main() -> list[Reply]:
        connection = await FolderSender(FolderSettings(path=Path("out")), folder).connect()
        if isinstance(connection, Reply):
            return [connection]
        return [await connection.send(mail) for mail in mails]

    return asyncio.run(main())


def test_one_file_per_letter(tmp_path: Path) -> None:
    write(tmp_path, *(Outgoing(number, "b@example.org", "a@example.com", b"Hi\r\n") for number in (7, 8)))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["7.eml", "8.eml"]


def test_a_letter_tried_again_is_still_one_file(tmp_path: Path) -> None:
    replies = write(tmp_path, *(Outgoing(7, "b@example.org", "a@example.com", text) for text in (b"one", b"two")))
    assert [reply.code for reply in replies] == [250, 250]
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [b"two"]


def test_a_folder_that_cannot_be_made_is_the_folders_fault(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    (reply,) = write(tmp_path)
    assert (reply.stage, reply.code) == (Stage.CONNECT, None)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "out" / "7.eml").mkdir(parents=True)
    (reply,) = write(tmp_path, Outgoing(7, "b@example.org", "a@example.com", b"Hi\r\n"))
    assert (reply.stage, reply.code) == (Stage.MAIL, 452)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["7.eml"]


@pytest.mark.parametrize("connections", [2, 0])
def test_one_writer_is_enough(connections: int) -> None:
    with pytest.raises(ValueError, match="connections"):
        FolderSettings.model_validate({"path": "out", "connections": connections})

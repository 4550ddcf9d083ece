"""What others would write: ten connections, one letter after the other, nothing recorded.

    python -m bench.loops aiosmtplib|smtplib PORT LETTERS FILE

Prints the seconds that the loop took; FILE is the letter.
"""

import asyncio
import smtplib
import sys
import threading
import time
from pathlib import Path

import aiosmtplib

CONNECTIONS = 10
_FROM = "bounces@example.org"


def with_aiosmtplib(port: int, letters: int, letter: bytes) -> None:
    async def connection() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for number in range(letters // CONNECTIONS):
                await client.sendmail(_FROM, [f"reader{number}@example.com"], letter)

    async def everything() -> None:
        await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))

    asyncio.run(everything())


def with_smtplib(port: int, letters: int, letter: bytes) -> None:
    def connection() -> None:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for number in range(letters // CONNECTIONS):
                client.sendmail(_FROM, [f"reader{number}@example.com"], letter)

    threads = [threading.Thread(target=connection) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(which: str, port: str, letters: str, file: str) -> None:
    work = {"aiosmtplib": with_aiosmtplib, "smtplib": with_smtplib}[which]
    letter = Path(file).read_bytes()
    start = time.perf_counter()
    work(int(port), int(letters), letter)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])

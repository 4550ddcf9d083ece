"""Signing letters of 40 KB with DKIM, on one core and on all."""

import os
from concurrent.futures import ThreadPoolExecutor

from bench import frozen
from bench.figure import Figure, median_seconds
from digest.dkim import Prepared, Signer, SigningKey, new_ed25519, new_rsa

_LETTERS = 1000
_BYTES = 40_000
_AT = 1_767_794_400


def measure() -> list[Figure]:
    """Prepare per digest; sign per letter, with each kind of key and with both."""
    rsa = SigningKey("example.org", "s1", new_rsa(2048))
    ed25519 = SigningKey("example.org", "s2", new_ed25519())
    letter = frozen.letter(_BYTES)
    with_rsa, with_ed25519, with_both = (Signer(keys).prepare(letter) for keys in ((rsa,), (ed25519,), (rsa, ed25519)))
    cores = os.cpu_count() or 1
    preparing = median_seconds(lambda: Signer((rsa,)).prepare(letter))
    return [
        Figure("make a digest of 40 KB ready for DKIM", preparing * 1e3, "ms"),
        Figure("sign a letter of 40 KB: RSA-2048", _milliseconds(with_rsa), "ms", at_most=0.7),
        Figure("sign a letter of 40 KB: Ed25519", _milliseconds(with_ed25519), "ms"),
        Figure("sign a letter of 40 KB: both", _milliseconds(with_both), "ms"),
        Figure(f"sign letters of 40 KB: RSA-2048, {cores} threads", _per_second(with_rsa, cores), "letters/s"),
    ]


def _milliseconds(prepared: Prepared) -> float:
    return median_seconds(lambda: _sign(prepared, _LETTERS)) / _LETTERS * 1e3


def _per_second(prepared: Prepared, cores: int) -> float:
    with ThreadPoolExecutor(cores) as threads:
        seconds = median_seconds(lambda: list(threads.map(lambda _: _sign(prepared, _LETTERS), range(cores))))
    return cores * _LETTERS / seconds


def _sign(prepared: Prepared, letters: int) -> None:
    for _ in range(letters):
        prepared.sign(frozen.VALUES, _AT)

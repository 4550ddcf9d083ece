"""`digest dkim new` and `digest dkim record`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.cli._common import config_option, debug_option

if TYPE_CHECKING:
    from digest.dkim import SigningKey
    from digest.dkim.key import PrivateKey

F = TypeVar("F", bound=Callable[..., Any])


@click.group("dkim")
@config_option
@debug_option
def dkim() -> None:
    """Make a key that signs letters, and show the DNS record that publishes it."""


def _place_options(function: F) -> F:
    """`--domain` and `--selector`: where the public key stands."""
    selector = click.option("--selector", help="Its name in the DNS.  [default: digest-rsa or digest-ed25519]")
    domain = click.option("--domain", required=True, help="The domain of From, as in example.org.")
    return selector(domain(function))


@dkim.command("new")
@config_option
@debug_option
@_place_options
@click.option("--ed25519", is_flag=True, help="Make an Ed25519 key, for a second signature beside RSA's.")
@click.option("--bits", type=click.IntRange(2048, 4096), default=2048, help="The size of an RSA key.  [default: 2048]")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to make; never one that exists.")
def new(domain: str, selector: str | None, ed25519: bool, bits: int, out: Path) -> None:
    """Make a private key in a file that only you can read, and print the DNS record to add."""
    from digest.dkim import new_ed25519, new_rsa, write_key

    private = new_ed25519() if ed25519 else new_rsa(bits)
    key = _key(private, domain, selector)
    write_key(out, private)
    click.echo(f"{out} holds the private key. Add this record to the DNS of {domain}:", err=True)
    _show(key)
    entry = f"{{selector: {key.selector}, domain: {domain}, key_file: {out}}}"
    click.echo(
        f"Then have it sign, in config.yaml below `sender:`, and look with `digest doctor`:\n  dkim: [{entry}]",
        err=True,
    )


@dkim.command("record")
@config_option
@debug_option
@_place_options
@click.argument("file", type=click.Path(path_type=Path))
def show(domain: str, selector: str | None, file: Path) -> None:
    """Print the DNS record of the private key in FILE again."""
    from digest.dkim import read_key

    _show(_key(read_key(file), domain, selector))


def _key(private: "PrivateKey", domain: str, selector: str | None) -> "SigningKey":
    from digest.dkim import SigningKey, kind

    try:
        return SigningKey(domain, selector or f"digest-{kind(private)}", private)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _show(key: "SigningKey") -> None:
    from digest.dkim import record

    click.echo(record(key))

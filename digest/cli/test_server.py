"""`digest test-server`."""

from pathlib import Path

import click

from digest.cli._common import command


def _address(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("wants HOST:PORT, like 127.0.0.1:2525")
    return host, int(port)


@command("test-server")
@click.option("--listen", default="127.0.0.1:2525", show_default=True, metavar="HOST:PORT", callback=_address)
@click.option("--store", type=click.Path(path_type=Path, file_okay=False), default=Path("outbox"), show_default=True)
@click.option("--faults", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file of misbehaviour.")
@click.option("--inbox", metavar="HOST:PORT", callback=_address, help="Show what arrived as a web page here.")
def test_server(listen: tuple[str, int], store: Path, faults: Path | None, inbox: tuple[str, int] | None) -> None:
    """Run a mail server that delivers to nobody: it keeps every letter in a Maildir, and can be told to misbehave."""
    from digest.testserver import read_faults, serve

    rules = read_faults(faults) if faults else None
    click.echo(f"listening on {listen[0]}:{listen[1]}; letters go to {store}; Ctrl-C ends it", err=True)
    if inbox:
        click.echo(f"the inbox is at http://{inbox[0]}:{inbox[1]}/", err=True)
    serve(listen, store, rules, inbox)

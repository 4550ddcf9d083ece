"""`digest subscribers …`: one file a command."""

import click

from digest.cli._common import config_option, debug_option
from digest.cli.subscribers.add import add
from digest.cli.subscribers.doctor import doctor
from digest.cli.subscribers.erase import erase
from digest.cli.subscribers.explain import explain
from digest.cli.subscribers.export import export
from digest.cli.subscribers.import_ import import_
from digest.cli.subscribers.list_ import list_
from digest.cli.subscribers.show import show
from digest.cli.subscribers.suppress import suppress, unsuppress


@click.group("subscribers")
@config_option
@debug_option
def subscribers() -> None:
    """Subscribers: in and out, who they are, and whom not to write to."""


for _command in (import_, export, add, list_, show, explain, erase, suppress, unsuppress, doctor):
    subscribers.add_command(_command)

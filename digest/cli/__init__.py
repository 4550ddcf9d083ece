"""The command line: ops' door. Each command is a file of this package and is imported only when it is called."""

import gc
import logging
import sys
import traceback
from importlib import import_module

import click

from digest import __version__
from digest.cli._common import config_option, debug_option
from digest.errors import DigestError

COMMANDS = {
    "demo": ("demo", "Run everything on the sample week, in a fresh folder, against the test mail server."),
    "init": ("init", "Make config.yaml, the secrets and the database where they are missing."),
    "collect": ("collect", "Ask sources for new articles."),
    "compose": ("compose", "Draft an edition from what is new."),
    "preview": ("preview", "Look at an edition in the browser, write it to files, or mail a proof."),
    "edit": ("edit", "Change subject, intro, lead, or which articles an edition holds."),
    "check": ("check", "Judge an edition's letters by every rule, as approving and sending do."),
    "approve": ("approve", "Seal an edition; it goes out at its hour."),
    "send": ("send", "Send what is due, once. Kill it whenever you like: sending again goes on."),
    "editions": ("editions", "List the editions and where they stand."),
    "pause": ("editions", "Stop an edition that is being sent."),
    "resume": ("editions", "Let a paused edition go on."),
    "cancel": ("editions", "Give an edition up; who has it keeps it."),
    "acknowledge": ("editions", "Accept an edition's uncertain deliveries as they are."),
    "deliveries": ("deliveries", "Who got what, with the mail server's own words."),
    "sources": ("sources", "How the sources are doing; `sources check` tries one."),
    "articles": ("articles", "What has been collected; `articles add` takes in one page by hand."),
    "topics": ("topics", "The topics and their rules; `topics explain` says why an article is filed where."),
    "subscribers": ("subscribers", "Import, export, show, explain, suppress and erase subscribers."),
    "feedback": ("feedback", "What came back: bounces, complaints, wishes to leave."),
    "run": ("run", "Web, clock and sender, until stopped."),
    "drill": ("drill", "Kill senders at random moments and count who got what; writes to nobody."),
    "dkim": ("dkim", "Make a key that signs letters, and the DNS record that publishes it."),
    "doctor": ("doctor", "Look at the sending domain, the relay and this machine; says what to mend."),
    "test-server": ("test_server", "A mail server that delivers to nobody and can misbehave."),
    "database": ("database", "Upgrade or check the database's schema."),
}
"""Every command with its module and its line of help, so that `--help` imports none of them."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"digest.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help text."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="digest")
@config_option
@debug_option
def digest() -> None:
    """Collects articles, composes one letter per reader's topics, sends it and records every delivery."""


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 one sentence says why not, 2 wrong usage, 75 work remains."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    for noisy in ("apscheduler", "alembic", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        digest.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DigestError as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except Exception as error:  # the last resort: nobody is to see a traceback who did not ask for one
        _fail(_in_words(error))
    finally:
        # Else Python, at its end, looks through every object of every library once more: 0.2 s of each command.
        gc.freeze()


def _in_words(error: Exception) -> str:
    # Imported only now: with SQLAlchemy behind it, it would treble the time of --help.
    from subscribers.errors import SubscribersError

    if isinstance(error, SubscribersError):
        return str(error)
    return f"this should not have happened: {type(error).__name__}: {error} (run again with --debug to see where)"


def _fail(sentence: str) -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
    click.echo(f"digest: {sentence}", err=True)
    sys.exit(1)

"""The command line. One file a group of verbs.

What a verb needs is imported when it runs: `rapbot --help` answers at once.
"""

import typer

from rap_engine.errors import RapError
from rapbot.cli.adapter import adapter
from rapbot.cli.admin import admin
from rapbot.cli.calibrate import calibrate
from rapbot.cli.chat import chat
from rapbot.cli.concepts import ask, forget, list_, remember
from rapbot.cli.doctor import doctor
from rapbot.cli.evaluate import evaluate
from rapbot.cli.processes import bot, migrate, ping, trainer, worker
from rapbot.cli.reembed import reembed
from rapbot.cli.train import train
from rapbot.cli.transfer import export, import_
from rapbot.cli.up import up
from rapbot.cli.weights import weights

app = typer.Typer(
    name="rapbot",
    help="A Telegram bot that remembers your pets, friends and things from one photo each.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and those can be secrets
)
for verb in (
    *(up, chat, doctor, remember, ask, forget, export, calibrate, reembed),
    *(worker, trainer, bot, migrate, ping),
):
    app.command()(verb)
app.command("list")(list_)
app.command("import")(import_)
app.add_typer(evaluate, name="evaluate")
app.add_typer(weights, name="weights")
app.add_typer(adapter, name="adapter")
app.add_typer(train, name="train")
app.add_typer(admin, name="admin")


def main() -> None:
    """Run the verb; what goes wrong on purpose is one sentence, not a traceback."""
    try:
        app(prog_name="rapbot")
    except RapError as error:
        from rapbot.sentences import sentence_of

        typer.secho(sentence_of(error), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None
    except Exception as error:
        if not _is_server_away(error):
            raise
        from rapbot.sentences import SERVER_AWAY_SENTENCE

        typer.secho(SERVER_AWAY_SENTENCE, fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None


def _is_server_away(error: Exception) -> bool:
    from rapbot.client import SERVER_AWAY

    return isinstance(error, SERVER_AWAY)

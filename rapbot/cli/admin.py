"""`rapbot admin`: who is an admin of the bot; how the first one is made."""

from typing import Annotated, ClassVar

import typer

from rap_engine.errors import RapError
from rapbot.cli._database import joined_database
from rapbot.cli._person import read_person
from rapbot.cli._settings import load_settings

admin = typer.Typer(help="Who may use /admin in the chat.", no_args_is_help=True)
Person = Annotated[
    str, typer.Argument(help="telegram:NUMBER, or the name of a person of the console.")
]


class NotAnAdmin(RapError):
    """That person cannot be removed from the admins."""

    code: ClassVar[str] = "not_an_admin"


@admin.command("list")
def list_() -> None:
    """Show the admins: those of RAPBOT_ADMINS, and those that were added."""
    from bot.administration.admins import added_admins

    numbers = load_settings().admins
    with joined_database() as database, database.transaction() as session:
        added = added_admins(session)
    for number in numbers:
        typer.echo(f"telegram:{number}  by RAPBOT_ADMINS")
    for one in added:
        typer.echo(f"{one.person}  by {one.granted_by}, {one.granted_at:%Y-%m-%d}")
    if not numbers and not added:
        typer.echo("There is no admin. `rapbot admin add telegram:NUMBER` makes one.")


@admin.command()
def add(person: Person) -> None:
    """Make somebody an admin, whether or not they ever wrote to the bot."""
    from bot.administration.admins import add_admin
    from bot.administration.audit import OPERATOR

    who = read_person(person)
    with joined_database() as database, database.transaction() as session:
        is_new = add_admin(session, OPERATOR, who)
    typer.echo(f"{who} is an admin{'' if is_new else ' already'}.")


@admin.command()
def remove(person: Person) -> None:
    """Take that back. Those of RAPBOT_ADMINS are removed there."""
    from bot.administration.admins import is_of_settings, remove_admin
    from bot.administration.audit import OPERATOR

    who = read_person(person)
    if is_of_settings(load_settings(), who):
        raise NotAnAdmin(
            f"{who} is an admin by RAPBOT_ADMINS. Take the number out there and start the bot"
            " again."
        )
    with joined_database() as database, database.transaction() as session:
        was_one = remove_admin(session, OPERATOR, who)
    typer.echo(f"{who} is no admin{' any more' if was_one else ''}.")

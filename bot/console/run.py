"""`rapbot chat`: a console on the terminal, or on a script from standard input."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from bot import traces
from bot.console.console import Console
from bot.console.courier import printable
from bot.errors import BotError
from config import Settings
from rap_engine.memory import Database
from workers.jobs.queue import Publisher

ANSWER_TIMEOUT_S = 120.0
_PROMPT = "> "
_CONNECTIONS = 2


def run_console(
    settings: Settings,
    publisher: Publisher,
    user: str,
    *,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    pictures: Path | None = None,
    timeout_s: float = ANSWER_TIMEOUT_S,
) -> None:
    """Chat until the input ends, `/quit` or Ctrl-C.

    Args:
        settings: names the database; the data directory keeps the history of typed lines.
        publisher: tells workers of jobs.
        user: who chats; each name has its own concepts.
        stdin: a terminal gets a prompt with history, a script is echoed; the process's by default.
        stdout: where replies are printed; the process's by default.
        pictures: where each person has a folder of saved pictures; by default `pictures` in the
            data directory.
        timeout_s: how long an answer may take before the next line is read.

    Raises:
        BotError: no database is configured.
    """
    if settings.database_url is None:
        raise BotError("RAPBOT_DATABASE_URL is not set; `rapbot up` sets it for what it starts.")
    database = Database(settings.database_url.get_secret_value(), pool_size=_CONNECTIONS)
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    try:
        console = Console.of(
            settings,
            database,
            publisher,
            user=user,
            out=stdout,
            pictures=pictures or traces.pictures_dir(settings.data_dir),
            timeout_s=timeout_s,
        )
        history = traces.history_file(settings.data_dir, console.typist.user_id)
        console.chat(_typed(history) if stdin.isatty() else _read(stdin, stdout))
    except KeyboardInterrupt:
        return
    finally:
        database.close()


def _typed(history: Path) -> Iterator[str]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415  a script needs none of it
    from prompt_toolkit.history import FileHistory  # noqa: PLC0415

    history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    while True:
        try:
            yield session.prompt(_PROMPT)
        except EOFError:
            return


def _read(stdin: TextIO, stdout: TextIO) -> Iterator[str]:
    for line in stdin:
        print(_PROMPT + printable(line.rstrip("\n")), file=stdout, flush=True)
        yield line

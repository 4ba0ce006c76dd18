"""A family and others around it, all through the front door."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.texts import catalogue_for
from rap_engine.engine import Engine
from rap_engine.memory import ConceptList, Database, Member, User
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import CHANNEL, Friend, Front
from tests.integration.engine.colours import photo
from workers.jobs.values import Button, Content
from workers.runner import Runner
from workers.tasks.remember import remember

_TEXTS = catalogue_for()
_TOKEN = re.compile(r"start=(join_[\w-]+)")


@dataclass
class Relative(Friend):
    """Somebody with a name, who presses buttons by what they say."""

    name: str = ""

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.number, "is_bot": False, "first_name": self.name}

    def last_buttons(self) -> tuple[Button, ...]:
        replies = [row for row in self.front.replies() if row.chat_id == self.number]
        return Content.from_json(replies[-1].content).buttons

    def labels(self) -> list[str]:
        return [_TEXTS.label(button.label, button.name) for button in self.last_buttons()]

    def data(self, label: str) -> str:
        """Return what the button of the last message sends that has this label."""
        found = [
            button.data
            for button in self.last_buttons()
            if _TEXTS.label(button.label, button.name) == label
        ]
        assert found, f"{label} is none of {self.labels()}"
        return found[0]

    def presses(self, *labels: str) -> str:
        """Press one button after the other, and return what is said at the end."""
        for label in labels:
            self.taps(self.data(label))
        return self.is_told()[-1]

    def asks(self, text: str) -> str:
        """Write something, and return all that is said to it."""
        self.is_told()
        self.says(text)
        return "\n".join(self.is_told())

    def id(self, database: Database) -> int:
        with database.transaction() as session:
            return session.scalars(
                select(User.id).where(User.external_id == str(self.number))
            ).one()


@dataclass
class Kin:
    """Anna's family, with a worker that remembers what its members send."""

    front: Front
    engine: Engine
    runner: Runner
    anna: Relative
    bert: Relative
    vera: Relative

    @property
    def database(self) -> Database:
        return self.front.database

    @property
    def list_id(self) -> int:
        with self.database.transaction() as session:
            return session.scalars(
                select(ConceptList.id).where(ConceptList.title == "Smiths")
            ).one()

    def work(self) -> None:
        """End the queued jobs, one after the other, as one worker would."""
        for job in self.front.jobs():
            if job.state == "queued":
                self.runner.run(job.id, remember)

    def roles(self) -> dict[str, str]:
        with self.database.transaction() as session:
            rows = session.execute(
                select(User.display_name, Member.role)
                .join(Member, Member.user_id == User.id)
                .where(Member.list_id == self.list_id)
            )
            return {row.display_name: row.role for row in rows}

    def tells(self, who: Relative, introduction: str, colour: str = "red") -> list[str]:
        """Let somebody introduce a concept, and return what they are told."""
        who.is_told()
        who.sends(photo(colour), f"/remember {introduction}")
        self.work()
        return who.is_told()

    def recognises(self, who: Relative, colour: str) -> bool:
        """Say whether somebody's photo of that colour shows a concept that they see."""
        recognition = self.engine.recognise(who.id(self.database), photo(colour))
        return bool(recognition.matches)


def welcomed(session: Session, who: Relative) -> int:
    """Let the bot know somebody as if they had written once, and return their id."""
    return ensure_user(session, CHANNEL, str(who.number), who.name)


def token_of(said: str) -> str:
    """Return what a deep link in a message starts the bot with."""
    found = _TOKEN.search(said)
    assert found is not None, said
    return found[1]


def invited(owner: Relative, words: str = "") -> str:
    """Return the parameter of an invite that the owner made."""
    return token_of(owner.asks(f"/invite {words}".strip()))


def joins(who: Relative, parameter: str) -> str:
    """Follow a deep link and press Join; return what is said at the end."""
    said = who.asks(f"/start {parameter}")
    return who.presses("Join") if "Join?" in said else said

"""People in one group chat, and what happens to the group."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from rap_engine.memory import Actor, ConceptList, Database, Member, User
from rap_engine.memory.people import visible_lists
from tests.integration.bot.chats import Friend, Front

BOT = {"id": 9, "is_bot": True, "first_name": "Rap", "username": "rapbot_test_bot"}
CHAT, SUPERGROUP = -5, -1005


@dataclass
class Companion(Friend):
    """Somebody in a group chat with a title."""

    chat_type: str = "group"
    chat_number: int | None = CHAT
    title: str = "Walkers"

    @property
    def chat(self) -> dict[str, Any]:
        return {**super().chat, "title": self.title}

    def answers(self, text: str) -> int:
        """Reply to the bot's last message."""
        return self.says(text, reply_to_message=self.of_the_bot())

    def answers_with(self, photo: bytes, caption: str | None = None) -> int:
        return self.sends(photo, caption, reply_to_message=self.of_the_bot())

    def of_the_bot(self, **content: Any) -> dict[str, Any]:
        return {**self.message(**(content or {"text": "what I said"})), "from": BOT}

    def privately(self) -> Friend:
        """Return the same person in their own chat."""
        return Friend(self.front, number=self.number)


def service(front: Front, chat_id: int = CHAT, **content: Any) -> None:
    """Deliver a service message, which names somebody as its author who does not matter."""
    chat = {"id": chat_id, "type": "group" if chat_id == CHAT else "supergroup", "title": "Walkers"}
    head = {"message_id": next(front.numbers), "date": 1, "chat": chat, "from": {**BOT, "id": 8}}
    front.deliver({"message": {**head, **content}})


def bot_is_now(front: Front, status: str, was: str, chat_id: int = CHAT) -> None:
    """Deliver what becomes of the bot's membership."""
    chat = {"id": chat_id, "type": "group", "title": "Walkers"}
    change = {
        "chat": chat,
        "from": {"id": 41, "is_bot": False, "first_name": "Anna"},
        "date": 1,
        "old_chat_member": {"user": BOT, "status": was},
        "new_chat_member": {"user": BOT, "status": status},
    }
    front.deliver({"my_chat_member": change})


def groups(database: Database) -> list[ConceptList]:
    with database.transaction() as session:
        query = select(ConceptList).where(ConceptList.kind == "group").order_by(ConceptList.id)
        return list(session.scalars(query))


def members(database: Database) -> set[str]:
    """Return the numbers of those who are members of a group's list."""
    with database.transaction() as session:
        query = (
            select(User.external_id)
            .join(Member, Member.user_id == User.id)
            .join(ConceptList, ConceptList.id == Member.list_id)
            .where(ConceptList.kind == "group")
        )
        return set(session.scalars(query))


def seen_from(database: Database, number: int, group_id: int | None) -> dict[int, str]:
    """Return the lists that a person sees from a group, or from their own chat."""
    with database.transaction() as session:
        user_id = session.scalars(select(User.id).where(User.external_id == str(number))).one()
        return visible_lists(session, Actor(user_id, group_id))

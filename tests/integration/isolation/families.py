"""Random families: a model of who is in which, and what each may therefore see."""

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from rap_engine.memory import Actor, Database, Invite, acting_as
from rap_engine.memory.concepts import add_concept, add_view
from rap_engine.memory.people import active_list, ensure_user
from tests.integration.memory.builders import unit, view

WRITERS = ("owner", "editor")


@dataclass
class World:
    """Everything that was done, in plain dictionaries beside the database."""

    database: Database
    users: dict[int, int] = field(default_factory=dict)
    """User -> personal list."""
    roles: dict[tuple[int, int], str] = field(default_factory=dict)
    """(List, user) -> role."""
    groups: set[int] = field(default_factory=set)
    concepts: dict[int, int] = field(default_factory=dict)
    """Concept -> list."""
    _number: int = 0

    def number(self) -> int:
        self._number += 1
        return self._number

    @property
    def lists(self) -> list[int]:
        return sorted({list_id for list_id, _ in self.roles})

    def role(self, list_id: int, user_id: int) -> str | None:
        return self.roles.get((list_id, user_id))

    def is_plain(self, list_id: int, user_id: int) -> bool:
        """Whether a person is a member, and not the owner."""
        return self.role(list_id, user_id) in ("editor", "viewer")

    def sees(self, actor: Actor) -> set[int]:
        """The lists that an actor may see."""
        mine = {list_id for list_id, user_id in self.roles if user_id == actor.user_id}
        if actor.group_id is None:
            return mine - self.groups
        return mine & {actor.group_id}

    def actors(self) -> list[Actor]:
        """Everybody, from everywhere: also from groups that they are not in."""
        places = [None, *sorted(self.groups)]
        return [Actor(user_id, group_id) for user_id in self.users for group_id in places]

    # What happens

    def arrive(self) -> int:
        with self.database.transaction() as session:
            user_id = ensure_user(session, "console", f"person-{self.number()}")
            self.users[user_id] = active_list(session, Actor(user_id))
        self.roles[self.users[user_id], user_id] = "owner"
        return user_id

    def found(self, user_id: int) -> int:
        with self.database.transaction() as session, acting_as(session, Actor(user_id)):
            list_id: int = session.execute(text("SELECT rapbot_found_family('x')")).scalar_one()
            for role in ("editor", "viewer"):
                _add_invite(session, list_id, user_id, role)
        self.roles[list_id, user_id] = "owner"
        return list_id

    def open_group(self, user_id: int) -> int:
        with self.database.transaction() as session:
            list_id: int = session.execute(
                text(
                    "INSERT INTO concept_lists (kind, channel, chat_id)"
                    " VALUES ('group', 'telegram', :chat) RETURNING id"
                ),
                {"chat": -self.number()},
            ).scalar_one()
            session.execute(
                text("INSERT INTO members VALUES (:list_id, :user_id, 'editor')"),
                {"list_id": list_id, "user_id": user_id},
            )
        self.groups.add(list_id)
        self.roles[list_id, user_id] = "editor"
        return list_id

    def join(self, user_id: int, list_id: int, role: str) -> None:
        with self.database.transaction() as session, acting_as(session, Actor(user_id)):
            session.execute(
                text("SELECT * FROM rapbot_join(:hash, 50)"), {"hash": token_hash(list_id, role)}
            )
        if list_id not in self.groups and list_id not in self.users.values():
            self.roles.setdefault((list_id, user_id), role)

    def remove(self, by: int, list_id: int, user_id: int) -> None:
        with self.database.transaction() as session, acting_as(session, Actor(by)):
            session.execute(
                text("DELETE FROM members WHERE list_id = :list_id AND user_id = :user_id"),
                {"list_id": list_id, "user_id": user_id},
            )
        may = by == user_id or self.role(list_id, by) == "owner"
        if (
            may
            and self.role(list_id, user_id) in ("editor", "viewer")
            and self.reaches(by, list_id)
        ):
            del self.roles[list_id, user_id]

    def change_role(self, by: int, list_id: int, user_id: int, role: str) -> None:
        with self.database.transaction() as session, acting_as(session, Actor(by)):
            session.execute(
                text(
                    "UPDATE members SET role = :role"
                    " WHERE list_id = :list_id AND user_id = :user_id AND role <> 'owner'"
                ),
                {"list_id": list_id, "user_id": user_id, "role": role},
            )
        may = self.role(list_id, by) == "owner"
        if may and self.is_plain(list_id, user_id) and self.reaches(by, list_id):
            self.roles[list_id, user_id] = role

    def dissolve(self, by: int, list_id: int) -> None:
        with self.database.transaction() as session, acting_as(session, Actor(by)):
            session.execute(text("DELETE FROM concept_lists WHERE id = :id"), {"id": list_id})
        if self.role(list_id, by) == "owner" and list_id not in self.users.values():
            self._forget_list(list_id)

    def remember(self, user_id: int, list_id: int) -> None:
        """A writer's concept, with a view and a key."""
        actor = Actor(user_id, list_id if list_id in self.groups else None)
        with self.database.transaction() as session, acting_as(session, actor):
            name = f"Pet {self.number()}"
            concept_id = add_concept(session, user_id, list_id, name, "secret", "dog")
            add_view(session, user_id, [list_id], concept_id, view(unit(1)))
        self.concepts[concept_id] = list_id

    def move(self, user_id: int, concept_id: int, target: int) -> None:
        with self.database.transaction() as session, acting_as(session, Actor(user_id)):
            session.execute(
                text("UPDATE concepts SET list_id = :target WHERE id = :id"),
                {"target": target, "id": concept_id},
            )
        self.concepts[concept_id] = target

    def erase(self, user_id: int) -> None:
        with self.database.transaction() as session:
            session.execute(
                text("DELETE FROM concept_lists WHERE id = :id"), {"id": self.users[user_id]}
            )
            session.execute(text("DELETE FROM users WHERE id = :id"), {"id": user_id})
        self._forget_list(self.users.pop(user_id))
        for list_id, member in list(self.roles):
            if member == user_id:
                del self.roles[list_id, member]

    def reaches(self, user_id: int, list_id: int) -> bool:
        """Whether the list is among those that the person sees in a private chat."""
        return list_id in self.sees(Actor(user_id))

    def _forget_list(self, list_id: int) -> None:
        self.roles = {key: role for key, role in self.roles.items() if key[0] != list_id}
        self.concepts = {c: where for c, where in self.concepts.items() if where != list_id}
        self.groups.discard(list_id)


def token_hash(list_id: int, role: str) -> bytes:
    return f"{role} of {list_id}".encode()


def _add_invite(session: Session, list_id: int, user_id: int, role: str) -> None:
    session.add(
        Invite(
            list_id=list_id,
            token_hash=token_hash(list_id, role),
            role=role,
            created_by=user_id,
            expires_at="2100-01-01",
            most_uses=100,
        )
    )
    session.flush()

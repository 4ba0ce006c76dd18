"""Remember: the concept database on PostgreSQL and pgvector (paper, section 3.1)."""

from rap_engine.memory.database import Actor, Database, acting_as, after_commit, conninfo
from rap_engine.memory.tables import (
    Base,
    Change,
    Concept,
    ConceptList,
    Conversation,
    Invite,
    Key,
    Member,
    Turn,
    User,
    View,
)

__all__ = [
    "Actor",
    "Base",
    "Change",
    "Concept",
    "ConceptList",
    "Conversation",
    "Database",
    "Invite",
    "Key",
    "Member",
    "Turn",
    "User",
    "View",
    "acting_as",
    "after_commit",
    "conninfo",
]

"""Remember: the concept database on PostgreSQL and pgvector (paper, section 3.1)."""

from rap_engine.memory.database import Database, acting_as, after_commit, conninfo
from rap_engine.memory.tables import (
    Base,
    Concept,
    ConceptList,
    Conversation,
    Key,
    Member,
    Turn,
    User,
    View,
)

__all__ = [
    "Base",
    "Concept",
    "ConceptList",
    "Conversation",
    "Database",
    "Key",
    "Member",
    "Turn",
    "User",
    "View",
    "acting_as",
    "after_commit",
    "conninfo",
]

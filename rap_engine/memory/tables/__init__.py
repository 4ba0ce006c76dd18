"""Tables of the concept database. Alembic makes them; this is how Python sees them."""

from rap_engine.memory.tables.base import CHANNELS, Base, one_of
from rap_engine.memory.tables.concepts import Concept, Key, View
from rap_engine.memory.tables.conversations import Conversation, Turn
from rap_engine.memory.tables.in_service import InService
from rap_engine.memory.tables.people import (
    ACCESS,
    ACTIONS,
    INVITED_ROLES,
    LIST_KINDS,
    ROLES,
    Change,
    ConceptList,
    Invite,
    Member,
    User,
)

__all__ = [
    "ACCESS",
    "ACTIONS",
    "CHANNELS",
    "INVITED_ROLES",
    "LIST_KINDS",
    "ROLES",
    "Base",
    "Change",
    "Concept",
    "ConceptList",
    "Conversation",
    "InService",
    "Invite",
    "Key",
    "Member",
    "Turn",
    "User",
    "View",
    "one_of",
]

"""Who is erased, and how they ask for it."""

from tests.integration.bot.chats import Friend

ANNA = 987_650_123_401
BERT = 987_650_123_402
USER_ID = 77_000_111
"""Internal numbers that stand nowhere by chance."""


def erase(chat: Friend, button: str = "erase_mine") -> str:
    chat.says("/delete_my_data")
    chat.taps(chat.buttons()[button])
    chat.read = 0  # what was said before is gone
    return chat.is_told()[-1]

"""What the bot says, one catalogue a language. Plain text: nothing is ever parsed as markup."""

from bot.texts.catalogue import Catalogue, catalogue_for, codes

__all__ = ["Catalogue", "catalogue_for", "codes"]

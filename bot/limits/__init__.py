"""Who may write to the bot, and how much: so that an operator can run it for strangers."""

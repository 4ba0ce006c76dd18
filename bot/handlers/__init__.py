"""What the bot does with a message: one file a topic, free of Telegram's network."""

"""Replies from the outbox to the chat, one after another, within the channel's limits."""

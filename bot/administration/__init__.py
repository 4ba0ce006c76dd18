"""What admins may do, and the log of what they did. The system's own: no person's rights reach it."""

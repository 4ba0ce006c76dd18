"""What admins may do, and the log of what they did. The system's own, out of reach of people."""

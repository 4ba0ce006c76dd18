"""From the inbox to the handlers: each update once, in the order of its chat."""

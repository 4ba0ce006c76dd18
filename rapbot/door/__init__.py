"""The door of a running system: a private socket on which one-shot verbs are asked.

A process that is up answers in a fraction of the time that a new one takes to import its libraries.
"""

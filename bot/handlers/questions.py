"""What a question is, before anybody tries to answer it."""

_MARKS = ("?", "\uff1f", "\u061f", "\u037e")
"""Latin, full width (Chinese, Japanese), Arabic and Greek."""


def is_question(text: str) -> bool:
    """Say whether a text ends as questions do."""
    return text.rstrip().endswith(_MARKS)

"""Groups: what the bot says there, and what it says there in other words than elsewhere."""

MESSAGES: dict[str, str] = {
    "group_hello": (
        "Hello, all! I remember pets, friends and things from one photo each, for everybody in this"
        " group.\n\n"
        "/remember@{bot} NAME: INFO as a reply to a photo makes me remember who or what it shows."
        " /ask@{bot} QUESTION, alone or as a reply to a photo, asks me; so does a reply to one of"
        " my messages. /help@{bot} tells the rest.\n\n"
        "I look at commands and at replies to me, and at nothing else that is written here."
        " Telegram shows me the rest only if you make me an admin, and then I pass over it."
        " What you tell me here is for all in this group, and I use nothing here that you"
        " told me elsewhere."
    ),
    "group_help": (
        "/remember NAME: INFO as a reply to a photo, or as its caption: I remember who or what it"
        " shows. Without a name or a photo I ask for it; answer by replying to me.\n"
        "/ask QUESTION, as a reply to a photo, as its caption, or alone: I answer from what I was"
        " told in this group. A reply to one of my messages is a question, too.\n"
        "/where NAME in the same ways: where in the photo NAME is.\n"
        "/list shows whom and what I remember here.\n"
        "/forget NAME forgets; you can undo it.\n"
        "/rename OLD: NEW and /describe NAME: INFO change what I know.\n"
        "/history shows who added and changed what.\n"
        "/faces shows whose face keys I keep, and erases them.\n"
        "/cancel stops what I am asking you.\n\n"
        "Telegram shows me a command for certain only with my name behind it, such as"
        " /list@{bot}. All else is between you and me: https://t.me/{bot}"
    ),
    "group_private": "That is between you and me. Please write to me there: https://t.me/{bot}",
    "group_faceless": (
        "Telegram does not tell me who of you wrote this. Please write it as yourself, not as the"
        " group or as a channel."
    ),
    "group_tap": (
        "I have not met you in this group yet. Write /list here first, then press the button again."
    ),
    "ask_what": (
        "What is the question? Write /ask QUESTION, alone, as a reply to a photo, or as its"
        " caption."
    ),
    # In other words than elsewhere
    "group.ask_photo_and_name": (
        "Reply to this message with the photo, and with the name as its caption, like this:\n"
        "Biscuit: our corgi, afraid of vacuum cleaners\n\n/cancel stops this."
    ),
    "group.ask_photo": "Reply to this message with a photo of {name}. /cancel stops this.",
    "group.ask_name": (
        "What is the name? Reply to this message with it. You can add what I should know after a"
        " colon, like this:\nBiscuit: our corgi, afraid of vacuum cleaners\n\n/cancel stops this."
    ),
    "group.ask_other_name": (
        "What other name shall I use? Reply to this message with it. /cancel stops this."
    ),
    "group.nothing_yet": (
        "I do not remember anybody in this group yet. Reply to a photo like this:\n"
        "/remember Biscuit: our corgi, afraid of vacuum cleaners"
    ),
    "group.remembered": (
        "I will know {name} by this. Show me another photo: reply to it with /ask, and I say who is"
        " in it."
    ),
    # What Telegram shows in its menu
    "command.ask": "Ask about a photo or about whom I know",
}

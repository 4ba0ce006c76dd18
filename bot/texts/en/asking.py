"""Beginning, asking, and what the bot does not take."""

MESSAGES: dict[str, str] = {
    # Beginning
    "start": (
        "Hello! I remember your pets, friends and things from one photo each, and answer as"
        " somebody who knows them.\n\n"
        "Send me a photo with a caption like this:\n"
        "/remember Biscuit: our corgi, afraid of vacuum cleaners\n\n"
        "Then send other photos and ask who is in them. /help shows the rest."
    ),
    "help": (
        "Any photo: I say who is in it. Add a question as its caption to ask about it.\n"
        "Any text: I answer from what you told me about those you name.\n\n"
        "Pets, friends and things\n"
        "/remember NAME: INFO as the caption of a photo, or as a reply to one: I remember who or"
        " what it shows. Without a name or a photo I ask for it.\n"
        "/list shows whom and what I remember.\n"
        "/where NAME, as the caption of a photo or as a reply to one: where in it NAME is.\n"
        "/rename OLD: NEW and /describe NAME: INFO change what I know.\n"
        "/forget NAME forgets; you can undo it.\n"
        "/cancel stops what I am asking you.\n\n"
        "Families\n"
        "/family NAME founds a family: a list that you share. /family shows yours.\n"
        "/invite makes a link into your family.\n"
        "/lists shows your lists, and chooses where new ones go.\n"
        "/move NAME and /copy NAME bring somebody to another list.\n"
        "/history shows who changed what in shared lists.\n"
        "In a Telegram group I keep a list of the group's own: add me there and write /help.\n\n"
        "What I hold of you\n"
        "/privacy says what that is; there you take it along, or erase it.\n"
        "/faces shows whose face keys I keep, and erases them.\n"
        "/usage shows what you have used, and what is left.\n\n"
        "Photos work as photos or as files: JPEG, PNG or WebP, up to 20 MB."
    ),
    "help_console": (
        "On this console a line is a message, and:\n"
        "photo:PATH sends a photo; what follows is its caption. Quote a path with spaces:\n"
        '  photo:"my dog.jpg" /remember Biscuit: our corgi\n'
        "#1 presses the button that is shown as [1].\n"
        "/quit ends the console."
    ),
    # Asking
    "nothing_yet": (
        "I do not remember anybody yet. Send me a photo with a caption like this:\n"
        "/remember Biscuit: our corgi, afraid of vacuum cleaners"
    ),
    "where_whom": (
        "Where is who? Write /where NAME as the caption of a photo, or as a reply to one."
    ),
    "question_empty": "That message is empty. Write a question, or send a photo.",
    "question_too_long": "That is too long for me: a question has at most {limit} characters.",
    # What the bot does not take
    "kind.voice": "I cannot listen. Please write your question, or send a photo.",
    "kind.video": "I cannot watch videos. Please send a photo of the moment.",
    "kind.animation": "I cannot watch animations. Please send a single photo.",
    "kind.sticker": "A nice sticker! I only know what to do with photos and words.",
    "kind.location": "I do not know what to do with a place. Send me a photo or a question.",
    "kind.contact": (
        "I do not keep contacts. To make me remember somebody, send a photo with /remember."
    ),
    "kind.poll": "I do not take part in polls. Send me a photo or a question.",
    "kind.document": "I cannot read that file. I take photos: JPEG, PNG and WebP.",
    "kind.album": "Please send photos one at a time: I looked at none of these.",
    "kind.other": "I do not know what to do with that. Send me a photo or a question.",
    "unknown_command": "I do not know that command. /help shows those that I know.",
    "button_gone": "That button no longer works.",
}

"""The console's own words, labels of buttons and the menu."""

MESSAGES: dict[str, str] = {
    # The console's own
    "console_no_database": (
        "I could not reach my database for {seconds} s. If no answer to this comes later, please"
        " write it again."
    ),
    "console_erased": "This chat ends here. `rapbot chat --user {user}` begins a new one.",
    "console_welcome": (
        "You are {user}. A line is a message, photo:PATH sends a photo, /help tells more."
    ),
    "console_no_file": "There is no photo at {path}.",
    "console_no_path": 'Write photo:PATH, or photo:"PATH" for a path with spaces.',
    "console_no_button": "There is no button {number}.",
    "console_picture": "[picture: {path}]",
    "console_file": "[file: {path}]",
    # Labels of buttons
    "button.undo": "Undo",
    "button.add_view": "Add the photo",
    "button.other_name": "Choose another name",
    "button.cancel": "Cancel",
    "button.face_agree": "They agreed",
    "button.face_decline": "No",
    "button.face_erase": "Erase the face keys",
    # What Telegram shows in its menu
    "command.remember": "Remember who or what a photo shows",
    "command.list": "Show whom and what I remember",
    "command.forget": "Forget somebody or something",
    "command.where": "Where in a photo somebody is",
    "command.cancel": "Stop what I am asking you",
    "command.help": "What I can do",
}

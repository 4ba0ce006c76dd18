"""English. `{name}` and its like are filled with data; nothing in the data is read as text."""

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
        "/remember NAME: INFO as the caption of a photo, or as a reply to one: I remember who or"
        " what it shows. Without a name or a photo I ask for it.\n"
        "/list shows whom and what I remember.\n"
        "/forget NAME forgets; you can undo it.\n"
        "/where NAME, as the caption of a photo or as a reply to one: where in it NAME is.\n"
        "/faces shows whose face keys I keep, and erases them.\n"
        "/cancel stops what I am asking you.\n\n"
        "Any photo: I say who is in it. Add a question as its caption to ask about it.\n"
        "Any text: I answer from what you told me about those you name.\n\n"
        "Photos work as photos or as files: JPEG, PNG or WebP, up to 20 MB."
    ),
    "help_console": (
        "On this console a line is a message, and:\n"
        "photo:PATH sends a photo; what follows is its caption. Quote a path with spaces:\n"
        '  photo:"my dog.jpg" /remember Biscuit: our corgi\n'
        "#1 presses the button that is shown as [1].\n"
        "/quit ends the console."
    ),
    # Remembering
    "ask_photo_and_name": (
        "Send me the photo, with the name as its caption, like this:\n"
        "Biscuit: our corgi, afraid of vacuum cleaners\n\n/cancel stops this."
    ),
    "ask_photo": "Now send me a photo of {name}. /cancel stops this.",
    "ask_name": (
        "What is the name? You can add what I should know after a colon, like this:\n"
        "Biscuit: our corgi, afraid of vacuum cleaners\n\n/cancel stops this."
    ),
    "ask_other_name": "What other name shall I use? /cancel stops this.",
    "ask_taken": (
        "You already told me about {name}. Shall I add this photo to {name}, or is this somebody"
        " else who needs another name?"
    ),
    "adding_view": "Adding the photo to {name}.",
    "name_is_free": "You have told me to forget {name} since, so I begin anew with this photo.",
    "remembered": "I will know {name} by this. Send me another photo and ask who is in it.",
    "view_added": "I added this to what I know {name} by.",
    "name_taken": (
        "You already told me about {name}, so I kept that as it was. Send the photo again with"
        " another name."
    ),
    "cancelled": "Cancelled.",
    "nothing_to_cancel": "There is nothing to cancel.",
    # Lists and forgetting
    "list_title": "I remember:",
    "list_item": "• {name} ({photos})",
    "list_item_info": "• {name} ({photos}): {info}",
    "list_photos_one": "1 photo",
    "list_photos_many": "{count} photos",
    "forgotten": "I forgot {name}.",
    "restored": "{name} is back.",
    "undo_too_late": "It is too late to undo that.",
    "undo_name_taken": "There is a new {name} by now; forget that one first.",
    "forget_whom": "Whom or what shall I forget? Write /forget NAME. /list shows the names.",
    "unknown_concept": "I know nobody and nothing called {name}. /list shows whom I remember.",
    "unknown_concept_near": "I know nobody and nothing called {name}. Did you mean {near}?",
    # Faces
    "face_question": (
        "I see a face. Shall I keep a face key of {name}, so that I recognise {name} better? A face"
        " key is biometric data: say yes only if it is you, your child, or somebody who agreed."
        " /faces takes it back."
    ),
    "face_agreed": "Thank you. I note that you confirmed this, and make a face key of {name}.",
    "face_agreed_before": "That was confirmed before. /faces shows what I keep of {name}.",
    "face_declined": "I keep no face key of {name}.",
    "face_kept": "I know {name} by the face now. /faces takes it back.",
    "face_not_found": (
        "I found no face of {name} that I could make a face key of: one face alone, or much larger"
        " than any other. I make one of the next photo with such a face that you add to {name}."
    ),
    "face_off": "I keep no face key of {name}: whoever runs me has turned face keys off.",
    "face_unknown": "I do not remember that one, or may not change it for you.",
    "faces_none": "I keep no face keys of anybody whom you told me about.",
    "faces_item": "{name}: face keys agreed to on {day}, made of {photos}.",
    "face_erased": "I erased the face keys of {name}, and make no more unless you agree again.",
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
    # Photos that cannot be used
    "bad_photo.not_a_photo": "That is not a photo that I can read. I take JPEG, PNG and WebP.",
    "bad_photo.broken": "That photo is broken or cut off. Please send it again.",
    "bad_photo.too_small": "That photo is too small to show anything: I need 32 pixels a side.",
    "bad_photo.too_large": (
        "That photo has too many pixels for me. I take up to 9,000 a side and 50 million in all."
    ),
    "bad_photo.animation": "That is an animation. Send me a single photo, please.",
    "bad_photo.too_many_bytes": "That file is too big: I take photos up to 20 MB.",
    "photo_unavailable": "I could not get at that photo. Please send it again.",
    "upload_gone": "I do not have that photo any more. Please send it again.",
    # Names and infos that cannot be used
    "bad_name.missing": (
        "I cannot tell the name from that. A name has at most 64 characters and comes first, like"
        " this:\nBiscuit: our corgi, afraid of vacuum cleaners"
    ),
    "bad_name.empty": "A name needs at least one letter.",
    "bad_name.too_long": "That name is too long: it can have at most 64 characters.",
    "bad_name.control": "A name cannot have line breaks or invisible characters.",
    "bad_name.markup": "A name cannot have these characters: < > [ ] {{ }} | * ` \\",
    "bad_name.reserved": "I need that word for myself. Please choose another name.",
    "bad_name.command": "A name cannot begin with a slash.",
    "bad_name.no_letter": "A name needs at least one letter.",
    "bad_info.too_long": "That is too much to remember at once: at most 1,000 characters.",
    "bad_category.empty": "A category needs at least one letter.",
    "bad_category.too_long": "That category is too long: it can have at most 40 characters.",
    "bad_category.control": "A category cannot have line breaks or invisible characters.",
    "bad_category.markup": "A category cannot have these characters: < > [ ] {{ }} | * ` \\",
    "bad_category.reserved": "I need that word for myself. Please choose another category.",
    "bad_category.command": "A category cannot begin with a slash.",
    "bad_category.no_letter": "A category needs at least one letter.",
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
    "only_private": "I work in private chats only. Please write to me there.",
    "button_gone": "That button no longer works.",
    # When something went wrong
    "sorry_failed": "Sorry, something went wrong on my side. Please try again.",
    "sorry_timeout": "Sorry, that took too long and I gave up. Please try again.",
    "out_of_memory": (
        "Sorry, I ran out of memory for that. Please try again later; nothing that you told me is"
        " lost."
    ),
    "generator_server": (
        "I cannot answer now: the server that writes my answers failed. Please try again later."
    ),
    "question_fills_context": "That is too much for me at once. Please ask in fewer words.",
    "generator_refused": (
        "I cannot answer that: the server that writes my answers refused it. Whoever runs me finds"
        " the reason in the worker's log."
    ),
    "not_configured": "I cannot answer now: whoever runs me has not told me all that I need.",
    "bad_recipe": "I cannot answer now: whoever runs me wrote a profile that I cannot read.",
    "weights": (
        "I cannot look at photos now: my model files are not installed. Whoever runs me can find"
        " out what is missing with `rapbot doctor`."
    ),
    "not_calibrated": (
        "I cannot recognise anybody now: no cutoff is known for my encoder. Whoever runs me can"
        " find one with `rapbot calibrate`."
    ),
    "unknown_profile": "I cannot answer now: whoever runs me chose a profile that I do not have.",
    "no_answer_yet": (
        "No answer after {seconds} s. Is a worker running? `rapbot doctor` tells. The answer is"
        " shown when it comes."
    ),
    # The console's own
    "console_no_database": (
        "I could not reach my database for {seconds} s. If no answer to this comes later, please"
        " write it again."
    ),
    "console_welcome": (
        "You are {user}. A line is a message, photo:PATH sends a photo, /help tells more."
    ),
    "console_no_file": "There is no photo at {path}.",
    "console_no_path": 'Write photo:PATH, or photo:"PATH" for a path with spaces.',
    "console_no_button": "There is no button {number}.",
    "console_picture": "[picture: {path}]",
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

"""Remembering, lists, forgetting and faces."""

MESSAGES: dict[str, str] = {
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
    "faces_item_elsewhere": (
        "Somebody in a list that you have left, or in a group: face keys that you said yes to on"
        " {day}, made of {photos}."
    ),
    "face_erased_elsewhere": "I erased those face keys, and make no more there for your yes.",
    "face_erased": "I erased the face keys of {name}, and make no more unless you agree again.",
}

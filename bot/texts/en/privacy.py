"""What is kept of a person, taking it along, and erasing it."""

MESSAGES: dict[str, str] = {
    # /privacy
    "privacy_kept": (
        "I keep what you tell me of your pets, friends and things: names, words and photos, and"
        " numbers by which I recognise the photos. I keep your questions and my answers, your name"
        " and number on this channel, your families and groups, and what you agreed to. A button"
        " below says for how long.\n"
        "A photo of somebody is theirs too, so show me only whom you may show. I make a face key,"
        " which is biometric, only after somebody agreed: /faces."
    ),
    "privacy_times": (
        "How long I keep it:\n"
        "• Names, words and photos, and the numbers by which I recognise the photos: until you"
        " forget them; {forgotten} later they are gone for good.\n"
        "• A photo as you sent it: {uploads}.\n"
        "• Your questions and my answers: {conversations}. They can quote what you have since"
        " changed or forgotten.\n"
        "• Messages as they came: {inbox}; work that is done and messages that I sent: {replies}.\n"
        "• Your name and number on this channel, your families and groups, and what you agreed to:"
        " until you delete them.\n"
        "• Who changed what in a family or group: {history}."
    ),
    "privacy_kept_console": (
        "• The lines that you typed on this console and the pictures that it saved, as files in the"
        " data directory: until you delete them."
    ),
    "privacy_day": "1 day",
    "privacy_days": "{days} days",
    "privacy_seen": (
        "Who sees it: you; the members of a family or group what was told there, and who told it;"
        " and whoever runs me, who has the database. My admins' commands show them numbers, not"
        " your photos, words or questions. On Telegram, Telegram has our chat too.\n"
        "I use it to answer you and those you share a list with, and send it to nobody whom I do"
        " not name here."
    ),
    "privacy_seen_server": (
        "My answers are written by a model on another server that whoever runs me chose. It is"
        " sent your questions and what was said before, the photos that you ask about, and the"
        " photos and names of those I think they show, with your words about them. Ask whoever"
        " runs me whose server it is."
    ),
    "privacy_training_off": (
        "Training: I use nothing of yours to train a model. You can agree to that below. Then the"
        " pets, friends and things of your own list may be used, with the photos that you added"
        " yourself; never those of a family or group."
    ),
    "privacy_training_on": (
        "Training: you agreed on {day} that the pets, friends and things of your own list may be"
        " used to train my models. You can take that back below, for all training that begins"
        " afterwards; what a model has learned before stays in it."
    ),
    "privacy_rights": (
        "/export sends you what you told and asked me as files. /delete_my_data erases all that I"
        " hold of you; I ask first. Backups and logs are up to whoever runs me."
    ),
    "privacy_contact": "You reach whoever runs me so: {contact}",
    "training_agreed": "Thank you. Your own list may be used for training. /privacy takes it back.",
    "training_withdrawn": "Nothing of yours is used for training from now on.",
    # /export
    "export_begun": (
        "I am packing what you told and asked me, with your photos and lists. It comes as zip"
        " files; the README.txt in them says what I leave out."
    ),
    "export_under_way": "Your last export is still on its way. Please wait until it is here.",
    "export_enough": (
        "I have packed it {most} times in 24 hours, and can do so again tomorrow. /delete_my_data"
        " does not need it."
    ),
    "export_part": (
        "Part {number} (pets, friends and things: {concepts}, photos: {photos}, questions:"
        " {turns}). The README.txt inside says what is what."
    ),
    "export_done": (
        "That was all (files: {parts}). Left out: who changed what in your lists, messages and work"
        " that are not erased yet, pets, friends and things without a photo, and what I can compute"
        " from the photos again. Another rapbot takes the files with `rapbot import`."
    ),
    # /delete_my_data
    "erase_count.concepts": "pets, friends and things: {count}",
    "erase_count.photos": "photos: {count} (those of what you forgot lately too)",
    "erase_count.shared_photos": "photos: {count}",
    "erase_count.turns": "questions: {count}",
    "erase_count.updates": "received messages: {count}",
    "erase_count.jobs": "waiting work: {count}",
    "erase_count.replies": "messages that I had not sent yet: {count}",
    "erase_plan": (
        "This erases all that is yours alone ({counted}), and your messages, settings and"
        " agreements, with the face keys that you said yes to."
    ),
    "erase_plan_nothing": (
        "This erases all that is yours alone: your messages, settings and agreements, with the face"
        " keys that you said yes to."
    ),
    "erase_plan_shared": (
        "• {title} goes on without you. What you added to it ({counted}) stays there without your"
        " name, unless you delete that too."
    ),
    "erase_plan_shared_nothing": "• {title} goes on without you. You have added nothing to it.",
    "erase_plan_last": "• {title} has nobody but you, and is erased with all that is in it.",
    "erase_plan_last_group": (
        "• Nobody else has used me in the group {title}: what I remember for it is erased too."
    ),
    "erase_handed_over": (
        "Its owner is then the editor who has been in it longest, or a viewer where there is no"
        " editor."
    ),
    "erase_no_title": "A list that has no name, or that you are not in any more",
    "erase_sure": "It cannot be undone. /export first gives you a copy. Shall I?",
    "erase_busy": (
        "Something of yours is being worked on just now, so I have erased nothing yet. Please tap"
        " again in a minute."
    ),
    "erased_blocked": (
        "Whoever runs me does not want me to answer you. So that this stays so, I keep your number"
        " on this channel, and nothing else, until they change their mind."
    ),
    "erase_nothing": "I erased nothing.",
    "erased": "Done. I erased all that was yours alone: {counted}.",
    "erased_nothing": "Done. I erased all that was yours alone.",
    "erased_shared": (
        "• {title} goes on without you. What you added ({counted}) remains there, because its"
        " members use it; your name is gone from it."
    ),
    "erased_shared_nothing": "• {title} goes on without you, and your name is gone from it.",
    "erased_last": "• {title} had nobody but you, and is erased.",
    "erased_last_group": (
        "• Nobody else had used me in the group {title}: what I remembered for it is erased."
    ),
    "erased_along_shared": (
        "• {title} goes on without you. I erased what you added there ({counted})."
    ),
    "erased_along_shared_nothing": (
        "• {title} goes on without you, and your name is gone from it."
    ),
    "erased_along_last": "• {title} had nobody but you, and is erased.",
    "erased_along_last_group": (
        "• Nobody else had used me in the group {title}: what I remembered for it is erased."
    ),
    "erased_handed_over": (
        "Its owner is now the editor who has been in it longest, or a viewer where there was no"
        " editor."
    ),
    "erased_elsewhere": (
        "Copies that others made of what you shared stay theirs. What Telegram keeps of this chat"
        " is yours to delete there. If you write to me again, I do not know you."
    ),
    "erase_inherited": (
        "The owner of {title} has left me, so it is yours now. /family shows what you may do."
    ),
    # Labels of buttons
    "button.privacy_times": "How long I keep it",
    "button.export_me": "Export my data",
    "button.training_agree": "Agree to training",
    "button.training_withdraw": "Take back: no training",
    "button.erase_ask": "Delete my data",
    "button.erase_mine": "Delete what is mine alone",
    "button.erase_all": "Delete that and all that I added elsewhere",
    "button.erase_nothing": "No, keep everything",
    # What Telegram shows in its menu
    "command.privacy": "What I keep of you, and your choices",
    "command.export": "Get what you told and asked me as files",
    "command.delete_my_data": "Erase all that I hold of you",
}

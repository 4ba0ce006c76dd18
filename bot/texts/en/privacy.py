"""What is kept of a person, taking it along, and erasing it."""

MESSAGES: dict[str, str] = {
    # /privacy
    "privacy_kept": (
        "What I keep of you, and for how long:\n"
        "• The names, infos and photos that you tell me, and embeddings of the photos (numbers by"
        " which I recognise them), until you forget them: {forgotten} later they are gone for good."
        " Photos of people are personal data of theirs, so show me only whom you may show; a face"
        " key, which I make only after somebody agreed, is biometric (/faces).\n"
        "• A photo as you sent it: {uploads}.\n"
        "• Your questions and my answers: {conversations}. They can quote an info that you have"
        " since changed or forgotten.\n"
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
        " your photos, infos or questions. On Telegram, Telegram has our chat too.\n"
        "It is used to answer you and those you share a list with. It is not sold, not shown to"
        " others and not used for advertising."
    ),
    "privacy_seen_server": (
        "My answers are written by a model on another server that whoever runs me chose. It is"
        " sent your questions and what was said before, the photos that you ask about, and the"
        " photos, names and infos of those I think they show. Ask whoever runs me whose server it"
        " is."
    ),
    "privacy_training_off": (
        "Training: nothing of yours is used to train a model. You can agree to that below. Then"
        " the concepts of your own list may be used, with the photos that you added yourself;"
        " never those of a family or group."
    ),
    "privacy_training_on": (
        "Training: you agreed on {day} that the concepts of your own list may be used to train my"
        " models. You can take that back below, for all training that begins afterwards; what a"
        " model has learned before stays in it."
    ),
    "privacy_rights": (
        "/export sends you everything as files. /delete_my_data erases it; I ask first. Backups"
        " and logs are up to whoever runs me."
    ),
    "training_agreed": "Thank you. Your own list may be used for training. /privacy takes it back.",
    "training_withdrawn": "Nothing of yours is used for training from now on.",
    # /export
    "export_begun": "I am packing all that I hold of you. It comes as one or more zip files.",
    "export_under_way": "Your last export is still on its way. Please wait until it is here.",
    "export_enough": (
        "I have packed it {most} times in 24 hours, and can do so again tomorrow. /delete_my_data"
        " does not need it."
    ),
    "export_part": (
        "Part {number} (concepts: {concepts}, photos: {photos}, questions: {turns}). The README.txt"
        " inside says what is what."
    ),
    "export_done": "That was all (files: {parts}). Another rapbot takes it with `rapbot import`.",
    # /delete_my_data
    "erase_plan": (
        "This erases all that is yours alone (concepts: {concepts}, photos: {photos}, questions:"
        " {turns}), and your messages, settings and agreements, with the face keys that you said"
        " yes to."
    ),
    "erase_plan_shared": (
        "• {title} goes on without you. What you added to it (concepts: {concepts}, photos:"
        " {photos}) stays there without your name, unless you take it along."
    ),
    "erase_plan_last": "• {title} has nobody but you, and is erased with all that is in it.",
    "erase_handed_over": "Its owner is then who has been in it longest.",
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
    "erased": (
        "Done. I erased all that was yours alone: concepts: {concepts}, photos: {photos}, questions"
        " and answers: {turns}, received messages: {updates}, waiting work: {jobs}, messages that I"
        " had not sent yet: {replies}."
    ),
    "erased_shared": (
        "• {title} goes on without you. What you added (concepts: {concepts}, photos: {photos})"
        " remains there, because its members use it; your name is gone from it."
    ),
    "erased_last": "• {title} had nobody but you, and is erased.",
    "erased_along_shared": (
        "• {title} goes on without you. I erased what you added there (concepts: {concepts},"
        " photos: {photos})."
    ),
    "erased_along_last": "• {title} had nobody but you, and is erased.",
    "erased_elsewhere": (
        "Copies that others made of what you shared stay theirs. What Telegram keeps of this chat"
        " is yours to delete there. If you write to me again, I do not know you."
    ),
    "erase_inherited": (
        "The owner of {title} has left me, so it is yours now: you have been in it longest."
        " /family shows what you may do."
    ),
    # Labels of buttons
    "button.export_me": "Export my data",
    "button.training_agree": "Agree to training",
    "button.training_withdraw": "Take back: no training",
    "button.erase_ask": "Delete my data",
    "button.erase_mine": "Delete what is mine alone",
    "button.erase_all": "Delete that and all that I added elsewhere",
    "button.erase_nothing": "No, keep everything",
    # What Telegram shows in its menu
    "command.privacy": "What I keep of you, and your choices",
    "command.export": "Get all that I hold of you",
    "command.delete_my_data": "Erase all that I hold of you",
}

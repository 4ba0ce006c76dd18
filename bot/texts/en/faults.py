"""What cannot be used, and what went wrong."""

MESSAGES: dict[str, str] = {
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
    "bad_name.control": (
        "A name cannot have line breaks, invisible characters, or many marks on one letter."
    ),
    "bad_name.markup": "A name cannot have these characters: < > [ ] {{ }} | * ` \\",
    "bad_name.reserved": "I need that word for myself. Please choose another name.",
    "bad_name.command": "No word of a name can begin with a slash.",
    "bad_name.no_letter": "A name needs at least one letter.",
    "bad_info.too_long": "That is too much to remember at once: at most 1,000 characters.",
    "bad_category.empty": "A category needs at least one letter.",
    "bad_category.too_long": "That category is too long: it can have at most 40 characters.",
    "bad_category.control": (
        "A category cannot have line breaks, invisible characters, or many marks on one letter."
    ),
    "bad_category.markup": "A category cannot have these characters: < > [ ] {{ }} | * ` \\",
    "bad_category.reserved": "I need that word for myself. Please choose another category.",
    "bad_category.command": "No word of a category can begin with a slash.",
    "bad_category.no_letter": "A category needs at least one letter.",
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
}

"""Who may write to the bot, how much, and what is left of it."""

MESSAGES: dict[str, str] = {
    # At the door
    "not_listed": (
        "I work only for people whom whoever runs me has let in; an invitation into a family does"
        " not do that. If you know them, give them your number: {number}"
    ),
    "let_in": "You may write to me now. /help says what I can do.",
    "blocked": (
        "Whoever runs me does not want me to answer you. What I know of you is still yours:"
        " /privacy says how to take it along and how to erase it."
    ),
    "not_listed_contact": (
        "I work only for people whom whoever runs me has let in; an invitation into a family does"
        " not do that. Give them your number: {number}\n"
        "You reach them so: {contact}"
    ),
    "blocked_contact": (
        "Whoever runs me does not want me to answer you. What I know of you is still yours:"
        " /privacy says how to take it along and how to erase it.\n"
        "You reach whoever runs me so: {contact}"
    ),
    "maintenance": (
        "I am being worked on and cannot answer just now. Please send this again later; nothing"
        " that you told me is lost."
    ),
    "maintenance_note": (
        "I am being worked on and cannot answer just now. Please send this again later; nothing"
        " that you told me is lost.\n\n{note}"
    ),
    # Quotas
    "quota.queue": (
        "I have more to do for everybody than I can take on. Please send this again in a few"
        " minutes."
    ),
    "quota.waiting": (
        "{most} of your photos and questions are waiting already, and I answer them one by one."
        " Please send this one again when you have an answer."
    ),
    "quota.jobs": (
        "You have used up your photos and questions for now: {most} in 24 hours. You can send the"
        " next one in {wait}. Nothing that I remember for you is lost."
    ),
    "quota.no_jobs": "Whoever runs me has set your photos and questions a day to none.",
    "quota.list_jobs": (
        "{title} has used up its photos and questions for now: {most} in 24 hours, of all its"
        " members together. You can send the next one in {wait}, or choose another list with"
        " /lists and go on."
    ),
    "quota.no_list_jobs": (
        "Whoever runs me has set the photos and questions a day of {title} to none. /lists chooses"
        " another list."
    ),
    "quota.group_jobs": (
        "{title} has used up its photos and questions for now: {most} in 24 hours, of all of you"
        " together. You can send the next one in {wait}."
    ),
    "quota.no_group_jobs": (
        "Whoever runs me has set the photos and questions a day of {title} to none."
    ),
    "quota.concepts": (
        "There is no room left: a list can hold {most} pets, friends and things. /forget makes"
        " room for another, or /lists chooses another list."
    ),
    "quota.storage": (
        "There is no room left: a list can hold {most} MB of photos. /forget makes room, a day"
        " later, when it cannot be undone any more; or /lists chooses another list."
    ),
    # /usage
    "command.usage": "What you have used, and what is left",
    "usage_day": "Photos and questions in the last 24 hours: {used} of {most}",
    "usage_day_of_admin": (
        "Photos and questions in the last 24 hours: {used}. As an admin you have no limit."
    ),
    "usage_next": "The next one can be sent in {wait}.",
    "usage_waiting": "Waiting for an answer: {waiting} of {most}",
    "usage_own_list": "Your own list",
    "usage_list": "{title}",
    "usage_concepts": "Pets, friends and things: {used} of {most}",
    "usage_storage": "Photos: {used} of {most} MB",
}

"""The panel of admins: short, for people who run the bot."""

MESSAGES: dict[str, str] = {
    "admin_overview": (
        "What do you want to see?\n\n"
        "/admin users NAME or NUMBER searches people, /admin user NUMBER shows one.\n"
        "/admin allow NUMBER, block NUMBER, default NUMBER\n"
        "/admin quota NUMBER jobs=50, or jobs=default\n"
        "/admin quota list ID concepts=1000 mb=2000 jobs=600\n"
        "/admin broadcast TEXT tells everybody; you see it first.\n"
        "/admin maintenance on NOTE, and off\n"
        "/admin adapter use NAME, /admin adapter none, /admin adapter back\n"
        "/retrain shows what would be trained, and starts it\n"
        "/runs shows how training goes, /runs NUMBER one run\n"
        "/cancel leads to the run that is to end\n"
        "/admin admins add NUMBER, and remove\n\n"
        "What changes something is written into the audit log. You never see what people told me or"
        " asked me."
    ),
    "admin_more_lines": "… and {count} more.",
    "admin_unknown": "not known here",
    "admin_none": "none",
    # Stats
    "admin_stats_people": (
        "People: {people}, active in the last day {day}, in the last week {week}.\n"
        "Families: {families}, groups: {groups}."
    ),
    "admin_stats_stored": (
        "Concepts: {concepts}, views: {views}, photos: {photos}, the whole database: {database}."
    ),
    "admin_stats_jobs": "Jobs: {day} in the last day, {week} in the last week.",
    "admin_stats_times": (
        "Of the last day's jobs half / 95 % waited less than {waiting}, and ran less than"
        " {running}."
    ),
    "admin_stats_replies": "Replies: {pending} to be sent, {failed} that did not get through.",
    "admin_stats_errors": "Failures of the last week: {errors}.",
    # Queue and failed jobs
    "admin_queue": "Jobs: {waiting} wait, {running} run.",
    "admin_queue_oldest": "The oldest, at most {most}:",
    "admin_queue_item": "job {job}: {kind}, {state} for {age}, attempt {attempt}, user:{user}",
    "admin_failed": "The latest failed jobs, at most {most}:",
    "admin_failed_none": "No job failed, as far back as I keep them.",
    "admin_failed_item": (
        "job {job}: {kind} of user:{user}, failed {at} UTC in attempt {attempt}\n{error}"
    ),
    "admin_retried": "Job {job} is queued again.",
    "admin_dropped": "Job {job} is erased.",
    "admin_not_retried.gone": "That job is not a failed one any more.",
    "admin_not_retried.no_photo": "Its photo is not kept any more, so it cannot be done again.",
    # Users
    "admin_users_how": (
        "/admin users NAME or NUMBER searches people; user:7, as the queue shows it, works too.\n"
        "/admin user NUMBER shows one: 123 on Telegram, console:NAME on a console."
    ),
    "admin_users_none": "Nobody fits that. /admin users NAME or NUMBER searches people.",
    "admin_users_latest": "The latest people, at most {most}:",
    "admin_users_found": "These fit, at most {most}. /admin user NUMBER shows one.",
    "admin_users_item": "{person} (user:{user}) {name}",
    "admin_user_unknown": (
        "I do not know {person}: nobody of that number has written to me. /admin allow NUMBER lets"
        " them in all the same."
    ),
    "admin_user_gone": "That person is not here any more.",
    "admin_user": (
        "{person} (user:{user}) {name}\n"
        "{here} Access: {access}.\n"
        "Jobs in the last day: {today} of {quota}. Kept: {jobs}."
    ),
    "admin_user_here": "Here since {since} UTC.",
    "admin_user_not_yet": "Has not written yet.",
    "admin_user_list": (
        "list {list}: {kind}, {role}, members {members}; {concepts} of {most} concepts,"
        " views {views}, {used} of {most_mb} MB"
    ),
    "admin_user_list_jobs": "; {quota} jobs a day",
    "admin_own_quota": "{value} (its own)",
    "admin_access.default": "as the settings say",
    "admin_access.allowed": "allowed",
    "admin_access.blocked": "blocked",
    "admin_access_how": (
        "Write /admin allow NUMBER, /admin block NUMBER, or /admin default NUMBER for what the"
        " settings say."
    ),
    "admin_block_admin": "That is an admin. Remove them from the admins first.",
    "admin_quota_how": (
        "Write /admin quota NUMBER jobs=50 for a person, or /admin quota list ID concepts=1000"
        " mb=2000 jobs=600 for a list. jobs=default takes the settings' again. A person's page"
        " shows the ids of lists."
    ),
    "admin_quota_set": "Set for {of}: {quotas}.",
    "admin_list_unknown": "There is no list {list}. A person's page shows the ids of lists.",
    # Broadcasts
    "admin_broadcasts": ("/admin broadcast TEXT shows a text back, and you send it with a button."),
    "admin_broadcasts_latest": "The latest ones:",
    "admin_broadcast_draft_one": "1 person gets this:\n\n{text}",
    "admin_broadcast_draft": "{receivers} people get this:\n\n{text}",
    "admin_broadcast_too_long": "A broadcast has at most {limit} characters.",
    "admin_broadcast_gone": "That was sent, stopped or replaced meanwhile.",
    "admin_broadcast.running": "Broadcast {broadcast} goes out: {sent} of {all}.",
    "admin_broadcast.done": "Broadcast {broadcast} went out to {sent}.",
    "admin_broadcast.stopped": "Broadcast {broadcast} was stopped after {sent} of {all}.",
    # Maintenance
    "admin_maintenance_off": (
        "There is no maintenance. /admin maintenance on NOTE begins one: everybody but admins gets"
        " your note, or a sentence of mine without one."
    ),
    "admin_maintenance_on": (
        "There is maintenance, and people are told:\n{note}\n\n/admin maintenance off ends it."
    ),
    "admin_maintenance_no_note": "(my own sentence)",
    "admin_maintenance_too_long": "A note has at most {limit} characters.",
    # Profile and adapter
    "admin_profile_none": "Nothing answers yet: no worker was started.",
    "admin_profile": (
        "The profile {profile} answers since {since} UTC.\nAdapter: {adapter}. Cutoff: {cutoff}."
    ),
    "admin_profile_wanted": "The profile {wanted} is wanted, and answers once all views have keys.",
    "admin_profile_keys": "All {total} views have keys of {encoder}.",
    "admin_profile_embedding": "{done} of {total} views have keys of {encoder}.",
    "admin_profile_how": (
        "The profile is chosen by RAPBOT_PROFILE where workers are started, not here."
    ),
    "admin_adapters": "Adapters: {count}.",
    "admin_adapters_first": (
        "Adapters: {count}. The first {shown} are shown; /admin adapter use NAME takes any."
    ),
    "admin_adapter_item": (
        "{name}: {verdict}; recognition {recognition_before} → {recognition}, captions"
        " {caption_f1_before} → {caption_f1}, questions {questions_before} → {questions};"
        " {at} UTC by {by}"
    ),
    "admin_adapter_unknown": "{name}: not registered, nobody measured it",
    "admin_verdict.passed": "passed",
    "admin_verdict.failed": "did not pass the gate",
    "admin_verdict.not_measured": "not measured",
    "admin_base_alone": "the base alone",
    "admin_rolled_back": "Taken back: {adapter} answers from the next job on.",
    "admin_nothing_to_return_to": "Nothing else answered before. Nothing has changed.",
    "admin_answers_otherwise": (
        "Something else answers meanwhile. Nothing has changed; /admin profile shows what."
    ),
    "admin_not_promoted.no_profile": "Nothing answers yet: no worker was started.",
    "admin_not_promoted.other_profile_serves": (
        "Another profile answers meanwhile. Nothing has changed."
    ),
    "admin_not_promoted.takes_none": (
        "This profile takes no adapters, as far as I can tell from here. Nothing has changed."
    ),
    "admin_not_promoted.answers_changed": (
        "Something else answers now than {name} was measured beside. Nothing has changed."
    ),
    "admin_not_promoted.unknown": "I do not know the adapter {name}. Nothing has changed.",
    "admin_not_promoted.of_another_profile": (
        "The adapter {name} is of another profile. Nothing has changed."
    ),
    "admin_not_promoted.gone": (
        "That adapter is not in the weights folder that I see. Nothing has changed."
    ),
    "admin_not_promoted.changed": (
        "The files of {name} are not those that were registered, so it is not used. Train it again,"
        " or add it under another name."
    ),
    "admin_not_promoted.failed": "The adapter {name} did not pass the gate.",
    "admin_not_promoted.not_measured": (
        "Nobody has measured whether {name} is as good as what answers now."
    ),
    "admin_all_the_same": "Shall it answer all the same?",
    "admin_adapters_none": "The weights folder that I see has no adapters.",
    "admin_adapters_not_taken": "This profile takes no adapters, as far as I can tell from here.",
    # Audit and admins
    "admin_audit": "What admins did (UTC), the latest first:",
    "admin_audit_none": "There are no entries, or none older.",
    "admin_admins": "Admins:",
    "admin_admins_of_settings": "telegram:{number}, by the settings",
    "admin_admins_added": "{person}, by {by} on {at} UTC",
    "admin_admins_how": (
        "Write /admin admins add NUMBER or /admin admins remove NUMBER, with a number of Telegram"
        " or console:NAME."
    ),
    "admin_admins_now": "{person} is an admin now, and sees /admin in the menu within a minute.",
    "admin_admins_before": "{person} is an admin already.",
    "admin_admins_no_more": "{person} is no admin any more.",
    "admin_admins_never": "{person} is no admin.",
    "admin_admins_fixed": (
        "{person} is an admin by RAPBOT_ADMINS. Take them out there and start the bot again."
    ),
    # Labels of buttons
    "button.adm_overview": "Back",
    "button.adm_refresh": "Refresh",
    "button.adm_stats": "Stats",
    "button.adm_queue": "Queue",
    "button.adm_failed": "Failed jobs",
    "button.adm_retry": "Retry {name}",
    "button.adm_drop": "Drop {name}",
    "button.adm_users": "Users",
    "button.adm_user": "{name}",
    "button.adm_allow": "Allow",
    "button.adm_block": "Block",
    "button.adm_default": "As the settings say",
    "button.adm_broadcasts": "Broadcasts",
    "button.adm_send": "Send",
    "button.adm_stop": "Stop {name}",
    "button.adm_maintenance": "Maintenance",
    "button.adm_maintain": "Begin maintenance",
    "button.adm_resume": "End maintenance",
    "button.adm_profile": "Profile and adapter",
    "button.adm_adapter": "Use {name}",
    "button.adm_adapter_despite": "Use {name} all the same",
    "button.adm_base": "Base alone",
    "button.adm_roll_back": "Roll back to {name}",
    "button.adm_roll_back_base": "Roll back to the base alone",
    "button.adm_audit": "Audit log",
    "button.adm_admins": "Admins",
    # What Telegram shows in the menu
    "command.admin": "Run the bot",
    "command.faces": "Whose face keys I keep",
}

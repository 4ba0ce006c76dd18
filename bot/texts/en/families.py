"""Families: shared lists, who is in them, and what goes from list to list."""

MESSAGES: dict[str, str] = {
    # Words
    "own_list": "your own list",
    "role.owner": "owner",
    "role.editor": "editor",
    "role.viewer": "viewer",
    "as.owner": "its owner",
    "as.editor": "an editor",
    "as.viewer": "a viewer",
    "may.editor": "see all that is in it, and add, change and forget",
    "may.viewer": "see all that is in it and ask about it, but change nothing",
    "somebody": "somebody",
    "somebody_gone": "somebody who has left",
    "former_member": "a former member ({number})",
    "things_one": "one pet, friend or thing",
    "things_many": "{count} pets, friends and things",
    "nothing": "nothing",
    # A family
    "family_none": (
        "You are in no family yet. A family has one list that all its members see. /family NAME"
        " founds one, and then you invite the others."
    ),
    "family_shown": (
        "{title}: you are {role}.\nMembers: {members}\nPets, friends and things: {concepts}"
    ),
    "family_is_active": "What you tell me with /remember goes there.",
    "family_founded": (
        "The family {title} is there, and you own it. Invite the others with a button below. What"
        " you tell me still goes into your own list; /move NAME brings something over."
    ),
    "family_name_taken": "You are in a family called {title} already. Please choose another name.",
    "family_renamed": "{was} is called {title} from now on. Its members see the new name too.",
    "family_rename_how": (
        "You own no family called {title}. Its owner gives a family another name like this:\n"
        "/family OLD NAME: NEW NAME"
    ),
    "family_limit.families": "You own 5 families, which is as many as I take from one person.",
    "family_limit.members": "That family is full: it has 50 members.",
    "family_limit.invites": (
        "There are 20 open invites into this family. Revoke some before you make another."
    ),
    "not_a_member": (
        "That did not work: the family is gone, or you may not do that in it (any more)."
    ),
    "list_gone": (
        "The list that this was for is gone, so I kept nothing of it. Please send it again: /lists"
        " shows where it will go."
    ),
    # Lists
    "lists_shown": "Your lists:",
    "lists_item": "• {title} ({count}): you are {role}",
    "lists_item_active": "• {title} ({count}): you are {role}. New ones go here.",
    "lists_only_own": "/family NAME founds a family, whose list you share with others.",
    "remembered_in": (
        "I will know {name} by this, and remember {name} in {title}. Send me another photo and ask"
        " who is in it."
    ),
    "view_added_in": "I added this to what I know {name} by, in {title}.",
    "list_title_of": "In {title}:",
    # Members
    "members_shown": "Whom do you mean? These are with you in {title}:",
    "members_none": "There is nobody but you in {title}.",
    "member_shown": "{name} is {role} in {title}.",
    "remove_ask": "Remove {name} from {title}? What {name} added stays.",
    "removed": "{name} is not in {title} any more.",
    "invites_ended": (
        "I have revoked the open invites as well, because whoever has a link can use it again."
    ),
    "hand_over_ask": "Offer {title} to {name}? If {name} accepts, you will be an editor.",
    "hand_over_sure": (
        "Are you sure? Once {name} has accepted, {name} can remove you or dissolve {title}, and"
        " nobody but {name} can give it back."
    ),
    "offered": (
        "I have asked {name}. {title} stays yours until {name} accepts. To take the offer back,"
        " offer it to somebody else, or change a member's role."
    ),
    "accepted": (
        "You own {title} now. Invites that were sent out before do not work any more: you can make"
        " new ones."
    ),
    "declined": "{title} stays as it is.",
    "owner_cannot_leave": (
        "You own {title}. Hand it over first (/family, Members), or dissolve it."
    ),
    "leave_ask": "Leave {title}? You will not see what is in it any more. What you added stays.",
    "left": "You have left {title}.",
    # Invites
    "invite_how": (
        "Write /invite, /invite viewer, or with a number: /invite viewer 3. One invite lets in up"
        " to {most}."
    ),
    "invite_no_family": "You own no family to invite to. /family NAME founds one.",
    "invite_which": "Into which family?",
    "invited_one": (
        "Here is an invite to {title} for one {role}. It works once, within 7 days. Send it only to"
        " whom you mean: whoever has it can join. I cannot show it again; /family, Open invites"
        " revokes it.\n\n{link}"
    ),
    "invited_many": (
        "Here is an invite to {title} for up to {count}, each as {role}. It works for 7 days. Send"
        " it only to those whom you mean: whoever has it can join. I cannot show it again; /family,"
        " Open invites revokes it.\n\n{link}"
    ),
    "invites_shown": "Open invites to {title} (times are UTC):",
    "invites_none": "There are no open invites to {title}.",
    "invites_item_unused": "{number}. {role}, for one, until {until}",
    "invites_item": "{number}. {role}, used {uses} of {most} times, until {until}",
    "invite_gone": "That invite does not work (any more). Ask whoever sent it for a new one.",
    "join_offer": "{by} invites you to the family {title} as {role}: you could {may}. Join?",
    "joined": (
        "You are in {title} now. When you ask me something, I also know whom and what it remembers."
        " /family shows who else is in it."
    ),
    "join_not": "You have not joined.",
    "member_before": "You are in {title} already.",
    # Dissolving
    "dissolve_ask": (
        "Dissolve {title}? It holds {what}. Shall I take all of that into your own list, give back"
        " to each what they told me of, or erase it? What several of you told goes to you."
    ),
    "dissolve_empty_ask": "Dissolve {title}? There is nothing in it.",
    "dissolve_erase_ask": (
        "Erase {title} with all that is in it? It holds {what}. Nobody can undo that."
    ),
    "dissolved": "{title} is dissolved and erased.",
    "dissolved_taken": "{title} is dissolved. Into your own list came: {names}",
    "taken_renamed": "You have a {was} already, so the one from the family is called {name}.",
    "left_to_you": (
        "These are in your own list because they were not one member's alone, or that member has"
        " left or has no room: {names}"
    ),
    "faces_stayed": "Face keys did not come along: an agreement is for the list that it was for.",
    # Letters to others
    "letter_removed": (
        "You are not in the family {title} any more: its owner has removed you. If new ones went"
        " there, they go into your own list again."
    ),
    "letter_became_editor": (
        "You are an editor in the family {title} now: you can add, change and forget."
    ),
    "letter_became_viewer": (
        "You are a viewer in the family {title} now: you see all that is in it, but change nothing."
        " If new ones went there, they go into your own list again."
    ),
    "letter_offered": (
        "{by} would like to hand the family {title} over to you: you would own it, and {by} would"
        " be an editor. Do you accept?"
    ),
    "letter_accepted": "{name} has accepted: {name} owns {title} now, and you are an editor.",
    "letter_declined": "{name} does not want to own the family {title}. It stays yours.",
    "letter_left": "{name} has left the family {title}.",
    "letter_joined": "{name} has joined the family {title} as {role}.",
    "letter_dissolved": "{by} has dissolved the family {title}.",
    "letter_given_back": (
        "{by} has dissolved the family {title}. Into your own list came what you told me: {names}"
    ),
    # Moving and copying
    "move_whom": "Whom or what shall I move? Write /move NAME. /list shows the names.",
    "copy_whom": "Whom or what shall I copy? Write /copy NAME. /list shows the names.",
    "move_which": "Which {name} shall I move?",
    "copy_which": "Which {name} shall I copy?",
    "move_where": "{name} is in {title}. Where shall I move {name}?",
    "copy_where": "{name} is in {title}. Where shall I put the copy?",
    "moved": "{name} is in {title} now.",
    "copied": "There is a copy of {name} in {title} now. The two live on their own.",
    "face_stayed": (
        "Face keys did not go along: whoever is in {name}'s photos agreed to them for the other"
        " list. /faces shows what I keep."
    ),
    "nowhere_else": (
        "There is no other list that you can write to. /family NAME founds a family, whose list you"
        " share with others."
    ),
    "name_taken_there": "There is a {name} in {title} already. /rename one of them first.",
    "concept_gone": "I do not remember that one any more, or you may not do that with it.",
    # Changing
    "may_not_change": (
        "{name} is in {title}, where you are a viewer: you may look, but not change. Ask its owner"
        " if that should be otherwise."
    ),
    "in_several_lists": (
        "There is a {name} in more than one list. Write that again with the name of the one that"
        " you mean: {names}"
    ),
    "this_was_in": "This is in {title}.",
    "rename_how": "Write the old name and the new one like this:\n/rename Biscuit: Biscuit Smith",
    "renamed": "{was} is called {name} from now on.",
    "describe_how": (
        "Write the name and what I should know like this:\n"
        "/describe Biscuit: our corgi, afraid of vacuum cleaners"
    ),
    "before": "Before: {was}",
    "described": "That is what I know about {name} now.",
    "described_nothing": "I know nothing about {name} now but the name and the photos.",
    "forget_which": "Which {name} shall I forget?",
    "forgotten_in": "I forgot {name} in {title}.",
    # History
    "history_shown": "What happened, the latest first (times are UTC):",
    "history_none": (
        "There is nothing to show. I write down who changes what in the lists of families and"
        " groups, not in your own list."
    ),
    "history_unknown": (
        "I find nothing of that name in what happened in your families and groups. /history shows"
        " the latest."
    ),
    "history_item": "{at}, {title}: {what}",
    "change.added": "{who} added {name}",
    "change.view_added": "{who} added a photo to {name}",
    "change.renamed": "{who} renamed {was} to {name}",
    "change.described": "{who} changed what is known about {name}; before: {was}",
    "change.forgotten": "{who} made me forget {name}",
    "change.restored": "{who} brought {name} back",
    "change.moved_in": "{who} moved {name} here",
    "change.moved_out": "{who} moved {name} to another list",
    "change.face_agreed": "{who} confirmed that {name} agrees to face keys",
    "change.face_withdrawn": "{who} had the face keys of {name} erased",
    "change.founded": "{who} founded it",
    "change.joined": "{subject} joined as {name}",
    "change.left": "{subject} left",
    "change.removed": "{who} removed {subject}",
    "change.became": "{subject} became {name}, and was {was} before",
    "change.titled": "It is called {name} now, and was called {was} before",
    # Labels of buttons
    "button.back": "Back",
    "button.no": "No",
    "button.this": "{name}",
    "button.to": "To {name}",
    "button.that_in": "The one in {name}",
    "button.use_list": "New ones go into {name}",
    "button.members": "Members",
    "button.member": "{name}",
    "button.make_editor": "Make editor",
    "button.make_viewer": "Make viewer",
    "button.remove_ask": "Remove",
    "button.remove": "Remove",
    "button.hand_over_ask": "Hand the family over",
    "button.hand_over_sure": "Offer",
    "button.hand_over": "Yes, offer",
    "button.offer_accept": "Accept",
    "button.leave_ask": "Leave",
    "button.leave": "Leave",
    "button.invite_editor": "Invite an editor",
    "button.invite_viewer": "Invite a viewer",
    "button.invites": "Open invites",
    "button.revoke": "Revoke {name}",
    "button.join": "Join",
    "button.dissolve_ask": "Dissolve",
    "button.dissolve_take": "Take all into my own list",
    "button.dissolve_give": "Give each back",
    "button.dissolve_erase_ask": "Erase all",
    "button.dissolve_erase": "Dissolve and erase",
    "button.older": "Older",
    # What Telegram shows in its menu
    "command.lists": "Your lists, and where new ones go",
    "command.family": "Your families, or found one",
    "command.invite": "Invite somebody to your family",
    "command.move": "Move somebody to another list",
    "command.copy": "Copy somebody to another list",
    "command.rename": "Give somebody another name",
    "command.describe": "Change what I know about somebody",
    "command.history": "Who changed what in a shared list",
}

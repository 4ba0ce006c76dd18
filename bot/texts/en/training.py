"""Training, as admins see it: what would be done, how far it is, what came of it."""

_RUN = "Run {run} ({plan})"
_RECORDS = _RUN + ": making records"
_TRAINING = _RUN + ": training"
_MEASURING = _RUN + ": measuring the adapter"
_BAR = "\n{bar} {percent} %\n"
_STEPS = "{step} of {steps}"
_LOSS = "Step {step} of {steps}, loss {loss}"
_SMALLER = (
    "\n\nMemory ran out, so fewer records are taken at once, now {micro_batch}. What comes of it is"
    " the same."
)
_LEFT = "\nAbout {left} left in this stage."
_BEGINS = "\nIt is being loaded."
_ENDED = "Run {run} ({plan}) ended {at} UTC. "
_MEASURES = (
    "\n\nRecognition {recognition_before} → {recognition}\n"
    "F1 of captions {caption_f1_before} → {caption_f1}\n"
    "Questions {questions_before} → {questions}"
)

MESSAGES: dict[str, str] = {
    # What would be trained
    "admin_plan": "This would be trained: plan {plan}, on the base of the profile {profile}.",
    "admin_plan_no_sources": "Data sets: none.",
    "admin_plan_sources": "Data sets: {count} ({layouts}).",
    "admin_plan_consented": "Views that people agreed to have trained on: {views}, used.",
    "admin_plan_consented_not": "Views that people agreed to have trained on: {views}, not used.",
    "admin_plan_trainer": "LoRA of rank {rank}, learning rate {rate}, batch {batch}, {length}.",
    "admin_plan_epochs": "epochs: {epochs}",
    "admin_plan_steps": "epochs: {epochs}, at most {steps} steps",
    "admin_plan_promoted": (
        "The adapter is measured beside what answers now. One that passes the gate answers at once;"
        " one that does not waits until you use it."
    ),
    "admin_plan_kept_out": (
        "The adapter is measured beside what answers now. It waits until you use it."
    ),
    "admin_plan_not_measured": (
        "The plan names no evaluation set, so the adapter is not measured and waits until you use"
        " it."
    ),
    "admin_plan_sure": "People get their answers meanwhile. Shall I start?",
    "admin_plan_not_now.queued": (
        "Run {run} waits for a trainer, and only one trains at a time. This can start once it has"
        " ended."
    ),
    "admin_plan_not_now.running": (
        "Run {run} trains now, and only one trains at a time. This can start once it has ended."
    ),
    "admin_plan_bad": "The plan cannot be carried out. Mend it, then /retrain.\n\n{error}",
    "admin_plan_changed": "The plan has changed since I showed it. Write /retrain to see it.",
    "admin_run_unfinished": "Run {run} is not finished, and only one trains at a time.",
    # Runs
    "admin_runs": "The latest runs, at most {most}:",
    "admin_runs_none": "Nothing was trained yet. /retrain shows what would be.",
    "admin_runs_item": "run {run}: {plan}, {state}, {at} UTC, asked for by {by}",
    "admin_run_state.queued": "waits",
    "admin_run_state.running": "under way",
    "admin_run_state.in_service": "answers now",
    "admin_run_state.kept_out": "passed, waits",
    "admin_run_state.refused": "passed, waits",
    "admin_run_state.did_not_pass": "done, did not pass",
    "admin_run_state.not_measured": "done, not measured",
    "admin_run_state.nothing": "done, no adapter",
    "admin_run_state.failed": "failed",
    "admin_run_state.cancelled": "cancelled",
    "admin_run_gone": "There is no such run.",
    "admin_run_none": "No run waits or is under way, so there is none to end.",
    "nothing_to_cancel_but_runs": (
        "I am asking you nothing that could be cancelled. Should a training run end? The button"
        " below looks whether there is one, and I ask before it ends."
    ),
    "admin_run_no_loss": "There is no loss to draw yet.",
    "admin_run_loss_title": "Run {run} ({plan})",
    "admin_run_loss_training": "training loss",
    "admin_run_loss_held_out": "held out {loss}",
    "admin_run_loss_steps": "steps",
    "admin_run_loss": "Run {run}: training loss {loss} at step {step}.",
    "admin_run_cancel_sure": (
        "Shall run {run} ({plan}) end? What it has trained so far is not used."
    ),
    # A run that is under way. Its page follows it.
    "run_page.queued": _RUN + " waits for a trainer since {at} UTC. `rapbot trainer` is one.",
    "run_page.starting": _RUN + " has begun.",
    "run_page.records_begins": _RECORDS + _BEGINS,
    "run_page.records_counted": _RECORDS + "\n{step} so far",
    "run_page.records_untimed": _RECORDS + _BAR + _STEPS,
    "run_page.records": _RECORDS + _BAR + _STEPS + _LEFT,
    "run_page.training_begins": _TRAINING + _BEGINS,
    "run_page.training_counted": _TRAINING + "\nStep {step}, loss {loss}",
    "run_page.training_untimed": _TRAINING + _BAR + _LOSS,
    "run_page.training": _TRAINING + _BAR + _LOSS + _LEFT,
    "run_page.training_smaller_untimed": _TRAINING + _BAR + _LOSS + _SMALLER,
    "run_page.training_smaller": _TRAINING + _BAR + _LOSS + _LEFT + _SMALLER,
    "run_page.measuring_begins": _MEASURING + _BEGINS,
    "run_page.measuring_counted": _MEASURING + "\n{step} so far",
    "run_page.measuring_untimed": _MEASURING + _BAR + _STEPS,
    "run_page.measuring": _MEASURING + _BAR + _STEPS + _LEFT,
    "run_page.ending": _RUN + " was asked to end, and does so in a moment.",
    "run_told_no_more": "You are no admin any more, so I tell you nothing more of training.",
    # What came of it
    "run_ended.in_service": _ENDED + "Its adapter {adapter} answers now." + _MEASURES,
    "run_ended.kept_out": _ENDED + "Its adapter {adapter} passed. It does not answer." + _MEASURES,
    "run_ended.refused": (
        _ENDED
        + "Its adapter {adapter} passed, and does not answer all the same."
        + _MEASURES
        + "\n\n{reasons}"
    ),
    "run_ended.did_not_pass": (
        _ENDED
        + "Its adapter {adapter} did not pass the gate, so it does not answer."
        + _MEASURES
        + "\n\n{reasons}"
    ),
    "run_ended.not_measured": (
        _ENDED + "Whether its adapter {adapter} is good enough was not measured, so it does not"
        " answer." + _MEASURES + "\n\n{reasons}"
    ),
    "run_ended.nothing": _ENDED + "It made no adapter.",
    "run_ended.failed": _RUN + " failed {at} UTC. What answers has not changed.\n\n{error}",
    "run_ended.cancelled": (
        _RUN + " was ended {at} UTC, as {by} asked. What answers has not changed."
    ),
    # Labels of buttons
    "button.adm_runs": "Training",
    "button.adm_run": "Run {name}",
    "button.adm_run_loss": "Loss as a picture",
    "button.adm_run_cancel_ask": "End this run",
    "button.adm_run_meant": "Look for a training run",
    "button.adm_run_cancel": "Yes, end run {name}",
    "button.adm_run_goes_on": "No, let it go on",
    "button.adm_retrain": "Train anew",
    "button.adm_run_start": "Start training",
    # What Telegram shows in the menu
    "command.retrain": "Train an adapter",
    "command.runs": "How training goes",
}

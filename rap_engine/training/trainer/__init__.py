"""The trainer: records -> LoRA weights round a frozen base (paper, section 4.1).

`train.train` is the way in. What needs no model library (`metrics`, `picture`) can be imported by
itself, so nothing is imported here.
"""

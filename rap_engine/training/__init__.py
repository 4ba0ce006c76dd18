"""Training: annotated photos -> records -> LoRA weights -> an adapter that was measured."""

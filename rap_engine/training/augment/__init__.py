"""Reference crops changed, so that a concept is not learnt by its photo (paper, section 3.4)."""

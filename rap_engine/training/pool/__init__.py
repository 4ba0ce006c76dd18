"""Whom the scenes show, and who is drawn among the references though a photo does not show them."""

"""Known-truth checks: is what was planted, and what happened, what the whole road finds?"""

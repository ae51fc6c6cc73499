"""``python -m cws_outcomes``: the command, where ``cws`` is not on the path."""

from cws_outcomes.cli import main

main()

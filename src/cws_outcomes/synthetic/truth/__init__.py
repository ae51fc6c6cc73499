"""Truth beside the data: what was planted, what happened, and what would have happened."""

from cws_outcomes.synthetic.truth.counts import block_counts
from cws_outcomes.synthetic.truth.document import Delivered, write
from cws_outcomes.synthetic.truth.marginal import block_marginal, marginal_risks
from cws_outcomes.synthetic.truth.tables import block_tables

__all__ = ["Delivered", "block_counts", "block_marginal", "block_tables", "marginal_risks", "write"]

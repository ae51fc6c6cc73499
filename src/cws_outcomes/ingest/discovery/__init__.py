"""The first run in a secure setting: what was delivered, and a manifest proposed for it."""

from cws_outcomes.ingest.discovery.listing import listing
from cws_outcomes.ingest.discovery.looking import is_database, look_at
from cws_outcomes.ingest.discovery.propose import Proposal, propose
from cws_outcomes.ingest.discovery.written import as_yaml

__all__ = ["Proposal", "as_yaml", "is_database", "listing", "look_at", "propose"]

"""The base of every section of the configuration."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen, and an unknown key is an error: a slip must not pass as a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

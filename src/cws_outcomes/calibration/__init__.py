"""What `cws calibrate` does: published figures beside those of a synthetic delivery."""

from cws_outcomes.calibration.catalogue import Catalogue, load_catalogue
from cws_outcomes.calibration.road import calibrate

__all__ = ["Catalogue", "calibrate", "load_catalogue"]

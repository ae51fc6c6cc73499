"""Last stage: fill one self-contained report from releasable tables and figures."""

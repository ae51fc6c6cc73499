"""Estimators on arrays; they know nothing of studies, tables or stages."""

"""Severance: which missing links would bring most children within reach."""

"""The walk network: rules, building, snapping, exchange."""

"""Computing a study: from its inputs to the folder of a finished run."""

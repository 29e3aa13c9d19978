"""Item pipelines, one verb a file: clean, validate, de-duplicate."""

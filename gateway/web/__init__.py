"""What is served over HTTP: health, metrics, and (from a later release) the pages."""

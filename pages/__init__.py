"""The pages: one question each. They ask the metrics layer and draw; no SQL, no arithmetic on numbers."""

"""One module per step: plain functions that take their collaborators as arguments."""

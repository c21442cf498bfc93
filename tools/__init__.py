"""What is run by hand, or by `make`, to make files of the repository."""

"""What each call costs, and the first answer of a new process: `make bench`, or `python -m bench [section …]`."""

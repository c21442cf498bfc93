"""The command line `ventanilla`, and a client for institutions."""

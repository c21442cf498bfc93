"""What comes in and goes out of each step."""

"""What the use cases' ports are in AWS, and on disk."""

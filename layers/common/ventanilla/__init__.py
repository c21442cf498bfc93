"""What the steps of Ventanilla share: a package for tests and tools, a layer for Lambda."""

"""What each stage costs beside the libraries that a user would reach for: `make bench`."""

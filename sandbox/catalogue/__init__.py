"""What is sold, and at what price."""

"""What survives a killed process. Each test starts the real portal and kills it without warning."""

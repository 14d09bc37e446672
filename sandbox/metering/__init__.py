"""What customers use: meters and their events, prepaid credits, and what a subscription entitles to."""

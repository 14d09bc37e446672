"""What recurs: subscriptions, their items, their schedules, and the money each change of them moves."""

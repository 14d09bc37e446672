"""What `make bench` runs: figures as ratios inside one run, each proved by the ledger afterwards. Nobody imports it."""

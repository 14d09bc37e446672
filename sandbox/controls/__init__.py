"""The control API under `/_sandbox/`, part by part. Put together by `control`."""

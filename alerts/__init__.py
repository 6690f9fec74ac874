"""Room of digests, letters and schedules: what happens, when, and who is told."""

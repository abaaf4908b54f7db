"""Rules about records: pure functions from what is known to a plan of writes. No I/O, no clock, no settings file."""

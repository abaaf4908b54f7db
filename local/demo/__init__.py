"""The main job, played on both imitations in front of the reader: `make demo`. What it claims, it has checked."""

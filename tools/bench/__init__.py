"""Speed beside others, in ratios of one run: `make bench`, `bench-nets`, `bench-explorer`."""

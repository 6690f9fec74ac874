"""One small file per source: spiders collect words and decide nothing."""

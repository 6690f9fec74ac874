"""Scrapy's side: how sources are fetched, and how their words become calls that are kept."""

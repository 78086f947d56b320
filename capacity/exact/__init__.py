"""Exact engines: arrays in, certificate out."""

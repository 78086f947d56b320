"""Studies: short functions over `replace` and `solve`, tidy tables out."""

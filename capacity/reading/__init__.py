"""From files to objects, with every fault found on the way."""

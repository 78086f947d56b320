"""What makes a case's tables: statistics as downloaded, and columns joined by id."""

"""The command line: arguments, progress, exit codes; every answer comes from public names."""

"""``python -m capacity``."""

from capacity.cli.start import main

if __name__ == "__main__":
    main()

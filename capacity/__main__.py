"""``python -m capacity``."""

from capacity.cli.main import main

if __name__ == "__main__":
    main()

"""`python -m rapbot`, which is how the program starts its own children."""

from rapbot.cli import main

if __name__ == "__main__":
    main()

"""`python -m embedkit …`; the same as the installed `embedkit`."""

from embedkit.cli import main

if __name__ == "__main__":
    main()

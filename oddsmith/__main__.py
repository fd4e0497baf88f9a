"""`python -m oddsmith` is `oddsmith`."""

from oddsmith.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()

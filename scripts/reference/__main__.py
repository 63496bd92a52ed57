"""Write all pages below docs/reference."""

from scripts.reference.pages import FOLDER, pages


def main() -> None:
    """Write the pages, and remove those that are no longer made."""
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()

"""What must be true of everything that a command says of bad input."""

from pathlib import Path

from support.corruptions import CANARY, Corruption
from support.tiny import Said


def assert_explained(said: Said, corruption: Corruption) -> None:
    """One message, with all that a person needs to put it right."""
    assert said.code == corruption.error.exit_code, said
    assert said.err.startswith("Error: ")
    assert (said.out + said.err).count("Error") == 1
    for words in corruption.says:
        assert words in said.err, said
    assert "xpected" in said.err or corruption.error.__name__ == "ConfigError"


def assert_unseen(said: Said, folder: Path, *, but: str = "none") -> None:
    """No value of a row on the screen or in any file that a run leaves."""
    assert CANARY not in said.out + said.err
    for file in folder.rglob("*"):
        if file.is_file() and file.stem != but:
            assert CANARY.encode() not in file.read_bytes(), file

"""How much a file may ask of the machine, and the way the child says no."""

MAX_ROWS = 200_000
MAX_TEXT_ROWS = 1_000_000
MAX_COLUMNS = 300
MAX_PARTS = 200
MAX_PICTURES = 5_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_MEMORY = 512 * 1024 * 1024
MAX_FIELD = 1_000_000
CPU_SECONDS = 20
CPU_SECONDS_PER_MEGABYTE = 2
WALL_SECONDS = 60
SAMPLE_ROWS = 30


class Rejected(Exception):
    """The file cannot be read, for the reason `code`; `values` fill the sentence that `errors` has for that code."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

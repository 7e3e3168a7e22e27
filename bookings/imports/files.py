"""Opening CSV files and spreadsheets, also strange and hostile ones, row by row: the file is never in memory as a whole."""

import codecs
import contextlib
import csv
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl

MOST_IN_A_CELL = 10_000
LONGEST_LINE = 1_000_000
MOST_COLUMNS = 300
DELIMITERS = ",;\t|"
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHUNK = 1 << 20
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# A workbook of 100 000 visits is some 100 MB when unpacked; its texts are kept in memory.
MOST_UNPACKED, MOST_TEXTS, MOST_TIMES = 1_000_000_000, 150_000_000, 300
SMALL = 10_000_000


class Unusable(Exception):
    """Why a file cannot be read, or a row of it; for people."""


class Line(NamedTuple):
    """A row as a spreadsheet numbers it, its cells, and what is wrong with it as a whole."""

    number: int
    cells: list[Any]
    wrong: str = ""


class Table(NamedTuple):
    """What a file holds. `lines()` reads it from the beginning, and may be asked again."""

    path: Path
    lines: Callable[[], Iterator[Line]]
    notes: list[str]
    is_text: bool


def open_table(path: Path, *, encoding: str = "", sheet: str = "") -> Table:
    """Return the rows of a CSV file or a workbook. Raises Unusable, in words for people, when it is neither."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise Unusable(f"it cannot be opened: {error.strerror}") from error
    if not head:
        raise Unusable("the file is empty")
    if head.startswith(OLD_EXCEL):
        raise Unusable(
            "this is an old .xls workbook, or one with a password: save it as .xlsx or CSV, without password"
        )
    return _workbook(path, sheet) if head.startswith(ZIP) else _text(path, encoding, head)


# --- Text ------------------------------------------------------------------------------------------------------------


def _text(path: Path, encoding: str, head: bytes) -> Table:
    mark = next((name for mark, name in BYTE_ORDER_MARKS.items() if head.startswith(mark)), "")
    encoding = mark or encoding or "utf-8"
    _refuse_bytes(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        first = next((line for line in _bounded(file) if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    return Table(path, lambda: _csv_lines(path, encoding, delimiter), [], is_text=True)


def _refuse_bytes(path: Path, encoding: str) -> None:
    """Read all of it once: an encoding that is wrong in the last row shall not be found after half an import."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise Unusable(f"there is no text encoding “{encoding}”; try cp1252, latin-1 or utf-16") from error
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                raise Unusable(_not_text(error, line, encoding)) from error
            if "\0" in text:
                raise Unusable(
                    f"line {line + text[: text.index(chr(0))].count(chr(10))} has a NUL byte: this is no text file, or it is "
                    "UTF-16 (say --encoding utf-16)"
                )
            line += text.count("\n")
            if not chunk:
                return


def _not_text(error: UnicodeDecodeError, line: int, encoding: str) -> str:
    byte = error.object[error.start : error.start + 1].hex().upper()
    return (
        f"line {line} is not {encoding.upper()} (byte 0x{byte}). Save it as “CSV UTF-8”, or say --encoding cp1252 if it comes "
        "from Excel on Windows"
    )


def _bounded(file) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise Unusable(f"line {number} has more than {LONGEST_LINE:,} characters")
        yield line


def _csv_lines(path: Path, encoding: str, delimiter: str) -> Iterator[Line]:
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(_bounded(file), delimiter=delimiter)
        number = 0
        while True:
            number += 1
            began = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield Line(number, [], _too_long(began, rows.line_num))
                continue
            yield Line(number, cells, _wrong_with(cells))


def _too_long(first: int, last: int) -> str:
    if last == first:
        return f"a cell has more than {csv.field_size_limit():,} characters"
    return f"a quotation mark is opened and never closed: lines {first} to {last} could not be told apart"


def _wrong_with(cells: list[str]) -> str:
    for position, cell in enumerate(cells):
        if "\0" in cell:
            return f"column {position + 1} has a NUL character"
        if len(cell) > MOST_IN_A_CELL:
            return f"column {position + 1} has {len(cell):,} characters; the most is {MOST_IN_A_CELL:,}"
    return f"it has {len(cells)} columns; the most is {MOST_COLUMNS}" if len(cells) > MOST_COLUMNS else ""


# --- Workbooks -------------------------------------------------------------------------------------------------------


def _workbook(path: Path, sheet: str) -> Table:
    _refuse_bomb(path)
    with _opened(path) as book:
        names = [each.title for each in book.worksheets if each.sheet_state == "visible"]
    if not names or (sheet and sheet not in names):
        raise Unusable(f"there is no sheet “{sheet}”; there are {', '.join(names) or 'none'}")
    chosen = sheet or names[0]
    others = [name for name in names if name != chosen]
    notes = [f"only the sheet “{chosen}” is read; for {', '.join(others)} say --sheet"] if others else []
    return Table(path, lambda: _sheet_lines(path, chosen), notes, is_text=False)


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unusable("this workbook is damaged: open it in Excel and save it again") from error
    if not any(each.filename == "xl/workbook.xml" for each in members):
        raise Unusable("this is a ZIP file, and no Excel workbook (.xlsx)")
    for each in members:
        texts = each.filename == "xl/sharedStrings.xml" and each.file_size > MOST_TEXTS
        dense = each.file_size > SMALL and each.file_size > MOST_TIMES * max(1, each.compress_size)
        if texts or dense:
            raise Unusable(
                f"{each.filename} would unpack to {each.file_size:,} bytes: that is no list of a clinic; save it as CSV"
            )
    if sum(each.file_size for each in members) > MOST_UNPACKED:
        raise Unusable(f"it would unpack to more than {MOST_UNPACKED:,} bytes: save it as CSV")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a workbook for the block. The file is opened here: one that breaks while it is read is closed all the same."""
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # styles and validations it does not know are no matter here
                book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except Exception as error:
            reason = f"this workbook cannot be read ({type(error).__name__}): save it again, or as CSV"
            raise Unusable(reason) from error
        with contextlib.closing(book):
            yield book


def _sheet_lines(path: Path, name: str) -> Iterator[Line]:
    with _opened(path) as book:
        number = 0
        try:
            page = book[name]
            page.reset_dimensions()  # what a workbook says of its own size is often wrong
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for row in page.iter_rows(values_only=True):
                    number += 1
                    cells = ["" if cell is None else cell for cell in row]
                    while cells and cells[-1] == "":
                        cells.pop()
                    yield Line(number, cells, _wrong_with([str(cell) for cell in cells]))
        except Exception as error:
            reason = f"the workbook is broken after row {number} ({type(error).__name__}): save it again"
            raise Unusable(reason) from error

"""Strange and hostile files: a clear answer with the row, the good rows come in, and never a traceback."""

import io
import zipfile

import openpyxl
import pytest

from bookings.models import ImportedRow, Patient
from tests.bookings.imports.lists import PATIENTS, report, run, write_csv, write_xlsx

pytestmark = pytest.mark.django_db
HEAD = "First Name,Last Name,Email\n"


@pytest.fixture
def read(tmp_path):
    """Import some bytes; return what was said, and the report's rows as (row, what, why)."""

    def read(content: bytes, *arguments, name="patients.csv"):
        file, told = tmp_path / name, tmp_path / "report.csv"
        file.write_bytes(content)
        said = run(file, "--source", "oldsoft", "--month-first", "--report", told, *arguments)
        return said, [tuple(row[:3]) for row in report(told)] if told.exists() else []

    return read


def names():
    return sorted(f"{one.first_name} {one.last_name}".strip() for one in Patient.objects.all())


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16"), ("|", "utf-8"), (";", "utf-8-sig")],
)
def test_delimiters_and_byte_order_marks_are_recognized(tmp_path, delimiter, encoding):
    file = write_csv(tmp_path / "patients.csv", PATIENTS, delimiter=delimiter, encoding=encoding)
    assert "3 created" in run(file, "--source", "oldsoft", "--month-first")
    assert names() == ["Dana Whitfield", "Omar Null", "Zoë O'Hara"]


def test_another_encoding_is_named_by_line_and_byte_and_read_when_said(read):
    content = (HEAD + "Ann,Vale,a@example.com\nZoë,O'Hara,z@example.com\n").encode("cp1252")
    said, _rows = read(content)
    assert "patients.csv: line 3 is not UTF-8 (byte 0xEB). Save it as “CSV UTF-8”, or say --encoding cp1252" in said
    assert names() == []
    read(content, "--encoding", "cp1252")
    assert names() == ["Ann Vale", "Zoë O'Hara"]


def test_an_encoding_that_nobody_knows_is_named(read):
    assert "there is no text encoding “klingon”" in read(HEAD.encode(), "--encoding", "klingon")[0]


def test_a_nul_byte_is_named_by_its_line(read):
    said, _rows = read(HEAD.encode() + b"Ann,Va\x00le,\n")
    assert "line 2 has a NUL byte" in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\n\n\n", "no row of the first 20 has headings that could be understood"),
        (b"%PDF-1.7 something", "no row of the first 20 has headings"),
        (b"PK\x03\x04 no zip at all", "this workbook is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an old .xls workbook"),
        (b"Foo,Bar\n1,2\n", "the first row has “Foo”, “Bar”"),
    ],
)
def test_what_is_no_list_is_said_to_be_none(read, content, why):
    said, rows = read(content)
    assert why in said
    assert rows == []


def test_broken_rows_are_refused_one_by_one_and_the_others_come_in(read):
    content = (
        HEAD + "Ann,Vale,a@example.com\n"
        "Bob,Vale\n"
        "Cyd,Vale,c@example.com,surplus\n"
        "Dan,Vale,d@example.com,,,\n"
        "\n"
        ",Vale,e@example.com\n"
        f"{'F' * 81},Vale,f@example.com\n"
        "Gus,Vale,g at example.com\n"
        f"Hal,Vale,{'h' * 20_000}\n"
        f"Ida,Vale,{'i' * 900_000}\n"
        "Joy,Vale,j@example.com\n"
    )
    said, rows = read(content.encode())
    assert rows == [
        ("2", "created", ""),
        ("3", "refused", "it has 2 columns where the headings have 3: was a line broken apart?"),
        ("4", "refused", "it has 4 columns where the headings have 3: a comma without quotation marks around it?"),
        ("5", "created", ""),
        ("7", "refused", "the first name is missing"),
        ("8", "refused", "the first name has 81 characters; the most is 80"),
        ("9", "refused", rows[6][2]),
        ("10", "refused", "column 3 has 20,000 characters; the most is 10,000"),
        ("11", "refused", "a cell has more than 131,072 characters"),
        ("12", "created", ""),
    ]
    assert "a birth date, phone, email or the patient's number is needed" in rows[6][2]
    assert "FAILED: 7 rows were refused" in said
    assert names() == ["Ann Vale", "Dan Vale", "Joy Vale"]


def test_a_line_without_an_end_is_refused(read):
    assert "line 2 has more than 1,000,000 characters" in read(HEAD.encode() + b"x" * 3_000_000)[0]


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_lines(read):
    rest = "".join(f"First{n},Vale,f{n}@example.com\n" for n in range(9000))
    _said, rows = read((HEAD + 'Ann,"Vale,a@example.com\n' + rest).encode())
    assert rows[0][1] == "refused"
    assert "a quotation mark is opened and never closed: lines 2 to" in rows[0][2]


def test_a_heading_that_stands_twice_is_refused_with_its_columns(read):
    said, _rows = read(b"First Name,Last Name,Email,Email\nAnn,Vale,a@example.com,b@example.com\n")
    assert "the heading “Email” stands above columns 3 and 4" in said
    assert ImportedRow.objects.count() == 0


def test_of_several_phones_the_best_one_that_is_filled_is_taken(read):
    read(b"First Name,Home Phone,Mobile\nAnn,212-555-0101,212-555-0102\nBob,212-555-0103,n/a\n")
    assert [str(one.phone) for one in Patient.objects.order_by("pk")] == ["(212) 555-0102", "(212) 555-0103"]


def test_a_title_above_the_headings_is_passed_over(read):
    _said, rows = read(b"Patient list as of today\n\nFirst Name,Email\nAnn,a@example.com\n")
    assert rows == [("4", "created", "")]


def test_a_column_can_be_said_and_is_remembered(read):
    content = b"Vorname,Nachname,Post\nAnn,Vale,a@example.com\n"
    assert "no row of the first 20" in read(content)[0]
    said = [
        "--kind",
        "patients",
        "--column",
        "Vorname=first_name",
        "--column",
        "Nachname=last_name",
        "--column",
        "Post=email",
    ]
    assert "1 created" in read(content, *said)[0]
    assert "1 unchanged" in read(content)[0]


def test_markup_and_formulas_come_in_as_text_and_leave_the_report_harmless(read, tmp_path):
    content = HEAD + "'=1+1,<script>alert(1)</script>,a@example.com\n" + '"=HYPERLINK(""http://x"")",,bad\n'
    read(content.encode())
    assert names() == ["=1+1 <script>alert(1)</script>"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in report(tmp_path / "report.csv") for cell in row)


def test_missing_folders_and_files_are_said(tmp_path):
    assert "nothing.csv: it cannot be opened: No such file" in run(tmp_path / "nothing.csv", "--source", "oldsoft")
    assert "it cannot be opened" in run(tmp_path, "--source", "oldsoft")


# --- Workbooks -------------------------------------------------------------------------------------------------------


def workbook(**members: bytes) -> bytes:
    """Return a workbook of one patient with these members replaced."""
    book = openpyxl.Workbook()
    for row in (["First Name", "Email"], ["Ann", "a@example.com"]):
        book.active.append(row)
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.pop(name, None) or old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return changed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (workbook(**{SHEET: b" " * 40_000_000}), "xl/worksheets/sheet1.xml would unpack to 40,000,000 bytes"),
        (workbook(**{SHEET: b"<worksheet><sheetData><row"}), "this workbook cannot be read (ParseError)"),
        (workbook(**{SHEET: LAUGHS}), "this workbook cannot be read (ParseError)"),
        (workbook(**{"xl/workbook.xml": b"no XML"}), "this workbook cannot be read"),
        (workbook()[:1500], "this workbook is damaged"),
    ],
)
def test_bombs_and_broken_workbooks_are_refused(read, content, why):
    said, rows = read(content, name="patients.xlsx")
    assert why in said
    assert (rows, names()) == ([], [])


def test_a_zip_of_something_else_is_no_workbook(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("patients.csv", "First Name\nAnn\n")
    assert "this is a ZIP file, and no Excel workbook" in read(packed.getvalue(), name="patients.zip")[0]


def test_errors_of_formulas_and_cells_of_all_kinds_are_text_or_refused(tmp_path):
    rows = [
        ["First Name", "Last Name", "DOB", "Patient ID"],
        ["Ann", True, "#REF!", 1.0],
        ["Bob", 12.5, None, 2.0],
        ["Cyd", None, -5, 3.0],
        ["Dan", "Vale", 1e300, 4.0],
    ]
    told = tmp_path / "report.csv"
    run(write_xlsx(tmp_path / "p.xlsx", rows), "--source", "oldsoft", "--report", told)
    assert [tuple(row[:3]) for row in report(told)] == [
        ("2", "refused", "“#REF!” is no date"),
        ("3", "created", ""),
        ("4", "refused", "“-5” is no date"),
        ("5", "refused", "“1e+300” is no date"),
    ]
    assert ImportedRow.objects.get().key == "2"


def test_another_sheet_is_read_when_said(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing", "here"])
    for row in (["First Name", "Email"], ["Ann", "a@example.com"]):
        (book["People"] if "People" in book.sheetnames else book.create_sheet("People")).append(row)
    book.save(tmp_path / "p.xlsx")
    assert "there is no sheet “Folk”; there are Sheet, People" in run(
        tmp_path / "p.xlsx", "--source", "x", "--sheet", "Folk"
    )
    assert "1 created" in run(tmp_path / "p.xlsx", "--source", "x", "--sheet", "People")

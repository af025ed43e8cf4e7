"""Archives: what is whole is read, and of a trick nothing is."""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.errors import SubmissionError
from gabarito.exchange.archive import CLASS_LIMITS, ArchiveLimits, open_archive, open_inner
from tests.exchange.archives import make_zip, save_folder, save_zip

SMALL = ArchiveLimits(files=5, file_bytes=3 << 20, total_bytes=4 << 20, ratio=10, small_bytes=1 << 20)
FILES = {"ana/small.ipynb": b"{}", "ana/data/x.csv": b"1", "bo.ipynb": b""}


def read(path: Path, limits: ArchiveLimits = SMALL) -> dict[str, bytes]:
    with open_archive(path, limits) as archive:
        return {name: archive.read(name) for name in archive.sizes}


def entry(name: str, *, mode: int = 0, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo()
    info.filename = name  # as it is: made with it, it would be cut off at a NUL
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def packed(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of two with one name
        for info, content in entries:
            archive.writestr(info, content)
    return made.getvalue()


class TestTaken:
    @pytest.mark.parametrize("save", [save_zip, save_folder])
    def test_files_in_order(self, tmp_path: Path, save: Callable[[Path, dict[str, bytes]], Path]) -> None:
        found = read(save(tmp_path / "given", FILES))
        assert found == FILES
        assert list(found) == sorted(FILES)

    def test_folders_that_are_entries_are_no_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(packed((entry("ana/", mode=0o40755), b""), (entry("ana/x"), b"1")))
        assert read(tmp_path / "a.zip") == {"ana/x": b"1"}

    def test_an_empty_one(self, tmp_path: Path) -> None:
        (tmp_path / "empty" / "ana").mkdir(parents=True)
        assert read(save_zip(tmp_path / "a.zip", {})) == read(tmp_path / "empty") == {}

    def test_names_are_plain_and_composed(self, tmp_path: Path) -> None:
        assert read(save_zip(tmp_path / "a.zip", {"./jose\u0301//x": b""})) == {"jos\xe9/x": b""}

    def test_utf8_without_its_flag(self, tmp_path: Path) -> None:
        content = bytearray(make_zip({"José/x": b""}))
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.index(signature) + flags
            content[at : at + 2] = struct.pack("<H", 0)
        (tmp_path / "a.zip").write_bytes(content)
        assert list(read(tmp_path / "a.zip")) == ["José/x"]

    def test_an_older_encoding(self, tmp_path: Path) -> None:
        content = bytearray(make_zip({"Jos\x82": b""}).replace("Jos\x82".encode(), b"Jos\x82x"))
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.index(signature) + flags
            content[at : at + 2] = struct.pack("<H", 0)
        (tmp_path / "a.zip").write_bytes(content)
        assert list(read(tmp_path / "a.zip")) == ["Joséx"]

    def test_one_in_a_hand_in(self) -> None:
        archive = open_inner(make_zip({"x": b"1"}), "work.zip")
        assert (archive.title, archive.read("x")) == ("work.zip", b"1")

    def test_a_folder_whose_name_is_a_link(self, tmp_path: Path) -> None:
        save_folder(tmp_path / "real", FILES)
        (tmp_path / "link").symlink_to("real")
        assert read(tmp_path / "link") == FILES


NAMES = {
    "/etc/passwd": "its path is absolute",
    "../x": "leads out of the folder with '..'",
    "a/../../x": "leads out of the folder with '..'",
    "a/..": "leads out of the folder with '..'",
    "a\\..\\x": "a backslash",
    "C:/x": "begins with a drive",
    "c:x": "begins with a drive",
    "a\0.ipynb": "the character U+0000",
    "a\x1b[2J": "the character U+001B",
    "a\nb": "the character U+000A",
    "./.": "it has no name",
    "x" * 241: "longer than 240 bytes",
    f"{'x' * 240}/" * 5: "its path is longer than 1000 bytes",
    "a/" * 32 + "x": "in more than 32 folders",
}


class TestTricks:
    """Nothing is taken, and the message names the file."""

    @pytest.mark.parametrize("name", NAMES, ids=repr)
    def test_names(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "a.zip").write_bytes(packed((entry("good"), b""), (entry(name), b"")))
        with pytest.raises(SubmissionError, match=r"isn't taken: .*Nothing was collected") as raised:
            read(tmp_path / "a.zip")
        assert NAMES[name] in str(raised.value)
        assert repr(name) in str(raised.value)

    @pytest.mark.parametrize("name", ["a\\b", "a\nb", "c:x", "x" * 241, "a/" * 32 + "x"])
    def test_names_in_a_folder(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SubmissionError, match="isn't taken"):
            read(save_folder(tmp_path / "given", {name: b""}), CLASS_LIMITS)

    def test_a_name_in_a_folder_that_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"")
        with pytest.raises(SubmissionError, match=r"U\+DCFF"):
            read(tmp_path)

    @pytest.mark.parametrize(
        ("mode", "what"),
        [
            (stat.S_IFLNK | 0o777, "a link"),
            (stat.S_IFCHR | 0o666, "a device"),
            (stat.S_IFIFO | 0o666, "a device"),
            (stat.S_IFSOCK | 0o666, "a device"),
        ],
    )
    def test_links_and_devices(self, tmp_path: Path, mode: int, what: str) -> None:
        (tmp_path / "a.zip").write_bytes(packed((entry("ana/x", mode=mode), b"/etc/passwd")))
        with pytest.raises(SubmissionError, match=f"'ana/x' in a.zip is {what}"):
            read(tmp_path / "a.zip")

    @pytest.mark.parametrize("target", ["/etc/passwd", "/etc", "nowhere"])
    def test_links_in_a_folder(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "given" / "ana").mkdir(parents=True)
        (tmp_path / "given" / "ana" / "x").symlink_to(target)
        with pytest.raises(SubmissionError, match=r"'ana/x' in .* is a link"):
            read(tmp_path / "given")

    def test_pipes_in_a_folder(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "x")
        with pytest.raises(SubmissionError, match=r"'x' in .* is a device"):
            read(tmp_path)

    @pytest.mark.parametrize("put", ["x", "ana"])
    def test_a_link_put_there_meanwhile(self, tmp_path: Path, put: str) -> None:
        save_folder(tmp_path / "elsewhere", {"x": b"secret"})
        save_folder(tmp_path / "given", {"ana/x": b"secret"})
        with open_archive(tmp_path / "given") as archive:
            os.rename(tmp_path / "given" / "ana", tmp_path / "old")
            if put == "ana":
                (tmp_path / "given" / "ana").symlink_to(tmp_path / "elsewhere")
            else:
                (tmp_path / "given" / "ana").mkdir()
                (tmp_path / "given" / "ana" / "x").symlink_to(tmp_path / "elsewhere" / "x")
            with pytest.raises(SubmissionError, match="can't be read"):
                archive.read("ana/x")

    def test_a_file_that_grows_meanwhile(self, tmp_path: Path) -> None:
        save_folder(tmp_path, {"x": b"1"})
        with open_archive(tmp_path) as archive:
            (tmp_path / "x").write_bytes(b"12")
            with pytest.raises(SubmissionError, match="has changed while it was read"):
                archive.read("x")

    def test_encrypted(self, tmp_path: Path) -> None:
        content = bytearray(make_zip({"x": b"1"}))
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + flags] |= 1
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(SubmissionError, match=r"'x' in a.zip is encrypted"):
            read(tmp_path / "a.zip")

    def test_packed_in_another_way(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").write_bytes(packed((entry("x", method=zipfile.ZIP_LZMA), b"1")))
        with pytest.raises(SubmissionError, match=r"\(method 14\)"):
            read(tmp_path / "a.zip")

    @pytest.mark.parametrize("other", ["x", "./x"])
    def test_two_of_one_name(self, tmp_path: Path, other: str) -> None:
        (tmp_path / "a.zip").write_bytes(packed((entry("x"), b"1"), (entry(other), b"2")))
        with pytest.raises(SubmissionError, match=r"'x' is in a.zip twice"):
            read(tmp_path / "a.zip")

    def test_two_of_one_name_in_a_folder(self, tmp_path: Path) -> None:
        save_folder(tmp_path, {"jos\xe9": b"1", "jose\u0301": b"2"})
        with pytest.raises(SubmissionError, match="twice"):
            read(tmp_path)

    def test_a_file_that_is_a_folder_too(self, tmp_path: Path) -> None:
        with pytest.raises(SubmissionError, match=r"'a/b' in a.zip is a file and a folder"):
            read(save_zip(tmp_path / "a.zip", {"a/b": b"1", "a/b/c": b"2"}))


class TestTooMuch:
    @pytest.mark.parametrize("save", [save_zip, save_folder])
    @pytest.mark.parametrize(
        ("files", "why"),
        [
            ({f"{n}": b"" for n in range(6)}, "has 6 files, more than the 5 that are taken"),
            ({"x": os.urandom(3 << 20) + b"1"}, "'x' in .* has more than the 3 MiB that are taken of a file"),
            (
                {"x": os.urandom(3 << 20), "y": os.urandom(2 << 20)},
                r"more than the 4 MiB that are taken \('y' is the first too many\)",
            ),
        ],
    )
    def test_limits(
        self, tmp_path: Path, save: Callable[[Path, dict[str, bytes]], Path], files: dict[str, bytes], why: str
    ) -> None:
        with pytest.raises(SubmissionError, match=why):
            read(save(tmp_path / "given", files))

    def test_a_bomb(self, tmp_path: Path) -> None:
        with pytest.raises(SubmissionError, match="a bomb is: up to 'x', its files have 2 MiB, more than 10 times"):
            read(save_zip(tmp_path / "a.zip", {"x": bytes(2 << 20)}))

    def test_what_it_says_of_itself_is_not_believed(self, tmp_path: Path) -> None:
        """Both places that tell the size of a file say one byte."""
        content = bytearray(make_zip({"x": bytes(2 << 20)}))
        for signature, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = content.index(signature) + size
            content[at : at + 4] = struct.pack("<I", 1)
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(SubmissionError, match=r"'x' in a.zip is damaged"):
            read(tmp_path / "a.zip")


class TestBroken:
    @pytest.mark.parametrize(
        "content",
        [b"", b"no zip", make_zip({"x": b"1"})[:-30], b"PK\x05\x06" + b"\xff" * 18],
        ids=["empty", "no zip", "without its end", "an end alone"],  # a zip has the time in it
    )
    def test_no_archive(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(SubmissionError, match=r"a.zip is no whole zip archive"):
            read(tmp_path / "a.zip")

    def test_a_file_in_it(self, tmp_path: Path) -> None:
        content = make_zip({"x": b"0" * 1000})
        (tmp_path / "a.zip").write_bytes(content.replace(content[31:36], b"\xff" * 5, 1))
        with pytest.raises(SubmissionError, match=r"'x' in a.zip is damaged"):
            read(tmp_path / "a.zip")

    def test_it_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SubmissionError, match="there is no file or folder"):
            read(tmp_path / "a.zip")

    def test_it_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        save_zip(tmp_path / "a.zip", FILES)
        with monkeypatch.context() as patch:
            patch.setattr(os, "open", refuse)
            with pytest.raises(SubmissionError, match="Permission denied"):
                read(tmp_path / "a.zip")

    def test_a_folder_in_it_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, onerror: Callable[[OSError], None], **__: object) -> object:
            onerror(PermissionError(13, "Permission denied", "ana"))
            raise AssertionError

        with monkeypatch.context() as patch:
            patch.setattr(os, "fwalk", refuse)
            with pytest.raises(SubmissionError, match=r"'ana' in .* can't be read"):
                read(tmp_path)


@given(st.lists(st.text(st.sampled_from("./\\:~\0aCé\u0301 ") | st.characters(codec="utf-8"), min_size=1), max_size=4))
def test_random_names_stay_below(names: list[str]) -> None:
    """Whatever the names are: they are refused, or they are plain paths that lead down."""
    try:
        found = open_inner(packed(*((entry(name), b"") for name in names)), "a.zip").sizes
    except SubmissionError:
        return
    for name in found:
        assert os.path.normpath(os.path.join("/base", name)) == f"/base/{name}"
        assert "\0" not in name

"""A file of lines is cut anywhere as it comes, and its lines are found all the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain import batches
from ventanilla.domain.batches import LARGEST_AT_ONCE, LONGEST_LINE, Batch, Counts, chunks_of, read_lines


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


class TestLines:
    @given(st.lists(st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b"")), max_size=8), st.integers(1, 9))
    def test_wherever_it_is_cut_the_lines_are_the_same(self, lines, size):
        content = b"\n".join(lines)
        read = list(read_lines(cut(content, size)))
        expected = content.split(b"\n") if content else []
        if expected and not expected[-1]:
            expected.pop()  # what ends with a line's end has no empty line behind it
        assert [content[line.start : line.end].removesuffix(b"\n") for line in read] == expected
        assert [line.number for line in read] == list(range(1, len(expected) + 1))

    @given(st.lists(st.sampled_from([b"{}", b"", b"  ", b'{"a": 1}']), min_size=1, max_size=20), st.integers(1, 50))
    def test_a_part_reads_like_the_whole(self, lines, size):
        content = b"\n".join(lines)
        whole = list(read_lines([content]))
        for first in whole:
            part = read_lines(cut(content[first.start :], size), first=first.number, start=first.start)
            assert list(part) == whole[first.number - 1 :]

    def test_spaces_carriage_returns_and_the_mark_of_an_editor_are_no_part_of_a_line(self):
        read = list(read_lines([b"\xef\xbb\xbf{}\r\n \t{} \n\r\n"]))
        assert [line.content for line in read] == [b"{}", b"{}", b""]
        assert [line.is_empty for line in read] == [False, False, True]

    def test_the_mark_elsewhere_is_no_mark(self):
        assert [line.content for line in read_lines([b"{}\n\xef\xbb\xbf{}"])][1] == b"\xef\xbb\xbf{}"

    @pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
    def test_the_longest_line_is_as_long_as_a_body(self, end):
        [line] = read_lines([b"x" * LONGEST_LINE + end])
        assert line.content == b"x" * LONGEST_LINE
        [line] = read_lines([b"x" * (LONGEST_LINE + 1) + end])
        assert line.content is None
        assert not line.is_empty

    def test_a_line_without_end_is_not_held(self):
        held = []

        def endless():
            for _ in range(50):
                yield b"x" * LONGEST_LINE
            held.append(True)

        [line] = read_lines(endless())
        assert (line.content, line.end) == (None, 50 * LONGEST_LINE)


class TestChunks:
    def test_so_many_lines_a_chunk(self, monkeypatch):
        monkeypatch.setattr(batches, "_MOST_LINES_OF_A_CHUNK", 3)
        content = b"\n".join([b"{}"] * 7)
        chunks = list(chunks_of("b", read_lines([content])))
        assert [chunk.lines for chunk in chunks] == [3, 3, 1]
        assert [chunk.first_line for chunk in chunks] == [1, 4, 7]
        assert b"".join(content[chunk.start : chunk.end] for chunk in chunks) == content

    def test_so_many_bytes_a_chunk(self, monkeypatch):
        monkeypatch.setattr(batches, "_LARGEST_CHUNK", 10)
        chunks = list(chunks_of("b", read_lines([b"x" * 20 + b"\n" + b"{}\n" * 4])))
        assert [chunk.lines for chunk in chunks] == [1, 4]

    def test_empty_lines_count_for_nothing_but_their_numbers(self):
        [chunk] = chunks_of("b", read_lines([b"\n\n{}\n\n{}\n\n"]))
        assert (chunk.first_line, chunk.lines, chunk.start, chunk.end) == (3, 2, 2, 9)

    @pytest.mark.parametrize("content", [b"", b"\n", b" \n\r\n"])
    def test_nothing_is_no_chunk(self, content):
        assert list(chunks_of("b", read_lines([content]))) == []

    @given(st.lists(st.sampled_from([b"{}", b"", b"[1]"]), max_size=40))
    def test_every_line_is_in_one_chunk_and_in_its_order(self, lines):
        content = b"\n".join(lines)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(batches, "_MOST_LINES_OF_A_CHUNK", 4)
            chunks = list(chunks_of("b", read_lines([content])))
        told = [
            line
            for chunk in chunks
            for line in read_lines([content[chunk.start : chunk.end]], first=chunk.first_line, start=chunk.start)
            if not line.is_empty
        ]
        assert told == [line for line in read_lines([content]) if not line.is_empty]


def test_a_body_fits_into_what_lambda_takes():
    assert LARGEST_AT_ONCE * 4 / 3 + 100_000 < 6 * 1024 * 1024


def test_files_of_two_institutions_never_meet(clock):
    def of(institution):
        return Batch("b" * 26, institution, "x", "running", "es", clock.now(), 1)

    one, other = of("gad-a"), of("gad-b")
    assert not {one.path, one.results_path, one.results_path_of(0)} & {
        other.path,
        other.results_path,
        other.results_path_of(0),
    }
    assert len({one.path, one.results_path, one.results_path_of(0), one.results_path_of(1)}) == 4


def test_counts_add_up():
    assert Counts(1, 2, 3) + Counts(1, 1, 1) == Counts(2, 3, 4)
    assert Counts(1, 2, 3).done == 6

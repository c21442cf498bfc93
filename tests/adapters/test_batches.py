"""Batches in their table, and their files in a bucket."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.adapters.conftest import owed
from tests.fakes import NOW
from ventanilla.domain.batches import LIFE, Batch, Chunk, Counts
from ventanilla.domain.ids import derived_id

ID = "b" * 26


def make_batch(**changes):
    same = {"id": ID, "institution": "municipio-ejemplo", "by": "municipio-ejemplo.k1", "status": "running"}
    return Batch(**{**same, "locale": "es", "created_at": NOW, "size": 10, **changes})


def make_chunk(number=0, **changes):
    return Chunk(**{"batch": ID, "number": number, "start": 0, "end": 9, "first_line": 1, "lines": 2, **changes})


@pytest.fixture
def batches(services):
    return services.batches


class TestTable:
    @pytest.mark.parametrize(
        "batch",
        [
            make_batch(),
            make_batch(sha256="0" * 64, lines=3, chunks=1, counts=Counts(1, 1, 1), status="done"),
            make_batch(status="refused", refusal="lines_none"),
        ],
    )
    def test_a_batch_comes_back_as_it_went_in(self, batches, batch):
        batches.put(batch, None)
        assert batches.get(ID) == batch

    @pytest.mark.parametrize("unknown", ["a" * 26, "", "x" * 3000])
    def test_what_is_none_is_none(self, batches, unknown):
        assert batches.get(unknown) is None

    def test_it_ends_with_all_that_belongs_to_it(self, batches, stage):
        batches.put(make_batch(), owed("batch_split"))
        batches.add_chunk(make_batch(), make_chunk(), owed("batch_chunk"))
        batches.finish_chunk(make_chunk(), Counts(accepted=2))
        batches.add_chunk(make_batch(), make_chunk(1), owed("batch_chunk"))
        ends = {int(item["ttl"]["N"]) for item in stage.items("TokensTable")}
        assert ends == {int((NOW + LIFE).timestamp()) + 1}
        assert len(stage.items("TokensTable")) == 4

    def test_what_is_owed_is_put_down_with_it(self, batches, services):
        batches.put(make_batch(), owed("batch_split", about={"batch": ID}))
        [item] = services.outbox.due(NOW + timedelta(hours=1))
        assert (item.kind, item.lane, item.about) == ("batch_split", "batch", {"batch": ID})

    def test_it_starts_once_and_says_who_let_it(self, batches):
        waiting = make_batch(status="uploading")
        batches.put(waiting, None)
        running = replace(waiting, status="running", by="municipio-ejemplo.k2")
        assert batches.start(running, owed("batch_split"))
        assert not batches.start(replace(running, by="municipio-ejemplo.k3"), owed("batch_split"))
        assert (batches.get(ID).status, batches.get(ID).by) == ("running", "municipio-ejemplo.k2")

    def test_a_chunk_is_put_down_once_even_after_it_was_done(self, batches, services):
        batches.put(make_batch(), None)
        item = owed("batch_chunk", id=derived_id("chunk"))
        assert batches.add_chunk(make_batch(), make_chunk(), item)
        assert batches.has_todo(ID)
        assert batches.finish_chunk(make_chunk(), Counts(accepted=2))
        services.outbox.done(item)
        assert not batches.add_chunk(make_batch(), make_chunk(), item)
        assert not batches.has_todo(ID)
        assert services.outbox.get(item.id) is None
        assert batches.chunk(ID, 0) == replace(make_chunk(), counts=Counts(accepted=2))

    def test_a_chunk_is_done_once(self, batches):
        batches.add_chunk(make_batch(), make_chunk(), owed("batch_chunk"))
        assert batches.finish_chunk(make_chunk(), Counts(accepted=2))
        assert not batches.finish_chunk(make_chunk(), Counts(refused=2))
        assert batches.chunk(ID, 0).counts == Counts(accepted=2)

    def test_chunks_come_in_their_order_and_without_the_rest(self, batches):
        batches.put(make_batch(), None)
        for number in (2, 10, 0):
            batches.add_chunk(make_batch(), make_chunk(number), owed("batch_chunk"))
        assert [chunk.number for chunk in batches.chunks(ID)] == [0, 2, 10]
        assert batches.chunk(ID, 3) is None

    def test_only_a_running_batch_changes_and_to_be_told_again_is_no_harm(self, batches):
        batch = make_batch()
        batches.put(batch, None)
        done = replace(batch, status="done", counts=Counts(accepted=1))
        assert batches.change(batch, replace(batch, lines=1, chunks=1))
        assert batches.change(replace(batch, lines=1), replace(batch, lines=1))
        assert batches.change(batch, done)
        assert not batches.change(batch, replace(batch, status="refused"))
        assert batches.get(ID).status == "done"


class TestFiles:
    @pytest.fixture
    def files(self, services):
        return services.batch_files

    def test_a_file_is_read_whole_or_in_part(self, files):
        files.put("a/lines.jsonl", b"0123456789")
        assert b"".join(files.blocks("a/lines.jsonl")) == b"0123456789"
        assert b"".join(files.blocks("a/lines.jsonl", 3, 5)) == b"34"

    def test_what_is_not_there_is_said_to_be_absent(self, files):
        assert files.stored("a/none.jsonl") is None

    def test_what_was_uploaded_has_a_size_and_a_checksum(self, files, stage):
        content = b"{}\n"
        stage.clients.s3.put_object(Bucket="batchesbucket", Key="a/b", Body=content, ChecksumAlgorithm="SHA256")
        stored = files.stored("a/b")
        assert (stored.size, stored.sha256) == (3, hashlib.sha256(content).hexdigest())

    def test_files_are_joined_in_their_order(self, files):
        for name in "abc":
            files.put(name, name.encode() * 3)
        files.join(["c", "a", "b"], "whole")
        assert b"".join(files.blocks("whole")) == b"cccaaabbb"
        files.join([], "nothing")
        assert b"".join(files.blocks("nothing")) == b""

    def test_large_ones_in_parts(self, files, stage):
        parts = [bytes([65 + number]) * 3_000_000 for number in range(5)]
        for number, part in enumerate(parts):
            files.put(f"part{number}", part)
        with patch("ventanilla.adapters.batches._PART", 5 * 1024 * 1024):
            files.join([f"part{number}" for number in range(5)], "whole")
        assert b"".join(files.blocks("whole")) == b"".join(parts)
        head = stage.clients.s3.head_object(Bucket="batchesbucket", Key="whole")
        assert head["ETag"].endswith('-3"'), "as a multipart upload names it"
        assert head["ContentType"] == "application/x-ndjson"

    def test_an_upload_is_bound_to_bytes_and_length_and_lives_an_hour(self, files):
        url, headers = files.upload("a/lines.jsonl", 12, "00" * 32)
        query = parse_qs(urlsplit(url).query)
        assert query["X-Amz-Expires"] == ["3600"]
        assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {"host", *headers}
        assert headers["content-length"] == "12"
        assert headers["if-none-match"] == "*"

    def test_a_download_lives_a_minute_and_is_saved_under_its_name(self, files):
        query = parse_qs(urlsplit(files.download("a/results.jsonl", "batch.jsonl")).query)
        assert query["X-Amz-Expires"] == ["60"]
        assert query["response-content-disposition"] == ['attachment; filename="batch.jsonl"']

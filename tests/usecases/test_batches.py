"""Batches: what is taken in, whose lines are posted, by which quota, and what is told of each."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.usecases.conftest import INSTITUTION, draft, post, sender
from ventanilla.domain import batches as domain
from ventanilla.domain.errors import (
    BatchNotDone,
    InstitutionSuspended,
    NotFound,
    QuotaPassed,
    Refused,
)
from ventanilla.domain.institutions import InstitutionKey, trail_of
from ventanilla.domain.throttling import MOST_POSTS_A_DAY, POSTS_A_MINUTE, posts_a_day
from ventanilla.schemas.batches import BatchIn
from ventanilla.usecases import batches
from ventanilla.usecases.batch_steps import Press, step
from ventanilla.usecases.institutions import set_daily_quota
from ventanilla.web import line_problem, read_line

SUSPENDED = replace(INSTITUTION, status="suspended")
BY_KEY = sender(None)


def lines(*references, **changes):
    letters = [
        {**draft().model_dump(mode="json", exclude_unset=True), **changes, "reference": one} for one in references
    ]
    return "".join(f"{json.dumps(letter)}\n" for letter in letters).encode()


@pytest.fixture(autouse=True)
def known(world, monkeypatch):
    """The institution and its key; chunks of three lines."""
    monkeypatch.setattr(domain, "_MOST_LINES_OF_A_CHUNK", 3)
    world.institutions.add(INSTITUTION)
    world.institutions.add_key(InstitutionKey(INSTITUTION.id, "k1", "PEM", "ed25519", world.clock.now()))


@pytest.fixture
def stores(world):
    return {"batches": world.batches, "files": world.batch_files, "clock": world.clock}


@pytest.fixture
def hand_over(world, stores):
    def hand_over(content, by=BY_KEY):
        return batches.run_at_once(content, by, "en", **stores).id

    return hand_over


@pytest.fixture
def press(world):
    return Press(
        read=read_line,
        tell=line_problem,
        anticipate=lambda institution, bodies: None,
        outbox=world.outbox,
        batches=world.batches,
        files=world.batch_files,
        institutions=world.institutions,
        portals=world.portals,
        notifications=world.notifications,
        slots=world.slots,
        holidays=world.holidays,
        cupboard=world.cupboard,
        quotas=world.quotas,
        clock=world.clock,
    )


@pytest.fixture
def work(world, press):
    """Take the steps that are owed, or so many of them; what they said they did."""

    def work(most=100):
        said = []
        for _ in range(most):
            steps = [item for item in world.outbox.due(world.clock.now() + timedelta(days=1)) if item.lane == "batch"]
            if not steps:
                break
            said.append(step(steps[0].id, press))
        return said

    return work


@pytest.fixture
def results(world, work):
    def results(batch_id):
        work()
        return [
            json.loads(line) for line in world.batch_files.files[world.batches.get(batch_id).results_path].splitlines()
        ]

    return results


def show(world, batch_id, by=BY_KEY):
    return batches.show(
        batch_id, by, base_url="https://x.ec", tell=line_problem, batches=world.batches, clock=world.clock
    )


class TestSteps:
    def test_a_batch_is_split_posted_and_put_together(self, world, hand_over, work):
        batch_id = hand_over(lines("A", "B", "C", "D"))
        assert work() == [("batch_split", 2), ("batch_chunk", 3), ("batch_chunk", 1), ("batch_assemble", 2)]
        assert show(world, batch_id).status == "done"
        assert world.outbox.kinds.count("batch_chunk") == 0

    def test_progress_is_told_chunk_by_chunk(self, world, hand_over, work):
        batch_id = hand_over(lines("A", "B", "C", "D"))
        told = []
        for _ in range(4):
            work(1)
            told.append((show(world, batch_id).progress.accepted, show(world, batch_id).progress.left))
        assert told == [(0, 4), (3, 1), (4, 0), (4, 0)]

    def test_a_line_of_this_batch_that_is_told_again_is_accepted_and_not_replayed(
        self, world, hand_over, work, results
    ):
        batch_id = hand_over(lines("A", "B", "A"))
        work(1)
        post(world, reference="B")  # by a call, a moment earlier
        [chunk] = world.outbox.of("batch_chunk")
        work(1)
        # as if the process had died once all was posted, and before that was written down
        world.batches.parts[batch_id, 0] = replace(world.batches.parts[batch_id, 0], counts=None)
        world.outbox.done(world.outbox.of("batch_assemble")[0])
        world.outbox.put(chunk)
        assert [one["status"] for one in results(batch_id)] == ["accepted", "replayed", "replayed"]
        assert world.batches.get(batch_id).counts == domain.Counts(1, 2, 0)

    def test_what_no_longer_runs_is_let_be(self, world, hand_over, press):
        batch_id = hand_over(lines("A"))
        [item] = world.outbox.of("batch_split")
        world.batches.kept[batch_id] = replace(world.batches.get(batch_id), status="refused")
        assert step(item.id, press) == ("batch_split", 0)
        assert world.batches.chunks(batch_id) == []
        assert step(item.id, press) == ("gone", 0)

    def test_a_file_of_more_lines_than_a_batch_may_have_posts_none_of_them(self, world, stores, work, monkeypatch):
        monkeypatch.setattr("ventanilla.usecases.batch_steps.MOST_LINES", 5)
        batch_id = batches.run_at_once(lines(*"ABCDEF"), BY_KEY, "en", **stores).id
        assert work() == [("batch_split", 0)]
        told = show(world, batch_id)
        assert (told.status, told.problem.errors[0].code) == ("refused", "lines_most")
        assert world.batches.chunks(batch_id) == []

    def test_words_are_of_the_language_that_the_batch_was_handed_over_in(self, hand_over, results, stores):
        [english] = results(hand_over(b"no"))
        [spanish] = results(batches.run_at_once(b"no", BY_KEY, "es", **stores).id)
        assert english["problem"]["detail"].startswith("The body")
        assert spanish["problem"]["detail"].startswith("El cuerpo")

    def test_a_line_tells_the_number_of_its_reference_only_if_it_is_a_text(self, hand_over, results):
        told = results(hand_over(b'{"reference": 7}\n{"reference": {"a": 1}}\n{}\n{"reference": "RES"}\n'))
        assert [one["reference"] for one in told] == [None, None, None, "RES"]


class TestAuthority:
    def test_a_key_that_is_revoked_stops_what_is_left(self, world, hand_over, work, results):
        batch_id = hand_over(lines("A", "B", "C", "D"))
        work(2)
        world.institutions.revoke_key(INSTITUTION.id, "k1", world.clock.now())
        told = results(batch_id)
        assert [one["status"] for one in told] == ["accepted"] * 3 + ["refused"]
        assert told[3]["problem"]["type"] == "urn:ventanilla:problem:signature-key"
        assert told[3]["problem"]["retryable"] is False

    def test_one_whose_time_is_over_has_signed_it_in_time(self, world, hand_over, results):
        key = world.institutions.keys[f"{INSTITUTION.id}.k1"]
        batch_id = hand_over(lines("A"))
        world.institutions.keys[key.id] = replace(key, not_after=world.clock.now() - timedelta(seconds=1))
        assert [one["status"] for one in results(batch_id)] == ["accepted"]

    def test_an_institution_that_is_suspended_posts_no_more(self, world, hand_over, work, results):
        batch_id = hand_over(lines("A", "B", "C", "D"))
        work(2)
        world.institutions.kept[INSTITUTION.id] = SUSPENDED
        assert [one["status"] for one in results(batch_id)] == ["accepted"] * 3 + ["refused"]

    def test_a_test_keys_batch_is_its_shadows_and_reaches_nobody(self, world, hand_over, results):
        shadow = replace(INSTITUTION, id=f"test-{INSTITUTION.id}")
        world.institutions.add_key(InstitutionKey(shadow.id, "k9", "PEM", "ed25519", world.clock.now()))
        by = replace(sender(None, shadow), by=f"{shadow.id}.k9")
        batch_id = hand_over(lines("A"), by)
        [told] = results(batch_id)
        assert told["status"] == "accepted"
        assert world.notifications.letter(told["id"]).institution == shadow.id
        with pytest.raises(NotFound):
            show(world, batch_id)
        assert show(world, batch_id, by).status == "done"

    def test_an_administrators_batch_needs_no_key(self, hand_over, results):
        [told] = results(hand_over(lines("A"), replace(BY_KEY, by="refrefrefrefrefrefrefrefre")))
        assert told["status"] == "accepted"

    def test_letters_say_who_handed_them_over_and_from_which_line(self, world, hand_over, results):
        batch_id = hand_over(lines("A"))
        letter = world.notifications.letter(results(batch_id)[0]["id"])
        assert (letter.accepted_by, letter.source) == (BY_KEY.by, f"{batch_id}#1")

    @pytest.mark.parametrize("call", ["run", "declare", "start"])
    def test_a_suspended_institution_hands_nothing_over(self, world, stores, call):
        by, wish = sender(None, SUSPENDED), {"upload": {"size": 1, "sha256": "0" * 64}}
        acts = {
            "run": lambda: batches.run_at_once(lines("A"), by, "es", **stores),
            "declare": lambda: batches.declare(BatchIn.model_validate(wish), by, "es", **stores),
            "start": lambda: batches.start("b" * 26, by, base_url="https://x.ec", tell=line_problem, **stores),
        }
        with pytest.raises(InstitutionSuspended):
            acts[call]()


class TestQuotas:
    def test_lines_beyond_the_days_quota_are_refused_for_now(self, world, hand_over, results):
        world.institutions.kept[INSTITUTION.id] = replace(INSTITUTION, daily_quota=3)
        told = results(hand_over(lines("A", "B", "C", "D")))
        assert [one["status"] for one in told] == ["accepted"] * 3 + ["refused"]
        assert told[3]["problem"]["type"] == "urn:ventanilla:problem:quota-passed"
        assert told[3]["problem"]["retryable"] is True

    def test_what_was_accepted_before_is_confirmed_past_the_quota(self, world, hand_over, results):
        post(world, reference="A")
        world.quotas.used["posts-day", INSTITUTION.id] = MOST_POSTS_A_DAY
        assert [one["status"] for one in results(hand_over(lines("A", "B")))] == ["replayed", "refused"]

    def test_a_batch_does_not_use_up_the_minute(self, world, hand_over, results):
        world.quotas.used[POSTS_A_MINUTE.name, INSTITUTION.id] = POSTS_A_MINUTE.limit
        assert [one["status"] for one in results(hand_over(lines("A", "B")))] == ["accepted"] * 2

    def test_calls_are_counted_by_the_minute_and_by_the_day(self, world):
        post(world, reference="A")
        assert world.quotas.used == {(POSTS_A_MINUTE.name, INSTITUTION.id): 1, ("posts-day", INSTITUTION.id): 1}
        post(world, reference="A")
        assert sum(world.quotas.used.values()) == 2, "a replay is no post"

    @pytest.mark.parametrize("name", [POSTS_A_MINUTE.name, "posts-day"])
    def test_a_call_past_either_is_refused_and_leaves_nothing_but_its_nonce_unused(self, world, name):
        world.quotas.used[name, INSTITUTION.id] = MOST_POSTS_A_DAY
        with pytest.raises(QuotaPassed) as refused:
            post(world)
        assert refused.value.retry_after == 60
        assert world.outbox.kinds == []

    def test_each_institution_has_its_own(self, world):
        world.quotas.used["posts-day", INSTITUTION.id] = MOST_POSTS_A_DAY
        other = replace(INSTITUTION, id="gad-otro")
        post(world, by=sender("n9", other))

    @pytest.mark.parametrize(
        ("most", "limit", "block"), [(None, MOST_POSTS_A_DAY, 100), (0, 0, 1), (150, 150, 1), (1000, 1000, 10)]
    )
    def test_blocks_are_small_beside_the_quota(self, most, limit, block):
        assert (posts_a_day(most).limit, posts_a_day(most).block) == (limit, block)


class TestOwnQuota:
    def set(self, world, most):
        set_daily_quota(INSTITUTION.id, most, institutions=world.institutions, audits=world.audits, clock=world.clock)

    def test_the_operator_sets_it_and_it_is_written_down(self, world):
        self.set(world, 5)
        assert world.institutions.get(INSTITUTION.id).daily_quota == 5
        self.set(world, 5)
        self.set(world, None)
        assert world.institutions.get(INSTITUTION.id).daily_quota is None
        trail = world.audits.trail(trail_of(INSTITUTION.id))
        assert [(entry.act, entry.by, entry.detail) for entry in trail] == [
            ("quota_changed", "operator", "5"),
            ("quota_changed", "operator", "default"),
        ]

    def test_nobody_has_none(self, world):
        with pytest.raises(NotFound):
            set_daily_quota("gad-x", 1, institutions=world.institutions, audits=world.audits, clock=world.clock)


class TestWhose:
    def test_another_institutions_batch_is_none(self, world, hand_over, stores):
        batch_id = hand_over(lines("A"))
        other = sender(None, replace(INSTITUTION, id="gad-otro"))
        for act in (
            lambda: show(world, batch_id, other),
            lambda: batches.link_to_results(batch_id, other, **stores),
            lambda: batches.start(batch_id, other, base_url="https://x.ec", tell=line_problem, **stores),
        ):
            with pytest.raises(NotFound):
                act()

    def test_there_are_no_results_before_it_is_done(self, hand_over, stores):
        with pytest.raises(BatchNotDone):
            batches.link_to_results(hand_over(lines("A")), BY_KEY, **stores)

    def test_it_is_there_for_thirty_days(self, world, hand_over, work):
        batch_id = hand_over(lines("A"))
        work()
        world.clock.advance(days=30, seconds=-1)
        assert show(world, batch_id).status == "done"
        world.clock.advance(seconds=1)
        with pytest.raises(NotFound):
            show(world, batch_id)


class TestUploaded:
    @pytest.fixture
    def declared(self, world, stores):
        from hashlib import sha256

        content = lines("A")
        wish = BatchIn.model_validate({"upload": {"size": len(content), "sha256": sha256(content).hexdigest()}})
        return batches.declare(wish, BY_KEY, "es", **stores).id, content

    def start(self, batch_id, stores, by=BY_KEY):
        return batches.start(batch_id, by, base_url="https://x.ec", tell=line_problem, **stores)

    def test_whoever_starts_it_answers_for_it(self, world, declared, stores, results):
        batch_id, content = declared
        world.batch_files.put(world.batches.get(batch_id).path, content)
        world.institutions.revoke_key(INSTITUTION.id, "k1", world.clock.now())
        self.start(batch_id, stores, replace(BY_KEY, by="refrefrefrefrefrefrefrefre"))
        assert [one["status"] for one in results(batch_id)] == ["accepted"]

    @pytest.mark.parametrize("change", [lambda content: content + b"\n", lambda content: content.replace(b"A", b"B")])
    def test_another_file_is_refused(self, world, declared, stores, change):
        batch_id, content = declared
        world.batch_files.put(world.batches.get(batch_id).path, change(content))
        with pytest.raises(Refused) as refused:
            self.start(batch_id, stores)
        assert refused.value.errors[0].code == "upload_different"
        assert world.outbox.kinds == []

    def test_to_start_it_again_owes_nothing_more(self, world, declared, stores, work):
        batch_id, content = declared
        world.batch_files.put(world.batches.get(batch_id).path, content)
        self.start(batch_id, stores)
        self.start(batch_id, stores)
        assert world.outbox.kinds == ["batch_split"]
        work()
        assert self.start(batch_id, stores).status == "done"

"""Waiting until everything rests."""

from threading import Event, Thread

import pytest

from local.activity import Activity, NotSettled


def test_a_site_without_workers_rests():
    Activity().settle(timeout=0)


def test_a_worker_that_has_not_looked_since_the_last_change_is_waited_for():
    activity = Activity()
    activity.enlist("worker")
    with pytest.raises(NotSettled, match="worker"):
        activity.settle(timeout=0.01)


def test_an_invocation_under_way_is_waited_for():
    activity = Activity()
    with activity.invocation(), pytest.raises(NotSettled, match="1 invocations"):
        activity.settle(timeout=0.01)
    activity.settle(timeout=0)


def test_settling_ends_when_each_worker_found_nothing_after_the_last_change():
    activity, polls, stop = Activity(), [], Event()
    activity.enlist("worker")

    def work():
        while not stop.is_set():
            version = activity.version
            polls.append(version)
            activity.rest("worker", version, patience=60)

    thread = Thread(target=work)
    thread.start()
    activity.changed()
    activity.settle(timeout=10)
    assert polls[-1] == activity.version
    assert activity.resting()
    stop.set()
    activity.stop()
    thread.join()


def test_stopping_wakes_who_rests_or_pauses():
    activity = Activity()
    activity.enlist("worker")
    threads = [
        Thread(target=activity.rest, args=("worker", activity.version, 60)),
        Thread(target=activity.pause, args=(60,)),
    ]
    for thread in threads:
        thread.start()
    activity.stop()
    for thread in threads:
        thread.join(timeout=10)
        assert not thread.is_alive()

import json
import logging
import pickle
import threading

import pytest
from huey.registry import Message

from smallcrm.core import jobs, settings
from smallcrm.core.db import after_commit, db, write

done: list[tuple] = []


@jobs.task("tests.note")
def note(*arguments):
    done.append(arguments)


@jobs.task("tests.keep")
def keep(value):
    with write():
        settings.put("kept", value)


@jobs.task("tests.fail")
def fail(number):
    raise ZeroDivisionError(number)


@jobs.task("tests.again", retries=1)
def again(number):
    done.append((number,))
    if len(done) < 2:
        raise RuntimeError("not yet")


@pytest.fixture(autouse=True)
def nothing_done():
    done.clear()


@pytest.fixture
def consumer(core_app):
    running = jobs.Consumer(core_app, workers=2, shutdown_timeout=30)
    yield running
    running.stop(graceful=True)


def after(app, name: str) -> threading.Event:
    """Set once a job of this name has run."""
    event = threading.Event()
    app.extensions["smallcrm.jobs"].post_execute("finished")(
        lambda entry, *_result: event.set() if entry.args[0] == name else None
    )
    return event


def test_a_job_queued_in_a_transaction_runs_after_its_commit(core_app):
    with core_app.app_context():
        with write():
            after_commit(note, 7, "weekly")
            assert jobs.run_pending(core_app) == 0
        assert jobs.run_pending(core_app) == 1
    assert done == [(7, "weekly")]


def test_a_job_of_a_transaction_that_failed_never_runs(core_app):
    with core_app.app_context():
        with pytest.raises(ZeroDivisionError), write():
            after_commit(note, 7)
            raise ZeroDivisionError
        assert jobs.run_pending(core_app) == 0


def test_queueing_before_the_commit_is_a_mistake(core_app):
    with core_app.app_context(), write(), pytest.raises(RuntimeError, match="after_commit"):
        note(7)


def test_a_job_gets_ids_and_nothing_else(core_app):
    with core_app.app_context(), pytest.raises(TypeError, match="dict"):
        note({"customer": 7})


def test_a_job_has_a_session_of_its_own(core_app):
    with core_app.app_context():
        keep(3)
        outer = db.session()
        jobs.run_pending(core_app)
        assert db.session() is outer
        assert settings.get("kept") == 3


def test_immediate_jobs_run_where_they_are_queued(core_app):
    core_app.config["JOBS_IMMEDIATE"] = True
    with core_app.app_context(), write():
        after_commit(note, 1)
    assert done == [(1,)]


def test_two_jobs_may_not_share_a_name():
    with pytest.raises(ValueError, match=r"tests\.note"):
        jobs.task("tests.note")(lambda: None)


def test_the_queue_keeps_json(core_app):
    with core_app.app_context():
        note(7)
    (entry,) = core_app.extensions["smallcrm.jobs"].storage.enqueued_items()
    assert json.loads(bytes(entry))["job"]["args"] == ["tests.note", 7]


class Bomb:
    def __reduce__(self):
        return done.append, (("exploded",),)


def test_pickle_is_refused_and_the_queue_goes_on(core_app, consumer, caplog):
    huey = core_app.extensions["smallcrm.jobs"]
    with pytest.raises(ValueError, match="not JSON"):
        jobs.JsonSerializer().deserialize(pickle.dumps(Bomb()))
    huey.storage.enqueue(pickle.dumps(Bomb()))
    finished = after(core_app, "tests.note")
    with core_app.app_context():
        note(1)
    consumer.start()
    assert finished.wait(30)
    consumer.stop(graceful=True)
    assert ("exploded",) not in done
    assert (1,) in done
    assert "not JSON" in caplog.text


def test_a_message_survives_the_queue():
    message = Message("id", "name", None, 2, 5, None, ("tests.note", 7), {})
    serializer = jobs.JsonSerializer()
    assert serializer.deserialize(serializer.serialize(message)) == message


def test_a_failing_job_is_logged_with_its_name_and_id(core_app, consumer, caplog):
    seen, finished = [], after(core_app, "tests.fail")

    class Catch(logging.Handler):
        def emit(self, record):
            if record.exc_info:
                seen.append((jobs.current_job.get(), record.getMessage(), record.exc_info[0]))

    handler = Catch()
    logging.getLogger("huey").addHandler(handler)
    with core_app.app_context():
        fail(7)
    consumer.start()
    assert finished.wait(30)
    logging.getLogger("huey").removeHandler(handler)
    ((name, number), message, kind) = next(each for each in seen if each[0] and each[0][0] == "tests.fail")
    assert name == "tests.fail" and number in message and kind is ZeroDivisionError


def test_a_job_is_tried_again_as_often_as_it_asks(core_app, consumer):
    twice = threading.Event()
    huey = core_app.extensions["smallcrm.jobs"]
    huey.post_execute("count")(lambda *_entry: len(done) == 2 and twice.set())
    with core_app.app_context():
        again(5)
    consumer.start()
    assert twice.wait(30)
    assert done == [(5,), (5,)]


def test_a_periodic_job_runs_at_once_and_again_and_never_beside_itself(core_app, consumer, monkeypatch):
    beside, twice, running = [], threading.Event(), threading.Lock()

    def tick():
        beside.append(running.acquire(blocking=False))
        if len(beside) == 2:
            twice.set()
        # Longer than the period, so a second run would start while this one is still at work.
        threading.Event().wait(1.5)
        running.release()

    monkeypatch.setattr(jobs, "JOBS", dict(jobs.JOBS))
    jobs.periodic(every=0.1, name="tests.tick")(tick)
    # What a killed process leaves behind: an entry of the same job is already queued.
    jobs._queue(core_app, jobs.JOBS["tests.tick"], ())
    consumer.start()
    assert twice.wait(30)
    assert all(beside)

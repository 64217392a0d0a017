"""Several threads, interrupts and forks."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import linnet

TEXTS = ["the cat runs over the small house", "a dog", "playing under blue houses 24 times"]
# Long enough for others to do something meanwhile: at one text a call some seconds.
MANY = TEXTS * 100_000


@pytest.fixture(autouse=True)
def interrupts():
    """Ctrl-C raises KeyboardInterrupt, also where these tests were started with it ignored (in the background)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_python_runs_on_while_a_model_computes(model):
    done = threading.Event()
    worker = threading.Thread(target=lambda: (model.embed(MANY[:60_000], batch_size=256), done.set()))
    begin = time.monotonic()
    worker.start()
    ticks = 0
    while not done.is_set():
        time.sleep(0.001)
        ticks += 1
    worker.join()
    seconds = time.monotonic() - begin
    assert seconds > 0.1, "too short to tell anything"
    assert ticks > 20 * seconds


@pytest.mark.parametrize("threads", [1, 2])
def test_many_threads_share_a_model_and_get_the_same_bytes(float_path, threads):
    with linnet.load(float_path, threads=threads) as model:
        wanted = [model.embed(text).tobytes() for text in TEXTS]

        def ask(number):
            rows = model.embed([TEXTS[(number + i) % 3] for i in range(50)], batch_size=1 + number % 7)
            return all(rows[i].tobytes() == wanted[(number + i) % 3] for i in range(50))

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(ask, range(64)))


def test_a_short_call_is_not_kept_waiting_by_a_long_one(float_path):
    with linnet.load(float_path, threads=256) as model:  # one session for all: more threads than cores
        started, done = threading.Event(), threading.Event()

        def long_call():
            try:
                model.embed(MANY, batch_size=1, progress=lambda at, total: (started.set(), stop(at)))
            except StopIteration:
                done.set()

        def stop(at):
            if answered.is_set():
                raise StopIteration

        answered = threading.Event()
        worker = threading.Thread(target=long_call)
        worker.start()
        assert started.wait(60)
        assert model.embed("a dog").shape == (1, model.width)
        assert worker.is_alive()
        answered.set()
        worker.join()
        assert done.is_set()


def test_closing_while_another_thread_computes(float_path):
    model = linnet.load(float_path)
    rows, started = [], threading.Event()
    worker = threading.Thread(
        target=lambda: rows.append(model.embed(MANY[:9_000], batch_size=8, progress=lambda *_: started.set())))
    worker.start()
    assert started.wait(60)
    model.close()
    worker.join()
    assert rows[0].shape == (9_000, model.width)
    assert np.isfinite(rows[0]).all()


@pytest.mark.parametrize("with_callable", [False, True])
def test_ctrl_c_ends_a_long_call_and_leaves_the_model_usable(model, with_callable):
    before = model.embed(TEXTS)
    progress = (lambda done, total: None) if with_callable else False
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    begin = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.embed(MANY * 10, batch_size=1, progress=progress)
    assert time.monotonic() - begin < 10
    assert model.embed(TEXTS).tobytes() == before.tobytes()


def test_a_file_is_not_written_when_ctrl_c_comes(float_path, tmp_path, labelled):
    output = tmp_path / "out.linnet"
    output.write_text("old")

    def interrupt(done, total):
        os.kill(os.getpid(), signal.SIGINT)

    for call in (
        lambda: linnet.quantize(float_path, output, progress=interrupt),
        lambda: linnet.fit(float_path, labelled, output, folds=2, progress=interrupt),
    ):
        with pytest.raises(KeyboardInterrupt):
            call()
            time.sleep(1)
        assert output.read_text() == "old" and os.listdir(tmp_path) == ["out.linnet"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_works_in_the_child_of_a_fork(float_path):
    model = linnet.load(float_path, threads=2)
    wanted = model.embed(TEXTS).tobytes()
    child = os.fork()
    if child == 0:
        os._exit(0 if model.embed(TEXTS).tobytes() == wanted else 1)
    deadline = time.monotonic() + 60
    status = None
    while status is None and time.monotonic() < deadline:
        pid, code = os.waitpid(child, os.WNOHANG)
        status = code if pid else None
        time.sleep(0.01)
    if status is None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert status == 0, "the child hangs" if status is None else "the child fails"
    assert model.embed(TEXTS).tobytes() == wanted

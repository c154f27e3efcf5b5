import threading
from http.server import ThreadingHTTPServer

import pytest
from faulty_server import Handler, World

from workflow_scripts.chromaloom.download.fetch import Dataset, RetryPolicy, fetch


@pytest.fixture
def world():
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.world, server.daemon_threads = world, True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    world.url = f"http://127.0.0.1:{server.server_port}/data/reads.fastq.gz"
    yield world
    world.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def get(tmp_path):
    """Fetch a URL into the test's folder; gives the bytes that came."""

    def run(url, *, timeout=5.0, attempts=3, rate=0, spare=0, **expected):
        dataset = Dataset("reads", url, **expected)
        policy = RetryPolicy(attempts, timeout, pause=0, rate=rate, spare=spare)
        fetch(dataset, run.out, store=run.store, locks=run.locks, policy=policy)
        return run.out.read_bytes()

    run.out = tmp_path / "downloads" / "reads" / "reads.fastq.gz"
    run.store = tmp_path / "store"
    run.locks = [tmp_path / "kept.lock.tsv", tmp_path / "downloads.lock.tsv"]
    return run

"""The explorer of a file that somebody brings."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space


def test_a_file_is_served_with_a_map_at_once(tmp_path: Path) -> None:
    file = tmp_path / "my words.vec"
    vectors = np.random.default_rng(0).normal(size=(30, 4))
    write_space(EmbeddingSpace("words", [f"word{n}" for n in range(30)], vectors), file, format="word2vec")
    program = [sys.executable, "-c", "from embedkit.cli import main; main()", "serve", str(file), "--port", "0"]
    environment = {**os.environ, "EMBEDKIT_RUNS": str(tmp_path / "runs")}
    process = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.endswith("/?run=my-words")
        with urlopen(address, timeout=60) as answer:
            html = answer.read().decode("utf-8")
        assert 'data-map="map"' in html
        assert "word29" in html
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)

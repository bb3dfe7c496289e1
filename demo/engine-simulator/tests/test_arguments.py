"""The simulator's command line accepts and refuses what vLLM's does."""

import contextlib
import io
import unittest
from typing import List, Tuple

from vllm.simulator.arguments import Options, build_parser, human_integer, join_dotted, read_options


def read(argv: List[str]) -> Options:
    return read_options(build_parser().parse_args(join_dotted(argv)))


def refusal(argv: List[str]) -> Tuple[object, str]:
    stderr = io.StringIO()
    with contextlib.redirect_stderr(stderr):
        try:
            read(argv)
        except SystemExit as end:
            return end.code, stderr.getvalue()
    return None, ""


class Accepted(unittest.TestCase):
    def test_a_typical_start(self) -> None:
        options = read(
            ["--model", "/models/m", "--max_model_len", "32K", "-tp=8", "--no-enable-log-requests"]
            + ["--served-model-name", "org/m", "alias", "--port", "9000", "--api-key", "one", "two"]
        )
        self.assertEqual(options.model, "/models/m")
        self.assertEqual(options.served_model_names, ("org/m", "alias"))
        self.assertEqual(options.max_model_len, 32768)
        self.assertEqual((options.port, options.api_keys), (9000, ("one", "two")))

    def test_the_model_is_served_under_its_own_name_by_default(self) -> None:
        self.assertEqual(read(["org/m"]).served_model_names, ("org/m",))

    def test_json_flags_and_dotted_keys(self) -> None:
        argv = join_dotted(["--compilation_config.pass_config.x", "3", "--eplb-config.a=b"])
        self.assertEqual(argv, ["--compilation-config", '{"pass_config": {"x": 3}}', "--eplb-config", '{"a": "b"}'])
        self.assertEqual(refusal([*argv, "-O3"]), (None, ""))

    def test_none_is_a_value_where_the_engine_takes_it(self) -> None:
        self.assertEqual(refusal(["--quantization", "None", "--task", "None"]), (None, ""))

    def test_human_integers(self) -> None:
        self.assertEqual([human_integer(text) for text in ("7", "1.5k", "2K")], [7, 1500, 2048])


class Refused(unittest.TestCase):
    def test_each_with_status_2_and_a_reason(self) -> None:
        cases = {
            "unrecognized arguments: --max-model-length": ["--model", "m", "--max-model-length", "1"],
            "invalid choice: 'fp7'": ["--dtype", "fp7"],
            "invalid int value: 'many'": ["--max-num-seqs", "many"],
            "expected one argument": ["--max-model-len"],
            "ignored explicit argument 'true'": ["--enforce-eager=true"],
            "not JSON": ["--compilation-config", "{"],
            "not a number: '32T'": ["--max-model-len", "32T"],
        }
        for reason, argv in cases.items():
            with self.subTest(reason):
                status, message = refusal(argv)
                self.assertEqual(status, 2)
                self.assertIn(reason, message)

    def test_tool_choice_without_a_parser(self) -> None:
        status, _ = refusal(["--enable-auto-tool-choice"])
        self.assertIn("--tool-call-parser", str(status))

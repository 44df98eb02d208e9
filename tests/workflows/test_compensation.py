from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bank.errors import Done, Unknown
from payloads.payment import PaymentView
from workflows.compensation import Compensations, outcome_of

ROOT = Path(__file__).resolve().parents[2]
DONE = Done("held")
CARELESS = """
from __future__ import annotations

from bank.errors import Answer
from workflows.compensation import Compensations


async def undo(saga: Compensations, answer: Answer[str]) -> None:
    await saga.run({answer})
"""


async def test_everything_registered_is_undone_newest_first_and_once() -> None:
    undone: list[str] = []
    saga = Compensations()
    for name in ("reserve", "hold"):

        async def undo(name: str = name) -> None:
            undone.append(name)

        saga.register(name, undo)
        saga.register(name, undo)
    await saga.run(DONE)
    await saga.run(DONE)
    assert undone == ["hold", "reserve"]


async def test_an_undo_that_fails_stops_no_other_and_is_reported_by_name() -> None:
    undone: list[str] = []
    saga = Compensations()

    async def works() -> None:
        undone.append("reserve")

    async def fails() -> None:
        raise RuntimeError("no")

    saga.register("reserve", works)
    saga.register("hold", fails)
    with pytest.raises(ExceptionGroup) as failure:
        await saga.run(DONE)
    assert undone == ["reserve"]
    assert failure.value.exceptions[0].__notes__ == ["while undoing: hold"]


async def test_nothing_is_undone_while_the_outcome_is_unknown() -> None:
    undone: list[str] = []
    saga = Compensations()

    async def undo() -> None:
        undone.append("hold")

    saga.register("hold", undo)
    with pytest.raises(TypeError, match="unknown"):
        await saga.run(Unknown("time-out"))  # type: ignore[arg-type]  # what the type checker refuses
    assert (undone, saga.names) == ([], ["hold"])


def test_a_payment_with_an_unresolved_code_has_no_outcome_yet() -> None:
    unresolved = PaymentView("p1", "processing", opened=True, attempt=2, decision="return")
    assert outcome_of(unresolved) == Unknown("no final answer to try 2")
    assert isinstance(outcome_of(PaymentView("p1", "returning", opened=True)), Done)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [("answer", True), ('answer if not isinstance(answer, Unknown) else Refused("void", "")', False)],
)
def test_the_type_checker_refuses_to_undo_after_an_unknown_answer(tmp_path: Path, answer: str, refused: bool) -> None:
    planted = tmp_path / "careless.py"
    imports = "from bank.errors import Answer, Refused, Unknown"
    planted.write_text(CARELESS.replace("from bank.errors import Answer", imports).format(answer=answer))
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", str(planted)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.returncode, "[arg-type]" in checked.stdout) == (int(refused), refused), checked.stdout
    if refused:
        assert 'Argument 1 to "run" of "Compensations" has incompatible type' in checked.stdout
        assert "Unknown" in checked.stdout

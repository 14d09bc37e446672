"""The house keeps its own rules: every check of tests/house, held against every file. Each failure says the repair.

`python -m tests.test_house` prints all offences at once; what each check catches is shown in tests/house/.
"""

import sys

import pytest

from tests.house import habits, order, rooms, shape, speech, words
from tests.house.source import Check, Offence, Project, this_project

CHECKS: tuple[Check, ...] = (
    rooms.unknown_rooms,
    rooms.wrong_direction,
    rooms.foreign_libraries,
    rooms.impure_rules,
    order.verbs_out_of_order,
    order.rings,
    shape.file_sizes,
    shape.function_sizes,
    shape.nesting,
    shape.opening_lines,
    habits.environment_readers,
    habits.hidden_imports,
    habits.floats_near_money,
    habits.broad_catches,
    habits.prints,
    habits.pages_in_the_core,
    speech.hard_coded_words,
    speech.words_put_together,
    speech.refusals_in_english_alone,
    speech.words_in_templates,
    words.unfinished_work,
    words.machine_paths,
    words.index_addresses,
    words.vague_names,
    words.tests_without_proof,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_the_rule(check: Check) -> None:
    offences = _offences(check, this_project())
    assert not offences, "\n" + "\n".join(map(str, offences))


def test_an_empty_house_breaks_no_rule() -> None:
    assert [offence for check in CHECKS for offence in _offences(check, Project.of({}))] == []


def test_the_project_is_really_read() -> None:
    """A walk that finds nothing would keep every rule."""
    assert {"tests.test_house", "tests.house.rooms"} <= this_project().modules
    assert any(source.path == "requirements.txt" for source in this_project().sources)


def _offences(check: Check, project: Project) -> list[Offence]:
    return list(check(project))


if __name__ == "__main__":
    found = [offence for check in CHECKS for offence in _offences(check, this_project())]
    print(*found, sep="\n")
    sys.exit(1 if found else 0)

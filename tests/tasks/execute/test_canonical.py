"""What counts as the same program, by hand."""

import re
from random import Random

import pytest

from embedkit.tasks.execute.canonical import canonical
from embedkit.tasks.execute.data import draw_program
from embedkit.tasks.execute.interpreter import interpret


@pytest.mark.parametrize(
    ("form", "programs"),
    [
        (
            "12+34",
            ["12+34", "34+12", "print((34+12))", "i=34\nprint((12+i))", "a=12\nfor x in range(1):a+=34\nprint(a)"],
        ),
        ("34-12", ["(34-12)", "c=34\nprint((c-12))"]),
        ("12-34", ["(12-34)"]),
        ("1+2+3", ["((3+1)+2)", "(2+(1+3))", "b=(1+2)\nprint((3+b))"]),
        ("1+3-2", ["((1-2)+3)", "(3-(2-1))", "((3+1)-2)"]),
        ("(2*30)", ["(30*2)", "b=30\nprint((b*2))", "((1*2)*30)"]),
        ("7+(2*30)", ["a=7\nfor x in range(2):a+=30\nprint(a)", "((30*2)+7)"]),
        ("(2*3*(4+5))", ["(2*(3*(4+5)))", "((5+4)*(3*2))"]),
        ("(8 if 1<2 else 9)", ["8 if 1<2 else 9", "8 if 2>1 else 9", "9 if 2<1 else 8", "9 if 1>2 else 8"]),
        ("(8 if 1<2 else 9)-3", ["a=9 if 1>2 else 8\nprint((a-3))"]),
        ("1", ["(1*1)"]),
    ],
)
def test_one_form_for_all_ways_to_write_it(form: str, programs: list[str]) -> None:
    assert {program: canonical(program) for program in programs} == dict.fromkeys(programs, form)


def test_other_programs_have_other_forms() -> None:
    others = ["12+34", "12+43", "34-12", "12-34", "(12*34)", "12 if 34<56 else 78", "78 if 34<56 else 12", "46"]
    assert len({canonical(program) for program in others}) == len(others)


def test_programs_of_one_form_print_the_same() -> None:
    random = Random(1)
    printed: dict[str, set[int]] = {}
    programs = [draw_program(random, 1, nesting) for nesting in (1, 2, 3) for _ in range(1500)]
    for program in programs:
        form = canonical(program)
        if not re.search(r"(\d+)[<>]\1\b", program):  # there a choice and its mirror differ
            printed.setdefault(form, set()).add(interpret(program))
    assert {len(values) for values in printed.values()} == {1}
    assert len(printed) < 0.85 * len(set(programs))

"""The strict interpreter: it agrees with Python on what it runs, and refuses everything else in a line."""

import ast
import contextlib
import io
from random import Random

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.execute.data import draw_program
from embedkit.tasks.execute.interpreter import MOST_CHARACTERS, MOST_DIGITS, interpret
from embedkit.tasks.execute.layout import as_sum, laid_out, sizes

ISSUE = "i=8827\nc=(i-5347)\nprint((c+8704) if 2641<8500 else 5308)"
PAPER = "j=8584\nfor x in range(8):j+=920\nb=(1500+j)\nprint((b+7567))"


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        (ISSUE, 12184),  # 8827 - 5347 = 3480, and 2641 < 8500, so 3480 + 8704
        (PAPER, 25011),  # 8584 + 8 * 920 = 15944, + 1500 = 17444, + 7567
        ("print(7)", 7),
        ("12+34", 46),
        ("print((3-12))", -9),
        ("print(2 if 3>3 else 1)", 1),
        ("a=2\nfor x in range(3):\n    a*=2\n    b=x\nprint((a+b))", 18),
        ("a=1\n\n\nprint( (a * 5) )  # a comment\n", 5),
        ("for x in range(4):a=x\nprint(x)", 3),
    ],
)
def test_programs_are_worked_out(program: str, answer: int) -> None:
    assert interpret(program) == answer


def run_as_python(program: str) -> str:
    """What Python itself prints; only programs of the generator come here."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program, {"__builtins__": {"print": print, "range": range}})
    return out.getvalue().strip()


def test_it_agrees_with_python_on_programs_of_the_generator() -> None:
    random = Random(7)
    for _ in range(1_500):
        program = draw_program(random, random.randint(1, 6), random.randint(1, 6))
        assert str(interpret(program)) == run_as_python(program), program


HOSTILE = {
    "import os": ("line 1", "an import"),
    "import os\nprint(1)": ("line 1", "an import"),
    "a=1\nfrom os import system\nprint(a)": ("line 2", "an import"),
    "__import__('os').system('ls')": ("line 1", "a call"),
    "print(__import__('os'))": ("line 1", "a call of __import__"),
    "print(open(3))": ("line 1", "a call of open"),
    "print(eval(3))": ("line 1", "a call of eval"),
    "print((1).__class__)": ("line 1", "an attribute"),
    "a=1\nprint(a.real)": ("line 2", "an attribute"),
    "print(9**99999999)": ("line 1", "a power"),
    "a=9\na**=9\nprint(a)": ("line 2", "an += outside of a loop"),
    "a=9\nfor x in range(9):a**=9\nprint(a)": ("line 2", "a power"),
    "print(1<<99999999)": ("line 1", "a shift"),
    "print(1/0)": ("line 1", "a division"),
    "print(1%0)": ("line 1", "a remainder"),
    "while 1:a=1\nprint(a)": ("line 1", "a while loop"),
    "for x in range(99999999999):a=x\nprint(a)": ("line 1", "1,000 rounds"),
    "for x in range(0):a=x\nprint(a)": ("line 1", "less than one"),
    "for x in range(2):\n for x in range(2):a=x\nprint(a)": ("line 2", "a loop inside of a loop"),
    "for x in range(1,5):a=x\nprint(a)": ("line 1", "a range of anything but one number"),
    "a=3\nfor x in range(a):a=x\nprint(a)": ("line 2", "a range of anything but one number"),
    "for x in 'ab':a=x\nprint(a)": ("line 1", "a loop over anything but a range"),
    "for x in range(2):a=x\nelse:a=1\nprint(a)": ("line 1", "an else after a loop"),
    "for print in range(2):a=1\nprint(a)": ("line 1", "the name print"),
    "print('a'*999999999)": ("line 1", "a string"),
    "print(b'a')": ("line 1", "a string"),
    "print(f'{1}')": ("line 1", "a string"),
    "print(1.5)": ("line 1", "1.5"),
    "print(True)": ("line 1", "True"),
    "print(None)": ("line 1", "None"),
    "print(...)": ("line 1", "Ellipsis"),
    "print(2j)": ("line 1", "2j"),
    "print([1])": ("line 1", "a list"),
    "print((1,2))": ("line 1", "a tuple"),
    "print({1:2})": ("line 1", "a dictionary"),
    "print([a for a in range(3)])": ("line 1", "a comprehension"),
    "print(*[1])": ("line 1", "a star"),
    "print(1,2)": ("line 1", "a print of anything but one value"),
    "print(1,end=2)": ("line 1", "a print of anything but one value"),
    "print()": ("line 1", "a print of anything but one value"),
    "print(1)\nprint(2)": ("line 1", "a call of print"),
    "a=print(1)\nprint(a)": ("line 1", "a call of print"),
    "print(lambda:1)": ("line 1", "a lambda"),
    "def a():return 1\nprint(1)": ("line 1", "a function"),
    "class a:pass\nprint(1)": ("line 1", "a class"),
    "@print\ndef a():return 1\nprint(1)": ("line", "a function"),
    "try:a=1\nexcept:a=2\nprint(a)": ("line 1", "a try"),
    "with a:a=1\nprint(a)": ("line 1", "a with"),
    "a=1\ndel a\nprint(1)": ("line 2", "a del"),
    "global a\nprint(1)": ("line 1", "a global"),
    "if 1<2:a=1\nprint(1)": ("line 1", "an if statement"),
    "print(1 if 1 else 2)": ("line 1", "an if without a comparison"),
    "print(1 if 1==2 else 2)": ("line 1", "a comparison other than one < or >"),
    "print(1 if 1<2<3 else 2)": ("line 1", "a comparison other than one < or >"),
    "print(1<2)": ("line 1", "a comparison outside of an if"),
    "print(1 and 2)": ("line 1", "an and or or"),
    "print(-1)": ("line 1", "a sign before a number"),
    "print(2 if 1<2 else open(3))": ("line 1", "a call of open"),
    "print((a:=1))": ("line 1", "an assignment inside an expression"),
    "a:int=1\nprint(a)": ("line 1", "an annotation"),
    "a=b=1\nprint(a)": ("line 1", "an assignment to several variables"),
    "a,b=1,2\nprint(a)": ("line 1", "a tuple"),
    "a[0]=1\nprint(1)": ("line 1", "an index"),
    "a.b=1\nprint(1)": ("line 1", "an attribute"),
    "print(a)": ("line 1", "the variable a before it has a value"),
    "secret=1\nprint(1)": ("line 1", "the name secret"),
    "range=1\nprint(1)": ("line 1", "the name range"),
    "1+1\nprint(1)": ("line 1", "an expression that nothing is done with"),
    "a=1": ("line 1", "a program without a print at its end"),
    "print(a b)": ("line 1", "not Python"),
    "a=1\n  print(a)": ("line 2", "not Python"),
    "print(1": ("line 1", "not Python"),
    "a=1\0": ("line 1", "not Python"),
    "": ("line 1", "there is no program"),
    "# nothing": ("line 1", "there is no program"),
    f"print({'9' * (MOST_DIGITS + 1)})": ("line 1", f"more than {MOST_DIGITS} digits"),
    f"print(({'9' * MOST_DIGITS}*{'9' * MOST_DIGITS}))": ("line 1", f"more than {MOST_DIGITS} digits"),
    "a=9\nfor x in range(1000):a*=9\nprint(a)": ("line 2", f"more than {MOST_DIGITS} digits"),
    "a=1\n" + "for x in range(1000):a+=a\n" * 5 + "print(a)": ("line 2", f"more than {MOST_DIGITS} digits"),
    "+".join(["1"] * 200): ("line 1", "nested more than"),
    "(" * 120 + "1" + ")" * 120 + "+" + "(" * 250: ("line 1", "not Python"),
    "1+" * MOST_CHARACTERS + "1": ("the program has 2,001 characters", "are the most"),
    "print(await a)": ("line 1", "an await"),
    "yield 1": ("line 1", "a yield"),
    "print(１)": ("line 1", "not Python"),
    "raise a": ("line 1", "a raise"),
    "assert 1<2\nprint(1)": ("line 1", "an assert"),
}


@pytest.mark.parametrize("program", HOSTILE)
def test_what_is_not_of_the_language_is_refused_with_its_line(program: str) -> None:
    with pytest.raises(UsageError) as refused:
        interpret(program)
    where, what = HOSTILE[program]
    message = str(refused.value)
    assert message.startswith(where), message
    assert what in message
    assert "\n" not in message


def test_nothing_is_compiled_or_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing is all that Python itself does with a program."""
    parse = ast.parse
    seen: list[str] = []
    monkeypatch.setattr(ast, "parse", lambda text, *rest: seen.append(text) or parse(text, *rest))
    for name in ("eval", "exec"):
        monkeypatch.setattr(f"builtins.{name}", lambda *_: pytest.fail("run as Python"))
    assert interpret(ISSUE) == 12184
    assert seen == [ISSUE]


def test_a_program_is_laid_out_as_the_generator_would(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        laid_out("j = 8\nfor x in range(3):\n    j += 2\nprint(j + 1)") == "j=8\nfor x in range(3):j+=2\nprint((j+1))"
    )
    assert laid_out("1 + 2*3") == "print((1+(2*3)))"
    assert laid_out("print(((2 if 1<3 else 4)) + 1)") == "print(((2 if 1<3 else 4)+1))"
    random = Random(3)
    for _ in range(300):
        program = draw_program(random, 3, random.randint(1, 5))
        assert laid_out(program) == program


def test_a_sum_is_read_with_and_without_its_print() -> None:
    assert as_sum("print(12 + 34)") == as_sum(" 12+34 ".strip()) == "12+34"
    for other in ("12-34", "print(7)", "1+2+3", "a=1\nprint((a+2))"):
        with pytest.raises(UsageError, match="learned to add two numbers"):
            as_sum(other)


def test_the_size_of_a_program() -> None:
    assert sizes(ISSUE) == (4, 3)  # a difference, a sum and a choice
    assert sizes("print(7)") == (1, 0)

"""The generator of programs: their family, their difficulty, and that held-out programs are new."""

import re
from random import Random

import pytest

from embedkit.corpora.parallel import held_out_split
from embedkit.tasks.execute.data import TASKS, checksum, distinct, draw, draw_program, draw_sum
from embedkit.tasks.execute.interpreter import ALPHABET, interpret
from embedkit.tasks.execute.layout import sizes


@pytest.mark.parametrize(("length", "nesting"), [(1, 1), (2, 1), (4, 2), (3, 5)])
def test_integers_have_at_most_the_length_and_operations_the_nesting(length: int, nesting: int) -> None:
    random = Random(1)
    longest = set()
    for _ in range(300):
        text = draw_program(random, length, nesting)
        digits, operations = sizes(text)
        # Four times the length may have a digit more: 4 · 3 = 12.
        small = [int(n) for n in re.findall(r"range\((\d+)\)", text)]
        assert all(1 <= n <= 4 * length for n in small)
        assert digits <= max(length, len(str(4 * length)))
        # An assignment with a sum is one operation, as in the paper.
        assert operations == nesting
        assert set(text) <= set(ALPHABET)
        longest.add(digits)
    assert length in longest


def test_one_operand_of_a_product_is_small() -> None:
    random = Random(2)
    products = [m for _ in range(500) if (m := re.fullmatch(r"print\(\((\d+)\*(\d+)\)\)", draw_program(random, 4, 1)))]
    assert len(products) > 50
    assert all(min(map(int, product.groups())) <= 16 for product in products)
    assert max(max(map(int, product.groups())) for product in products) > 5_000


def test_every_operation_comes_up_with_nesting_one() -> None:
    random = Random(3)
    shapes = {re.sub(r"\d+", "n", re.sub(r"\b[a-j]\b", "v", draw_program(random, 2, 1))) for _ in range(2_000)}
    assert shapes == {
        "print((n+n))",
        "print((n-n))",
        "print((n*n))",
        "v=n\nprint((v+n))",
        "v=n\nprint((v-n))",
        "v=n\nfor x in range(n):v+=n\nprint(v)",
        "v=n\nfor x in range(n):v-=n\nprint(v)",
        "print(n if n<n else n)",
        "print(n if n>n else n)",
    }


def test_no_held_out_program_is_the_mirror_of_a_training_program() -> None:
    """Sums and products with their numbers exchanged, on words of their own rather than by the canonical form."""

    def mirrored(text: str) -> str:
        return re.sub(r"^print\(\((\d+)([+*])(\d+)\)\)$", r"print((\3\2\1))", text)

    def renamed(text: str) -> str:
        return re.sub(r"\b[a-j]\b", "v", text)

    by_split = {
        split: {renamed(draw("programs", Random(f"{split} {i}"), 1, 1, split).text) for i in range(count)}
        for split, count in (("train", 6_000), ("valid", 600), ("test", 600))
    }
    assert all(len(texts) > 50 for texts in by_split.values())
    plain = [text for text in by_split["test"] if mirrored(text) != text]
    assert len(plain) > 3
    assert not {mirrored(text) for text in by_split["test"]} & by_split["train"]
    assert not by_split["train"] & by_split["test"]
    assert not by_split["train"] & by_split["valid"]
    assert not by_split["valid"] & by_split["test"]


def test_a_held_out_sum_is_new_in_either_order() -> None:
    random = Random(4)
    seen = {frozenset(draw("addition", random, 2, 1, "train").text.split("+")) for _ in range(20_000)}
    held = {frozenset(draw("addition", random, 2, 1, "test").text.split("+")) for _ in range(500)}
    assert len(seen) > 4_000
    assert not seen & held


def test_answers_are_the_interpreters() -> None:
    random = Random(5)
    for task in TASKS:
        for _ in range(200):
            program = draw(task, random, 3, 2, "train")
            assert program.answer == str(interpret(program.text))
            assert (program.length, program.nesting) == (3, 2)


def test_sums_have_numbers_of_up_to_the_digits() -> None:
    random = Random(6)
    numbers = {int(n) for _ in range(500) for n in draw_sum(random, 1, 1).split("+")}
    assert numbers == set(range(10))


def test_distinct_programs_are_distinct_and_few_where_there_are_few() -> None:
    programs = distinct("programs", Random(7), 3, 1, "test", 100)
    assert len({program.text for program in programs}) == 100
    assert [p.text for p in distinct("programs", Random(7), 3, 1, "test", 40)] == [p.text for p in programs[:40]]
    # There are 55 sums of two digits in either order, of which a hash holds out some three.
    pairs = {f"{min(a, b)}+{max(a, b)}" for a in range(10) for b in range(10)}
    few = [key for key in pairs if held_out_split(key) == "test"]
    expected = {f"{a}+{b}" for a in range(10) for b in range(10) if f"{min(a, b)}+{max(a, b)}" in few}
    assert {p.text for p in distinct("addition", Random(8), 1, 1, "test", 200)} == expected


def test_the_same_seed_draws_the_same_programs() -> None:
    assert draw_program(Random("a"), 4, 3) == draw_program(Random("a"), 4, 3)
    assert checksum("programs") == checksum("programs") != checksum("addition")

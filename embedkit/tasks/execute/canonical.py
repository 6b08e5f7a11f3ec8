"""Programs that come to the same arithmetic: `b+a` is `a+b`, whatever the variables are called.

A split that told them apart would hold out programs whose mirror is trained on.
"""

import ast
from collections.abc import Mapping, Sequence

from embedkit.tasks.execute.interpreter import parsed

_Sum = tuple[tuple[int, tuple[str, ...]], ...]
"""Its terms: a sign of 1 or −1, and factors. A sum of a single term is never negative."""


def canonical(text: str) -> str:
    """What a program of the generator computes, written in one way: programs of one form print the same.

    Variables stand for what they are assigned, a loop for so many times what each round adds, terms and factors in a
    fixed order without brackets, `B>A` for `A<B`; numbers stay as they are. The two ways round of a choice, `A if B<C
    else D` and `D if C<B else A`, are one, though they differ where B is C.

    >>> canonical("i=34\\nprint((12+i))"), canonical("a=34\\nfor x in range(5):a-=2\\nprint(a)")
    ('12+34', '34-(2*5)')

    Raises:
        UsageError: it is not Python.
    """
    *before, last = parsed(text)
    values: dict[str, _Sum] = {}
    for statement in before:
        if isinstance(statement, ast.Assign):
            values[_name(statement.targets[0])] = _terms(statement.value, values)
        elif isinstance(statement, ast.For) and isinstance(statement.body[0], ast.AugAssign):
            change, rounds = statement.body[0], _terms(statement.iter.args[0], values)  # type: ignore[attr-defined]
            added = _product(rounds, _terms(change.value, values))
            values[_name(change.target)] += added if isinstance(change.op, ast.Add) else _negative(added)
    expression = last.value  # type: ignore[attr-defined]
    return _text(_terms(expression.args[0] if isinstance(expression, ast.Call) else expression, values))


def _name(target: ast.expr) -> str:
    assert isinstance(target, ast.Name)
    return target.id


def _terms(node: ast.expr, values: Mapping[str, _Sum]) -> _Sum:
    if isinstance(node, ast.Constant):
        return ((1, (str(node.value),)),)
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        left, right = _terms(node.left, values), _terms(node.right, values)
        if isinstance(node.op, ast.Mult):
            return _product(left, right)
        return left + (right if isinstance(node.op, ast.Add) else _negative(right))
    assert isinstance(node, ast.IfExp)
    assert isinstance(node.test, ast.Compare)
    less, more = (_text(_terms(side, values)) for side in (node.test.left, node.test.comparators[0]))
    if isinstance(node.test.ops[0], ast.Gt):
        less, more = more, less
    then, otherwise = _text(_terms(node.body, values)), _text(_terms(node.orelse, values))
    ways = ((less, more, then, otherwise), (more, less, otherwise, then))
    return ((1, ("({2} if {0}<{1} else {3})".format(*min(ways)),)),)


def _negative(terms: _Sum) -> _Sum:
    return tuple((-sign, factors) for sign, factors in terms)


def _product(one: _Sum, other: _Sum) -> _Sum:
    """A factor of 1 falls away; a sum of several terms is a single factor."""
    factors = [factor for terms in (one, other) for factor in _factors(terms) if factor != "1"]
    return ((1, tuple(_ordered(factors)) or ("1",)),)


def _factors(terms: _Sum) -> tuple[str, ...]:
    return terms[0][1] if len(terms) == 1 else (f"({_text(terms)})",)


def _ordered(texts: Sequence[str]) -> list[str]:
    """The short ones first, so that numbers stand in their order."""
    return sorted(texts, key=lambda text: (len(text), text))


def _text(terms: _Sum) -> str:
    written = [(sign, factors[0] if len(factors) == 1 else f"({'*'.join(factors)})") for sign, factors in terms]
    added, taken = (_ordered([text for sign, text in written if sign == which]) for which in (1, -1))
    return "+".join(added) + "".join(f"-{text}" for text in taken)

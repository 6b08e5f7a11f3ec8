"""A strict interpreter for very small Python programs: it runs what it knows and refuses everything else.

    i=8827
    c=(i-5347)
    print((c+8704) if 2641<8500 else 5308)

A program is assignments, `for x in range(8):j+=920` and at its end a `print`, or an expression alone; an expression is
made of integers, variables, +, -, *, and `A if B<C else D`. The text is parsed and its tree is walked: nothing is ever
compiled or run as Python. Integers, rounds of a loop, nesting and length have bounds, so every program ends at once.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from embedkit.errors import UsageError

VARIABLES = "abcdefghij"
COUNTER = "x"
"""The variable of a loop; it may be read like another."""
ALPHABET = "".join(sorted({*"\n0123456789+-*=<>(): ", *VARIABLES, *COUNTER, *"forinrangeprintifelse"}))
"""Every character of the language."""
MOST_CHARACTERS = 1_000
MOST_DIGITS = 100
MOST_ROUNDS = 1_000
MOST_NESTED = 50

_OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[int, int], bool]] = {ast.Lt: operator.lt, ast.Gt: operator.gt}
_CONSTRUCTS: Mapping[type[ast.AST], str] = {
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.Attribute: "an attribute",
    ast.Subscript: "an index",
    ast.While: "a while loop",
    ast.If: "an if statement (write A if B<C else D)",
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.Lambda: "a lambda",
    ast.Try: "a try",
    ast.With: "a with",
    ast.Delete: "a del",
    ast.Global: "a global",
    ast.Nonlocal: "a nonlocal",
    ast.Assert: "an assert",
    ast.Raise: "a raise",
    ast.Pass: "a pass",
    ast.Break: "a break",
    ast.Continue: "a continue",
    ast.Return: "a return",
    ast.AnnAssign: "an annotation",
    ast.NamedExpr: "an assignment inside an expression",
    ast.JoinedStr: "a string",
    ast.List: "a list",
    ast.Tuple: "a tuple",
    ast.Set: "a set",
    ast.Dict: "a dictionary",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Await: "an await",
    ast.Yield: "a yield",
    ast.YieldFrom: "a yield",
    ast.Starred: "a star",
    ast.UnaryOp: "a sign before a number or a not",
    ast.BoolOp: "an and or or",
    ast.Compare: "a comparison outside of an if",
    ast.AugAssign: "an += outside of a loop",
    ast.For: "a loop inside of a loop",
    ast.Pow: "a power",
    ast.Div: "a division",
    ast.FloorDiv: "a division",
    ast.Mod: "a remainder",
    ast.MatMult: "a matrix product",
    ast.LShift: "a shift",
    ast.RShift: "a shift",
    ast.BitOr: "an operation on bits",
    ast.BitXor: "an operation on bits",
    ast.BitAnd: "an operation on bits",
}


def interpret(text: str) -> int:
    """What a program prints, or the value of an expression.

    Raises:
        UsageError: the program is longer than `MOST_CHARACTERS` or not of the language; the message names the construct
            and its line. Nothing of it is run as Python, whatever it is.
    """
    *before, last = parsed(text)
    variables: dict[str, int] = {}
    for statement in before:
        _execute(statement, variables, inside=False)
    if not isinstance(last, ast.Expr):
        ends = isinstance(last, ast.Assign | ast.For)
        _refuse(last, "a program without a print at its end" if ends else "")
    expression = last.value
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id == "print":
        if len(expression.args) != 1 or expression.keywords:
            _refuse(expression, "a print of anything but one value")
        expression = expression.args[0]
    return _value(expression, variables, 0)


def parsed(text: str) -> Sequence[ast.stmt]:
    """The statements of a program, parsed as Python; whether they are of the language is not checked.

    Raises:
        UsageError: it is not Python, empty, or longer than `MOST_CHARACTERS`.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"the program has {len(text):,} characters; {MOST_CHARACTERS:,} are the most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(text).body
    except SyntaxError as error:
        raise UsageError(f"line {error.lineno or 1}: not Python ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"line 1: not Python ({error or 'nested too deeply'})") from None
    if not statements:
        raise UsageError("line 1: there is no program; give one such as 'print((12+34))'")
    return statements


def _execute(statement: ast.stmt, variables: dict[str, int], *, inside: bool) -> None:
    """Run a statement that is not the last."""
    if isinstance(statement, ast.Assign):
        if len(statement.targets) != 1:
            _refuse(statement, "an assignment to several variables")
        variables[_variable(statement.targets[0])] = _value(statement.value, variables, 0)
    elif isinstance(statement, ast.AugAssign) and inside:
        name, operation = _variable(statement.target), _operation(statement.op, statement)
        variables[name] = _bounded(
            operation(_read(statement.target, variables), _value(statement.value, variables, 0)), statement
        )
    elif isinstance(statement, ast.For) and not inside:
        _loop(statement, variables)
    elif isinstance(statement, ast.Expr):
        _value(statement.value, variables, 0)
        _refuse(statement, "an expression that nothing is done with")
    else:
        _refuse(statement)


def _loop(loop: ast.For, variables: dict[str, int]) -> None:
    rounds = _rounds(loop.iter)
    if loop.orelse:
        _refuse(loop, "an else after a loop")
    counter = _variable(loop.target)
    for number in range(rounds):
        variables[counter] = number
        for statement in loop.body:
            _execute(statement, variables, inside=True)


def _rounds(over: ast.expr) -> int:
    if not (isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id == "range"):
        _refuse(over, "a loop over anything but a range")
    if len(over.args) != 1 or over.keywords or not isinstance(over.args[0], ast.Constant):
        _refuse(over, "a range of anything but one number")
    rounds = _value(over.args[0], {}, 0)
    if not 1 <= rounds <= MOST_ROUNDS:
        _refuse(over, f"a loop of less than one or more than {MOST_ROUNDS:,} rounds")
    return rounds


def _value(node: ast.expr, variables: Mapping[str, int], depth: int) -> int:
    if depth > MOST_NESTED:
        _refuse(node, f"an expression nested more than {MOST_NESTED} deep")
    if isinstance(node, ast.Constant):
        if type(node.value) is not int:
            _refuse(node, "a string" if isinstance(node.value, str | bytes) else f"{node.value!r}")
        return _bounded(node.value, node)
    if isinstance(node, ast.Name):
        return _read(node, variables)
    if isinstance(node, ast.BinOp):
        operation = _operation(node.op, node)
        left, right = _value(node.left, variables, depth + 1), _value(node.right, variables, depth + 1)
        return _bounded(operation(left, right), node)
    if isinstance(node, ast.IfExp):
        # Both ways are looked into, so that nothing hides in the one that is not taken.
        holds = _holds(node.test, variables, depth + 1)
        then, otherwise = _value(node.body, variables, depth + 1), _value(node.orelse, variables, depth + 1)
        return then if holds else otherwise
    if isinstance(node, ast.Call):
        name = f" of {node.func.id[:20]}" if isinstance(node.func, ast.Name) else ""
        _refuse(node, f"a call{name}")
    _refuse(node)


def _holds(test: ast.expr, variables: Mapping[str, int], depth: int) -> bool:
    if not isinstance(test, ast.Compare):
        _refuse(test, "an if without a comparison")
    if len(test.ops) != 1 or type(test.ops[0]) not in _COMPARISONS:
        _refuse(test, "a comparison other than one < or >")
    left, right = _value(test.left, variables, depth), _value(test.comparators[0], variables, depth)
    return _COMPARISONS[type(test.ops[0])](left, right)


def _operation(sign: ast.operator, node: ast.AST) -> Callable[[int, int], int]:
    if type(sign) not in _OPERATIONS:
        _refuse(node, _CONSTRUCTS[type(sign)])
    return _OPERATIONS[type(sign)]


def _variable(target: ast.expr) -> str:
    if not isinstance(target, ast.Name):
        _refuse(target)
    if target.id not in (*VARIABLES, COUNTER):
        _refuse(target, f"the name {target.id[:20]} (variables are {VARIABLES[0]} to {VARIABLES[-1]} and {COUNTER})")
    return target.id


def _read(name: ast.expr, variables: Mapping[str, int]) -> int:
    variable = _variable(name)
    if variable not in variables:
        _refuse(name, f"the variable {variable} before it has a value")
    return variables[variable]


def _bounded(value: int, node: ast.AST) -> int:
    if abs(value) >= 10**MOST_DIGITS:
        _refuse(node, f"an integer of more than {MOST_DIGITS} digits")
    return value


def _refuse(node: ast.AST, what: str = "") -> NoReturn:
    """Raises:
    UsageError: it names the construct that is not of the language, and its line.
    """
    construct = what or _CONSTRUCTS.get(type(node), f"a {type(node).__name__}")
    raise UsageError(
        f"line {getattr(node, 'lineno', 1)}: {construct} is not allowed; programs are assignments, +, -, *, "
        "A if B<C else D, for x in range(N) and a print at the end"
    )

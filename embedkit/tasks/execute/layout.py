"""How a program is laid out: as the generator writes it, so that a network reads what it has learned to read."""

import ast

from embedkit.errors import UsageError
from embedkit.tasks.execute.interpreter import interpret, parsed


def laid_out(text: str) -> str:
    """A program as the generator would write it: brackets around every operation, no space that is not needed.

    >>> laid_out("j = 8\\nfor x in range(3):\\n    j += 2\\nprint(j + 1)")
    'j=8\\nfor x in range(3):j+=2\\nprint((j+1))'

    Raises:
        UsageError: as `interpret`.
    """
    interpret(text)
    return "\n".join(_line(statement) for statement in parsed(text))


def as_sum(text: str) -> str:
    """A program that prints the sum of two numbers, as the sum alone: "print(12+34)" → "12+34".

    Raises:
        UsageError: it is another program.
    """
    line = laid_out(text)
    plain = line.removeprefix("print").strip("()")
    left, sign, right = plain.partition("+")
    if not (sign and left.isdecimal() and right.isdecimal()):
        raise UsageError(f"this network has learned to add two numbers; give it a sum such as 123+456, not {line!r}")
    return plain


def sizes(text: str) -> tuple[int, int]:
    """The length of a program, the digits of its longest integer, and its nesting: how many operations it has.

    Raises:
        UsageError: as `interpret`.
    """
    interpret(text)
    nodes = list(ast.walk(ast.Module(list(parsed(text)), [])))
    digits = [len(str(node.value)) for node in nodes if isinstance(node, ast.Constant)]
    return max(digits, default=0), sum(isinstance(node, ast.BinOp | ast.IfExp | ast.For) for node in nodes)


def _line(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return f"{_text(statement.targets[0])}={_text(statement.value)}"
    if isinstance(statement, ast.AugAssign):
        return f"{_text(statement.target)}{_sign(statement.op)}={_text(statement.value)}"
    if isinstance(statement, ast.For):
        body = ";".join(map(_line, statement.body))
        return f"for {_text(statement.target)} in {_text(statement.iter)}:{body}"
    assert isinstance(statement, ast.Expr)
    is_print = isinstance(statement.value, ast.Call)
    return _text(statement.value) if is_print else f"print({_text(statement.value)})"


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.BinOp):
        return f"({_operand(node.left)}{_sign(node.op)}{_operand(node.right)})"
    if isinstance(node, ast.IfExp):
        test = node.test
        assert isinstance(test, ast.Compare)
        sign = "<" if isinstance(test.ops[0], ast.Lt) else ">"
        condition = f"{_operand(test.left)}{sign}{_operand(test.comparators[0])}"
        return f"{_operand(node.body)} if {condition} else {_operand(node.orelse)}"
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return f"{node.func.id}({_text(node.args[0])})"
    if isinstance(node, ast.Name):
        return node.id
    assert isinstance(node, ast.Constant)
    return str(node.value)


def _operand(node: ast.AST) -> str:
    return f"({_text(node)})" if isinstance(node, ast.IfExp) else _text(node)


def _sign(operation: ast.operator) -> str:
    return {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}[type(operation)]

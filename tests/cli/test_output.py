"""How figures are written on the command line."""

from embedkit.cli.output import nats


def test_a_log_probability_that_rounds_to_nothing_has_no_sign() -> None:
    assert [nats(value) for value in (-0.004, -0.006, -1.25)] == ["0.00", "-0.01", "-1.25"]

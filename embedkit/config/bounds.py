"""What a number among the options may be; it stands in the type of its field: `layers: Count = 1`.

The checks are validators of attrs; what they demand is said in words of our own, after the option's name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Annotated, Any

from attrs.validators import and_, ge, gt, lt


@dataclass(frozen=True)
class Bound:
    """A validator of attrs, and what it demands in words: "at least 1"."""

    demand: str
    validator: Callable[[Any, Any, Any], None]

    def holds(self, configuration: Any, field: Any, value: Any) -> bool:
        """Whether the value of a configuration's field is within the bound."""
        try:
            self.validator(configuration, field, value)
        except ValueError:
            return False
        return True


AT_LEAST_ZERO = Bound("at least 0", ge(0))
AT_LEAST_ONE = Bound("at least 1", ge(1))
ABOVE_ZERO = Bound("above zero", gt(0))
FINITE = Bound("a finite number", lt(inf))
BELOW_ONE = Bound("at least 0 and below 1", and_(ge(0), lt(1)))

Count = Annotated[int, AT_LEAST_ONE]
"""How many of something there are, where none makes no sense."""
CountOrZero = Annotated[int, AT_LEAST_ZERO]
"""How many of something there are, where 0 means none."""
Positive = Annotated[float, ABOVE_ZERO, FINITE]
"""A rate, a budget."""
PositiveOrInfinite = Annotated[float, ABOVE_ZERO]
"""A norm, where infinity is none."""
NotNegative = Annotated[float, AT_LEAST_ZERO, FINITE]
"""A weight, a range, where 0 means none."""
Share = Annotated[float, BELOW_ONE]
"""A share of something that is never all of it."""

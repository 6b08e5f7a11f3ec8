"""Tables of rows with columns of their own, whatever file or program they come from, as points of a space.

frame      a table, however much of it is in memory
vectors    which columns hold its vectors; cells are vectors written as text, matrix puts the rows together
naming     which column names the points, and what a point is
values     what the other columns hold, by the contract of a space
points     all of it together: what the formats of tables call
memory     tables and arrays that stand in a program's memory
"""

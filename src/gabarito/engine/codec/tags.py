"""The numbers on the wire: one byte before each value, and one before each definition of a shared object."""

# Values.
NONE, TRUE, FALSE, ELLIPSIS, NOT_IMPLEMENTED = range(5)
INT8, INT64, BIG, FLOAT, COMPLEX = range(5, 10)
STR8, STR, BYTES, TUPLE, FROZENSET, SLICE, RANGE = range(10, 17)
REF, OPAQUE = range(17, 19)
LIST, DICT = range(19, 21)  # copies without identity, in descriptions and table columns only
NP_SCALAR, NP_DTYPE, NP_COPY = range(21, 24)
TORCH_SIZE, TORCH_DTYPE, TORCH_DEVICE = range(24, 27)
PD_INDEX = 27
NAMED = 28  # an opaque object of which nothing more is said

# Elements of a sequence, when all are of one type.
MIXED, INTS, FLOATS = range(3)

# Shared objects.
SHARED_LIST, SHARED_DICT, SHARED_SET, SHARED_BYTES = range(1, 5)
BUFFER, ARRAY, TENSOR, FRAME, SERIES = range(5, 10)
SMALL_TENSOR = 10

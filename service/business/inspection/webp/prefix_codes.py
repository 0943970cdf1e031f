"""The prefix codes (Huffman codes) of a lossless WebP (RFC 9649, 3.7.2.1)."""

from service.business.inspection.header import require
from service.business.inspection.webp.bit_reader import ENOUGH

# In which order the lengths of the codes for lengths are in the file.
LENGTHS_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
# What repeats a length: (how many bits say how often, the fewest times).
REPEATS = {16: (2, 3), 17: (3, 3), 18: (7, 11)}


class PrefixCode:
    """A code, as a table of (symbol, bits to drop) for each value of the next few bits."""

    def __init__(self, lengths):
        """Build the code from {symbol: bits}. Raises UnreadableImage if it is not complete."""
        if len(lengths) == 1:
            # The only symbol takes no bits.
            lengths = dict.fromkeys(lengths, 0)
        longest = max(lengths.values(), default=0)
        self.mask = (1 << longest) - 1
        used = sum(1 << longest - length for length in lengths.values())
        require(used == 1 << longest, "no complete prefix code")
        self.table = [None] * used
        code = 0
        for symbol, length in sorted(lengths.items(), key=lambda item: (item[1], item[0])):
            # The first bit of a code is the lowest one of the table's index.
            start = int(f"{code >> longest - length:0{length}b}"[::-1], 2) if length else 0
            self.table[start :: 1 << length] = [(symbol, length)] * (1 << longest - length)
            code += 1 << longest - length

    def read(self, bits):
        """Return the next symbol."""
        if bits.value < ENOUGH:
            bits.fetch()
        symbol, length = self.table[bits.value & self.mask]
        bits.value >>= length
        return symbol


def read_code(bits, alphabet):
    """Return the next PrefixCode, for symbols from 0 up to the size of the alphabet."""
    lengths = simple_lengths(bits) if bits.take(1) else normal_lengths(bits, alphabet)
    return PrefixCode({symbol: lengths[symbol] for symbol in lengths if symbol < alphabet})


def simple_lengths(bits):
    """Return {symbol: bits} of a simple code: one or two symbols (3.7.2.1.1)."""
    two = bits.take(1)
    symbols = [bits.take(8 if bits.take(1) else 1)]
    if two:
        symbols.append(bits.take(8))
    return dict.fromkeys(symbols, 1)


def normal_lengths(bits, alphabet):
    """Return {symbol: bits} of a code whose lengths are coded themselves (3.7.2.1.2)."""
    order = LENGTHS_ORDER[: 4 + bits.take(4)]
    coded = {symbol: bits.take(3) for symbol in order}
    code = PrefixCode({symbol: length for symbol, length in coded.items() if length})
    most = 2 + bits.take(2 + 2 * bits.take(3)) if bits.take(1) else alphabet
    require(most <= alphabet, "too many lengths of codes")
    lengths, symbol, before = {}, 0, 8
    for _ in range(most):
        if symbol == alphabet:
            break
        length, times = code.read(bits), 1
        if length in REPEATS:
            more, fewest = REPEATS[length]
            length, times = before if length == 16 else 0, fewest + bits.take(more)
        if length:
            before = length
            lengths |= dict.fromkeys(range(symbol, symbol + times), length)
        symbol += times
        require(symbol <= alphabet, "too many lengths of codes")
    return lengths

"""The fold of config/persian under the names that the customer records use."""

from config.persian.alphabet import sort_key
from config.persian.digits import TO_ASCII as DIGITS, to_ascii as ascii_digits, to_persian as persian_digits
from config.persian.folding import JOINER, fold, tokens, words

__all__ = ["DIGITS", "JOINER", "ascii_digits", "fold", "persian_digits", "sort_key", "tokens", "words"]

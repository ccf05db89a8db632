"""Jobs: what one is, how it is taken in, carried, read and steered."""

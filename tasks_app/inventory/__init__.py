"""Shows and products: what is read of them, and how a reservation is asked for."""

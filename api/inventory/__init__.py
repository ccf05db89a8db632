"""The routes of shows, products and reservations."""

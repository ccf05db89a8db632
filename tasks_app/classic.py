"""What the course project sells, as both sides know it."""

# number, name, price, stock at start
PRODUCTS = (
    (1, "Suitcase 250", 50, 4),
    (2, "Suitcase 450", 100, 10),
    (3, "Suitcase 650", 350, 2),
    (4, "Suitcase 1050", 550, 5),
)
SEATS = 50
SEATS_TARGET = "show:classic"
SEATS_POOL = "seats"

"""What the course project sells and sends; the API and the workers both read it."""

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

# Job types of the course, each with {"phoneNumber", "message"}
PUSH_CODE, PUSH_CODE_2, PUSH_CODE_3 = "push_notification_code", "push_notification_code_2", "push_notification_code_3"
BLACKLIST = ("4153518780", "4153518781")  # nothing is sent to these numbers

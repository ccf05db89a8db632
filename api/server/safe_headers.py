"""Headers of every answer: no browser guesses its type, frames it, or tells others where it was; none keeps data."""

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"  # JSON neither frames nor loads anything
SAFE = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))
PRIVATE = ("Cache-Control", "no-store")
DATA = (*SAFE, ("Content-Security-Policy", DATA_POLICY), PRIVATE)

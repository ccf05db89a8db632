"""Who watches what, and the one reader that tells them."""

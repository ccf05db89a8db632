"""Every script that runs in the server, by subject, and what loads them."""

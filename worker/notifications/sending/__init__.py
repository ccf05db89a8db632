"""What senders share: connections to the providers, the meanings of their answers, and what was sent over them."""

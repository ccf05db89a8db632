"""Recipients: their addresses, subscriptions and suppressions."""

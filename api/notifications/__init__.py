"""The routes of notifications, suppressions and subscriptions."""

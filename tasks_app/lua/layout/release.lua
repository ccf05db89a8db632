-- release: another process may go on at once.

redis.call('DEL', KEYS[1])

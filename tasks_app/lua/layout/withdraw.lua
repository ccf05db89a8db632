-- withdraw: nothing was changed, and programs with the old layout may go on.

redis.call('HDEL', '{jobs}:layout', 'to')

-- withdraw: nothing was changed, and who works on the data in the old way may go on.

redis.call('HDEL', '{jobs}:layout', 'to')

-- end: a step is done.
--
-- ARGV[1] the layout that the data have now   ARGV[2] "1" = this was the last step

redis.call('HSET', '{jobs}:layout', 'version', ARGV[1])
if ARGV[2] == '1' then redis.call('HDEL', '{jobs}:layout', 'to', 'count') end

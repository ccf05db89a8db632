-- begin: from now on nobody of an older layout is let in.
--
-- ARGV[1] the layout to which the data are brought

redis.call('HSET', '{jobs}:layout', 'to', ARGV[1])

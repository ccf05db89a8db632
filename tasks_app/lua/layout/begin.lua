-- begin: from now on nobody of an older layout is let in.
--
-- ARGV[1] the layout to which the data are brought
-- Returns 0 when they are of that layout, or a later one, since somebody else was at it; else 1.

if tonumber(redis.call('HGET', '{jobs}:layout', 'version') or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', '{jobs}:layout', 'to', ARGV[1])
return 1

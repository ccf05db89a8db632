-- declare: from now on no program with an older layout is let in.
--
-- ARGV[1] the layout to which the data are brought
-- Returns 0 when the data have that layout or a later one, as another process was faster; otherwise 1.

if tonumber(redis.call('HGET', '{jobs}:layout', 'version') or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', '{jobs}:layout', 'to', ARGV[1])
return 1

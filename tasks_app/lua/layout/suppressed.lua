-- suppressed: an address on a suppression list gets other keys.
--
-- ARGV[1] the list   ARGV[2] the old key   ARGV[3..] the new keys
-- Returns 1.

local entry = redis.call('HGET', ARGV[1], ARGV[2])
if entry then
  for n = 3, #ARGV do redis.call('HSETNX', ARGV[1], ARGV[n], entry) end
  redis.call('HDEL', ARGV[1], ARGV[2])
end
return 1

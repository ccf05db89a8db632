-- codes: the list that finds a show or product by a reservation's id moves into the hash slot of the jobs.
--
-- ARGV[1] how many at most
-- Returns how many entries; all their scores are 0.

local entries = redis.call('ZRANGE', '{inventories}:codes', 0, ARGV[1] - 1)
for _, entry in ipairs(entries) do
  redis.call('ZADD', '{jobs}:inventories:codes', 0, entry)
  redis.call('ZREM', '{inventories}:codes', entry)
end
return #entries

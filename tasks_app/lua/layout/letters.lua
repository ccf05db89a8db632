-- letters: the fields that nearly all records have get letters as names.
--
-- ARGV[..] keys of records
-- Returns how many were changed.

local NAMES = { 'state', 'type', 'data', 'target', 'batch', 'created', 'started', 'finished', 'claims', 'worker', 'result' }
local LETTERS = { 's', 't', 'd', 'g', 'b', 'c', 'a', 'f', 'n', 'w', 'r' }

local changed = 0
for _, key in ipairs(ARGV) do
  local fields, gone = {}, {}
  for n, value in ipairs(redis.call('HMGET', key, unpack(NAMES))) do
    if value then
      fields[#fields + 1], fields[#fields + 2] = LETTERS[n], value
      gone[#gone + 1] = NAMES[n]
    end
  end
  if #gone > 0 then
    redis.call('HSET', key, unpack(fields)) -- first: a hash without fields would vanish, with its place among the keys
    redis.call('HDEL', key, unpack(gone))
    changed = changed + 1
  end
end
return changed

-- rests: a provider's rest becomes JSON, with its reason and its length.
--
-- ARGV[..] keys
-- Returns how many.

local changed = 0
for _, key in ipairs(ARGV) do
  local why, left = redis.call('GET', key), redis.call('PTTL', key)
  if why and left > 0 and not why:match('^{"ms":') then
    redis.call('SET', key, cjson.encode({ ms = left, why = why }), 'PX', left)
    changed = changed + 1
  end
end
return changed

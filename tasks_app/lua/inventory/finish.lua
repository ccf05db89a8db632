-- finish: writes the ledger and everything else that a script changed. It comes last of the shared files.

local function write(command, key, arguments)
  for i = 1, #arguments, CHUNK do
    redis.call(command, key, unpack(arguments, i, math.min(i + CHUNK - 1, #arguments)))
  end
end

-- Count the changes for /metrics, by their events. No trouble with that stops a change.
local function count_changes()
  local counts = {}
  for _, change in ipairs(ledger) do counts[change[1]] = (counts[change[1]] or 0) + 1 end
  for event, count in pairs(counts) do redis.pcall('HINCRBY', KEY.meters(), 'change|' .. event, count) end
end

-- Write all changes and return `reply`. The lists come first, as their readers skip what is not held, then the agenda, as
-- a needless look does no harm, then the ledger: only these keys were not read before, so a key of a wrong type fails the
-- script before any counter changes.
local function finish(reply)
  local unindex, index = reindexed()
  if KEYS.is_asking then -- together.lua asks before it lets anybody write: what was not read has to be writable, too
    for n = 1, #listings, 3 do redis.call('ZCARD', listings[n]) end
    redis.call('ZCARD', LOOKS)
    redis.call('XLEN', LOG)
    redis.call('HLEN', CUST)
    return reply
  end
  write_listings()
  note_deadlines()
  write_ledger()
  count_changes()

  local counts, sets, owned, gone = {}, {}, {}, {}
  for name, pool in pairs(pools or {}) do
    if pool.changed then
      for _, part in ipairs({'cap', 'held', 'sold'}) do
        counts[#counts + 1] = name .. ':' .. part
        counts[#counts + 1] = string.format('%d', pool[part])
      end
    end
  end
  for id in pairs(changed) do
    sets[#sets + 1] = id
    sets[#sets + 1] = texts[id]
  end
  for customer in pairs(recounted) do
    if customers[customer] > 0 then
      owned[#owned + 1] = customer
      owned[#owned + 1] = string.format('%d', customers[customer])
    else
      gone[#gone + 1] = customer
    end
  end
  write('HSET', POOL, counts)
  write('HSET', HOLDS, sets)
  write('ZREM', EXP, unindex) -- before the new members: one whose deadline only moves has the same text
  write('ZADD', EXP, index)
  write('HSET', CUST, owned)
  write('HDEL', CUST, gone)
  write('HSET', OPS, remembered)
  return reply
end

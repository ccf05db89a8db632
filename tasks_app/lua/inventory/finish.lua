-- finish: writes the ledger and everything else that a script changed. It comes after deadlines.lua.

local ENTRY_CHANGES, ENTRY_BYTES = 250, 16384 -- in one entry of the ledger; entries of job events have such limits too

local function write(command, key, arguments)
  for i = 1, #arguments, CHUNK do
    redis.call(command, key, unpack(arguments, i, math.min(i + CHUNK - 1, #arguments)))
  end
end

-- The data of changes of one event, from `first` to `last`, as JSON: [what all have, {name: [what each has], ...}].
local function told_of(first, last)
  local names, all, own = ledger[first][3], {}, {}
  for place = 1, #names, 2 do
    local name, texts, same = '"' .. names[place] .. '":', {}, true
    for n = first, last do
      texts[#texts + 1] = ledger[n][3][place + 1]
      same = same and texts[#texts] == texts[1]
    end
    if same then
      all[#all + 1] = name .. texts[1]
    else
      own[#own + 1] = name .. '[' .. table.concat(texts, ',') .. ']'
    end
  end
  return '[{' .. table.concat(all, ',') .. '},{' .. table.concat(own, ',') .. '}]'
end

-- Consecutive changes with the same event make one entry; `v` is the version of its first change. The data of a single
-- change are an object.
local function write_ledger()
  local first = 1
  while first <= #ledger do
    local event, about, names = unpack(ledger[first])
    local last, bytes, data = first, 0, ''
    while last < #ledger and ledger[last + 1][1] == event and last - first + 1 < ENTRY_CHANGES do
      for _, text in ipairs(ledger[last][3]) do bytes = bytes + #text end
      if bytes >= ENTRY_BYTES then break end
      last = last + 1
    end
    if last > first then
      local ids = {}
      for n = first, last do ids[#ids + 1] = ledger[n][2] end
      about, data = table.concat(ids, ' '), told_of(first, last)
    else
      for place = 1, #names, 2 do
        data = data .. (place > 1 and ',"' or '{"') .. names[place] .. '":' .. names[place + 1]
      end
      data = #names > 0 and data .. '}' or '{}'
    end
    redis.call('XADD', LOG, '*', 'v', meta.version + first, 'event', event, 'id', about, 'data', data)
    first = last + 1
  end
  if #ledger > 0 then
    meta.version = meta.version + #ledger
    redis.call('HSET', META, 'v', meta.version)
  end
end

-- Write all changes and return `reply`. The agenda comes first, as a needless look does no harm, then the ledger: only
-- these two keys were not read before, so a key of a wrong type fails the script before any counter changes.
local function finish(reply)
  local unindex, index = reindexed()
  note_deadlines()
  write_ledger()

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

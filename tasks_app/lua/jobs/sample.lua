-- sample: once a minute, write a row of the history: what was counted since the last row, and how much waits and runs.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] how many types a row has at most   ARGV[2] how many shows and products it has at most
-- ARGV[3] how many shows and products it looks at
--
-- Returns ms until the next minute. No event. Cost O(types + shows looked at), once a minute; otherwise O(1).
--
-- The first call in a minute writes the row of the minute before, and all others do nothing: so any number of processes
-- may call. A row has differences of what the scripts counted (meters.lua), so nobody who is killed loses or doubles
-- anything; after a gap, the first row has all that was counted in it, and `ms` says how long that is. If time has
-- stepped back, the rows of the future go, and what was counted since the last one comes with the next.
--
-- A row: {ms = .., q = {queue -> numbers}, t = {type -> numbers}, i = {show or product -> available, held, sold}, left =
-- how many types found no room}. Numbers: what was counted (COUNTED), then waiting, ms that the oldest has waited,
-- running. Types with nothing but zeros are left out.

local MINUTE, MINUTES, QUARTERS = 60000, 60, 96
local COUNTED = { 'submitted', 'complete', 'failed', 'retrying', 'snoozed' }

local minute = math.floor(now / MINUTE)
local left_ms = (minute + 1) * MINUTE - now
local at = tonumber(redis.call('GET', KEY.history_sampled()) or nil)
if at and math.floor(at / MINUTE) == minute then return left_ms end
local minutes, quarters = KEY.history_minutes(), KEY.history_quarters()

local function row_of(key, field)
  local text = redis.call('HGET', key, ms(field))
  return text and cjson.decode(text)
end

-- Add the numbers of a row to others: what is counted adds up, of all else the highest stays.
local function add(to, numbers)
  for i, number in ipairs(numbers) do
    to[i] = i <= #COUNTED and (to[i] or 0) + number or math.max(to[i] or 0, number)
  end
end

local function size_of(named)
  local size = 0
  for _ in pairs(named) do size = size + 1 end
  return size
end

-- What each type has counted by now, as texts for the next sample; and by type the numbers of a row.
local function look_at_types()
  local texts, found, before = {}, {}, {}
  local rows = redis.call('HGETALL', KEY.history_counted())
  for i = 1, #rows, 2 do before[rows[i]] = rows[i + 1] end
  for _, type in ipairs(redis.call('SUNION', KEY.types(), KEY.handled())) do
    local totals, numbers, was = redis.call('HMGET', KEY.meters(type), unpack(COUNTED)), {}, {}
    for number in (before[type] or ''):gmatch('%d+') do was[#was + 1] = tonumber(number) end
    for i = 1, #COUNTED do
      totals[i] = totals[i] or '0'
      if tonumber(totals[i]) < (was[i] or 0) then was = {} end -- the type ended, and began anew
    end
    for i = 1, #COUNTED do numbers[i] = tonumber(totals[i]) - (was[i] or 0) end
    local queued = KEY.index(type, 'queued')
    local waiting = redis.call('ZCARD', queued)
    numbers[#numbers + 1] = waiting
    local runnable, held_back = nil, nil
    if waiting > 0 then runnable, held_back = oldest_in(type) end
    numbers[#numbers + 1] = math.max(0, now - math.min(runnable or now, held_back or now))
    numbers[#numbers + 1] = redis.call('ZCARD', KEY.index(type, 'active'))
    texts[#texts + 1] = type
    texts[#texts + 1] = table.concat(totals, ' ')
    found[type] = numbers
  end
  return texts, found
end

-- The rows of the queues, and of the types that have most to tell.
local function with_types(row, found)
  local names, weights, lanes = {}, {}, { jobs = true }
  for _, lane in pairs(LANES) do lanes[lane] = true end
  for lane in pairs(lanes) do row.q[lane] = { 0, 0, 0, 0, 0, 0, 0, 0 } end
  for type, numbers in pairs(found) do
    local sums, weight = row.q[lane_of(type)], 0
    for i, number in ipairs(numbers) do
      if i ~= #COUNTED + 2 then weight = weight + number end
      sums[i] = i == #COUNTED + 2 and math.max(sums[i], number) or sums[i] + number
    end
    if weight > 0 then names[#names + 1], weights[type] = type, weight end
  end
  table.sort(names, function(a, b)
    if weights[a] ~= weights[b] then return weights[a] > weights[b] end
    return a < b
  end)
  local most = math.min(#names, tonumber(ARGV[1]))
  for i = 1, most do row.t[names[i]] = found[names[i]] end
  row.left = #names - most
end

-- The units of shows and products that are on sale and have changed since the last sample: first those of the last row,
-- so that what moves stays, then those with holds, by their next deadline.
local function with_units(row)
  local names, seen, count = {}, {}, 0
  for target in pairs((row_of(minutes, minute - 2) or { i = {} }).i) do names[#names + 1] = target end
  for _, target in ipairs(redis.call('ZRANGE', KEY.agenda('expire'), 0, tonumber(ARGV[3]) - 1)) do
    names[#names + 1] = target
  end
  for _, target in ipairs(names) do
    if count == tonumber(ARGV[2]) then return end
    local last = not seen[target] and redis.call('XREVRANGE', KEY.inventory(target, 'log'), '+', '-', 'COUNT', 1)[1]
    seen[target] = true
    if last and tonumber(last[1]:match('^%d+')) >= at
      and redis.call('HGET', KEY.inventory(target, 'meta'), 'status') == 'on_sale' then
      local sums, pools = { cap = 0, held = 0, sold = 0 }, redis.call('HGETALL', KEY.inventory(target, 'pool'))
      for i = 1, #pools, 2 do
        local part = pools[i]:match('[^:]+$')
        sums[part] = (sums[part] or 0) + (tonumber(pools[i + 1]) or 0)
      end
      row.i[target] = { sums.cap - sums.held - sums.sold, sums.held, sums.sold }
      count = count + 1
    end
  end
end

-- Add a row to that of its quarter of an hour, which is bounded as each row is.
local function add_to_quarter(row)
  local quarter = math.floor((minute - 1) / 15)
  local sum = row_of(quarters, quarter) or { ms = 0, q = {}, t = {}, i = {}, left = 0 }
  local types, targets = size_of(sum.t), size_of(sum.i)
  sum.ms, sum.left = sum.ms + row.ms, math.max(sum.left, row.left)
  for lane, numbers in pairs(row.q) do
    sum.q[lane] = sum.q[lane] or {}
    add(sum.q[lane], numbers)
  end
  for type, numbers in pairs(row.t) do
    if sum.t[type] or types < tonumber(ARGV[1]) then
      if not sum.t[type] then sum.t[type], types = {}, types + 1 end
      add(sum.t[type], numbers)
    else
      sum.left = math.max(sum.left, 1)
    end
  end
  for target, units in pairs(row.i) do
    if sum.i[target] or targets < tonumber(ARGV[2]) then
      if not sum.i[target] then targets = targets + 1 end
      sum.i[target] = units
    end
  end
  redis.call('HSET', quarters, ms(quarter), cjson.encode(sum))
end

local function drop_rows(key, first, last)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if tonumber(field) < first or tonumber(field) > last then redis.call('HDEL', key, field) end
  end
end

redis.call('SET', KEY.history_sampled(), ms(now))
if not (at and at > now) then
  local texts, found = look_at_types()
  if at then
    local row = { ms = now - at, q = {}, t = {}, i = {} }
    with_types(row, found)
    with_units(row)
    redis.call('HSET', minutes, ms(minute - 1), cjson.encode(row))
    add_to_quarter(row)
  end
  redis.call('DEL', KEY.history_counted())
  for i = 1, #texts, 1000 do
    redis.call('HSET', KEY.history_counted(), unpack(texts, i, math.min(i + 999, #texts)))
  end
end
drop_rows(minutes, minute - MINUTES, minute - 1)
drop_rows(quarters, math.floor((minute - 1) / 15) - QUARTERS + 1, math.floor((minute - 1) / 15))
return left_ms

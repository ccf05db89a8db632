-- forget: drop finished jobs beyond the limits of age and number, old batches, and old events.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most jobs of one type and state   ARGV[2] how many events to keep   ARGV[3] ms to keep a batch
-- ARGV[4] jobs to keep of one type and state   ARGV[5..7] ms to keep complete, failed, cancelled jobs
-- ARGV[8..] types that the caller handles: submit.lua takes them, however many types there are
--
-- Returns {jobs dropped, 1 when there may be more to drop at once}. No event. Cost O(types + dropped).
--
-- It looks at all types, also those that no worker knows, so that nothing stays for ever. A type without jobs goes too.

local dropped, more, most = 0, 0, tonumber(ARGV[1])
if #ARGV > 7 then redis.call('SADD', KEY.handled(), unpack(ARGV, 8)) end
local types, numbered = redis.call('SMEMBERS', KEY.types()), redis.call('EXISTS', KEY.numbers()) == 1

local function drop(ids)
  for i = 1, #ids do
    local batch = redis.call('HGET', KEY.job(ids[i]), FIELD.batch)
    if batch and redis.call('EXISTS', KEY.batch(batch)) == 1 then
      redis.call('HSET', KEY.batch(batch), 'gone', '1') -- submit.lua has to look into its list
    end
    redis.call('UNLINK', KEY.job(ids[i]), KEY.log(ids[i]))
  end
  if numbered and #ids > 0 then redis.call('ZREM', KEY.numbers(), unpack(ids)) end
  dropped = dropped + #ids
  if #ids == most then more = 1 end
end

-- Drop the oldest of a list: jobs beyond the number, and jobs that ended before a moment, by their records.
local function drop_complete(type, before)
  local over, ids = redis.call('LLEN', KEY.complete(type)) - tonumber(ARGV[4]), {}
  while #ids < most do
    local id = redis.call('LINDEX', KEY.complete(type), #ids)
    if not id or #ids >= over and tonumber(redis.call('HGET', KEY.job(id), FIELD.finished) or 0) > before then break end
    ids[#ids + 1] = id
  end
  drop(ids)
  if #ids > 0 then redis.call('LTRIM', KEY.complete(type), #ids, -1) end
end

local function drop_from(key, ids, type, state)
  for i = 1, state == 'failed' and #ids or 0 do
    ungroup_failed(ids[i], type, redis.call('HGET', KEY.job(ids[i]), 'error'))
  end
  drop(ids)
  for i = 1, #ids do redis.call('ZREM', key, ids[i]) end
end

for _, type in ipairs(types) do drop_complete(type, now - tonumber(ARGV[5])) end
for i, state in ipairs({ 'failed', 'cancelled' }) do
  for _, type in ipairs(types) do
    local key = KEY.index(type, state)
    drop_from(key, redis.call('ZRANGE', key, '-inf', now - tonumber(ARGV[5 + i]), 'BYSCORE', 'LIMIT', 0, most),
      type, state)
    local over = redis.call('ZCARD', key) - tonumber(ARGV[4])
    if over > 0 then drop_from(key, redis.call('ZRANGE', key, 0, math.min(over, most) - 1), type, state) end
  end
end

for _, type in ipairs(types) do
  local jobs = redis.call('EXISTS', KEY.complete(type))
  for _, state in ipairs({ 'queued', 'delayed', 'active', 'failed', 'cancelled' }) do
    jobs = jobs + redis.call('EXISTS', KEY.index(type, state))
  end
  if jobs == 0 then
    redis.call('SREM', KEY.types(), type)
    redis.call('UNLINK', KEY.wake_ups(type), KEY.turns(type))
    if redis.call('SISMEMBER', KEY.handled(), type) == 0 then
      redis.call('UNLINK', KEY.meters(type))
      redis.call('HDEL', KEY.history_counted(), type) -- if it comes again, it counts from 0
    end
    redis.call('HDEL', KEY.paces(), type)
    for _, kind in ipairs(redis.call('SMEMBERS', KEY.failure_kinds(type))) do -- an earlier release left it behind
      redis.call('UNLINK', KEY.failed_alike(type, kind))
    end
    redis.call('UNLINK', KEY.failure_kinds(type))
  end
end

-- A batch goes once it is old and all its jobs are in a final state. Its pause goes with it. A batch that is not over
-- is looked at again after the same time.
local old = redis.call('ZRANGE', KEY.batches(), '-inf', now - tonumber(ARGV[3]), 'BYSCORE', 'LIMIT', 0, most)
if #old == most then more = 1 end
for _, batch in ipairs(old) do
  local counts = redis.call('HMGET', KEY.batch(batch), 'queued', 'delayed', 'active', 'filling')
  if (tonumber(counts[1] or 0) + tonumber(counts[2] or 0) + tonumber(counts[3] or 0)) == 0 and not counts[4] then
    redis.call('UNLINK', KEY.batch(batch), KEY.batch_jobs(batch))
    redis.call('ZREM', KEY.batches(), batch)
    lift('batch:' .. batch)
  else
    redis.call('ZADD', KEY.batches(), ms(now), batch)
  end
end

-- Events are limited by number, and an entry has one or many: how many more events than entries there are is known
-- (events.lua, `write_events`), and is counted down entry by entry. Only whole nodes of the stream go, so a few more
-- stay, as with any XTRIM ~.
local function trim_events(keep)
  local length, beyond = redis.call('XLEN', KEYS[1]), tonumber(redis.call('GET', KEY.events_beyond()) or 0)
  if beyond <= 0 then return redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', keep) end
  local spare, average = length + beyond - keep, (length + beyond) / math.max(length, 1)
  if spare <= 0 then return end
  local looked_at = math.ceil(math.min(most, 20000 / average, spare / average + 100)) -- an average may be 16 KiB
  local rows, sizes, counted, first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', looked_at), {}, 0, nil
  for i, row in ipairs(rows) do
    local _, blanks = row[2][4]:gsub(' ', '')
    local more_than_one = (blanks + 1) * (row[2][2] == 'ac' and 2 or 1) - 1
    sizes[i], counted, spare = more_than_one, counted + more_than_one, spare - more_than_one - 1
    if spare < 0 then
      first = row[1]
      break
    end
  end
  if first or #rows == looked_at then
    local gone = redis.call('XTRIM', KEYS[1], 'MINID', '~', first or rows[#rows][1], 'LIMIT', 0)
    for i = 1, gone do beyond = beyond - sizes[i] end
    if not first then more = 1 end
  else -- somebody else trimmed the stream: this is all that it holds
    beyond = counted
  end
  redis.call('SET', KEY.events_beyond(), ms(beyond))
end

trim_events(tonumber(ARGV[2]))
return { dropped, more }

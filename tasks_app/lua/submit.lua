-- submit: record new jobs, many at a time; each becomes queued, delayed when it is due later, or failed.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most queued jobs of one type   ARGV[2] ms after which a queued job is published again
-- ARGV[3..] per job: id, type, delay ms, due unix ms (0 = none), batch, fingerprint, "1" when it opens a request,
--           error (JSON; "" = none), number of record fields that follow, fields and values
--
-- Returns per job "new" (queued) | "later" (delayed) | "failed" | "known" (same id and fingerprint)
--         | "conflict" (same id, other fingerprint) | "full"
-- Events  queued | delayed | failed. Cost O(jobs).
--
-- A request is taken whole or not at all: whether it is "full", or its key was used for another, is decided at its first
-- job, from whose id the others' follow. Only an id that was derived from an Idempotency-Key can be known already, so only
-- jobs with a fingerprint are looked up. A batch is there even when all of its jobs were known from elsewhere.

local function open_batch(batch)
  if redis.call('HSETNX', '{jobs}:batch:' .. batch, 'created', ms(now)) == 1 then
    redis.call('HSET', '{jobs}:batch:' .. batch, 'total', '0')
    redis.call('ZADD', '{jobs}:batches', ms(now), batch)
  end
end

local WORDS = { queued = 'new', delayed = 'later', failed = 'failed' }
local limit, nudge = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers, seen, full, other = {}, {}, false, false
local micros = clock[2] % 1000 -- so that the index keeps the order in which jobs came within one ms
local at = 3
while at <= #ARGV do
  local id, type, delay, due, batch, fingerprint, opens, error = unpack(ARGV, at, at + 7)
  local count = tonumber(ARGV[at + 8])
  local first, last = at + 9, at + 8 + count
  at = last + 1
  if not seen[type] then
    redis.call('SADD', '{jobs}:types', type)
    seen[type] = true
  end
  if opens == '1' then full = redis.call('ZCARD', index(type, 'queued')) >= limit end
  local known = fingerprint ~= '' and redis.call('HGET', record(id), 'fp')
  if opens == '1' then other = known and known ~= fingerprint end
  if other then
    answers[#answers + 1] = 'conflict'
  elseif known then
    answers[#answers + 1] = known == fingerprint and 'known' or 'conflict'
    if known == fingerprint and batch ~= '' then open_batch(batch) end
  elseif full then
    answers[#answers + 1] = 'full'
  else
    due = math.max(tonumber(due), now + tonumber(delay))
    local state, event, told = 'queued', 'queued', '{}'
    if error ~= '' then
      state, event, told = 'failed', 'failed', error
    elseif due > now then
      state, event, told = 'delayed', 'delayed', '{"due_ms":' .. ms(due) .. '}'
    end
    redis.call('HSET', record(id), 'state', state, 'created', ms(now), unpack(ARGV, first, last))
    if state == 'delayed' then redis.call('HSET', record(id), 'due', ms(due)) end
    if state == 'failed' then redis.call('HSET', record(id), 'finished', ms(now)) end
    if batch ~= '' then
      open_batch(batch)
      redis.call('HINCRBY', '{jobs}:batch:' .. batch, 'total', 1)
      redis.call('RPUSH', '{jobs}:batch:' .. batch .. ':jobs', id)
    end
    -- Fractions of a ms, so that the index keeps the order in which jobs came within one.
    local score = state == 'queued' and now + nudge + (micros + #answers) / 1000 or state == 'delayed' and due or now
    move(id, type, batch, nil, state, score)
    tell(event, id, type, batch, told)
    answers[#answers + 1] = WORDS[state]
  end
end
return answers

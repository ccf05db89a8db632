-- submit: record new jobs, many at a time; each becomes queued, or delayed when it is due later.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] most queued jobs of one type   ARGV[2] ms after which a queued job is published again
-- ARGV[3..] per job: id, type, delay ms, due unix ms (0 = none), batch, fingerprint, "1" when it opens a request,
--           number of record fields that follow, fields and values
--
-- Returns per job "new" (queued) | "later" (delayed) | "known" (same id and fingerprint)
--         | "conflict" (same id, other fingerprint) | "full"
-- Events  queued | delayed. Cost O(jobs).
--
-- A request is taken whole or not at all: whether it is "full", or its key was used for another, is decided at its first
-- job, from whose id the others' follow. Only an id that was derived from an Idempotency-Key can be known already, so only
-- jobs with a fingerprint are looked up.

local limit, nudge = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers, seen, full, other = {}, {}, false, false
local at = 3
while at <= #ARGV do
  local id, type, delay, due, batch, fingerprint, opens = unpack(ARGV, at, at + 6)
  local count = tonumber(ARGV[at + 7])
  local first, last = at + 8, at + 7 + count
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
  elseif full then
    answers[#answers + 1] = 'full'
  else
    due = math.max(tonumber(due), now + tonumber(delay))
    local state, event, told = 'queued', 'queued', '{}'
    if due > now then
      state, event, told = 'delayed', 'delayed', '{"due_ms":' .. ms(due) .. '}'
    end
    redis.call('HSET', record(id), 'state', state, 'created', ms(now), unpack(ARGV, first, last))
    if state == 'delayed' then redis.call('HSET', record(id), 'due', ms(due)) end
    if batch ~= '' then
      redis.call('HSETNX', '{jobs}:batch:' .. batch, 'created', ms(now))
      redis.call('HINCRBY', '{jobs}:batch:' .. batch, 'total', 1)
      redis.call('RPUSH', '{jobs}:batch:' .. batch .. ':jobs', id)
    end
    move(id, type, batch, nil, state, state == 'queued' and now + nudge or due)
    tell(event, id, type, batch, told)
    answers[#answers + 1] = state == 'queued' and 'new' or 'later'
  end
end
return answers

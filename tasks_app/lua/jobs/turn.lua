-- turn: settle the jobs that a slot has done and claim its next ones, of one type, the most urgent and oldest first.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] type   ARGV[2] lane of the wake-up   ARGV[3] worker   ARGV[4] lease, ms
-- ARGV[5] time limit of an attempt, ms (0 = none)   ARGV[6] token of the turn; "" = a processor, which needs no wake-up
-- ARGV[7] most jobs to claim; 0 = the turn ends   ARGV[8] us that a job takes, as the slot measured it, "" = unknown
-- ARGV[9] ms for which the slot waits for more if there are none, 0 = the turn ends then
-- ARGV[10..] settlements as in settling.lua
--
-- Returns {answers to the settlements, claims, wake-ups, 1 when there may be more though nothing was claimed, weight of
--         the type, 1 when the turn has ended, as its worker is quiet}. A claim is
--         {id, fence, data, target, batch, attempts made before, attempts allowed, title, deadline (the first of lease,
--         ttl and limit), "1" when an earlier attempt began its effect and never said how it ended, its score, the
--         traceparent of the span that submitted it, and after a space its tracestate, "" = none, metadata (JSON; "" = none)}
-- Events  active, and those of the settlements. Cost O(jobs).
--
-- Jobs without a key and keys take turns by their scores (backlog.lua); jobs that a limit keeps waiting are not
-- claimed. A claimed job is active under a lease and a fence. A job of a paused batch, show, product or channel is held
-- back: it stays queued, at the end of the backlog, until reinstate.lua gives it its place again. A paused key is at
-- rest (limits.lua), so no turn meets its jobs; nothing is claimed of a paused type or queue. While a processor attends a
-- type, workers leave it alone, and a quiet worker (steer.lua) claims nothing. A turn without work only removes its
-- token: each write waits for the disk.

local type, lane, worker, lease, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local token, most, pace, lingers = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local answers = settle_from(10)

local pauses, any, any_channel = {}, false, false
for _, group in ipairs(redis.call('HKEYS', KEY.pauses())) do
  pauses[group], any, any_channel = true, true, any_channel or group:sub(1, 8) == 'channel:'
end
paused[type] = pauses['type:' .. type] or pauses['queue:' .. lane_of(type)] or false
local function paused_group(batch, target, text)
  if batch and pauses['batch:' .. batch] then return 'batch:' .. batch end
  if target and pauses[target] then return target end
  local channel = any_channel and channel_of(type, text)
  if channel and pauses['channel:' .. channel] then return 'channel:' .. channel end
end

local claimed, gone, leases, batches = {}, {}, {}, {}
local rule = rules_of(type)

local function claim(id, score, f)
  local batch, before, key = f[2], tonumber(f[4] or 0), f[13]
  local fence, deadline = ms(before + 1), now + lease
  local fields = { FIELD.state, 'active', FIELD.claims, fence, FIELD.started, ms(now), FIELD.worker, worker }
  local function also(name, ends)
    fields[#fields + 1], fields[#fields + 2] = name, ms(ends)
    deadline = math.min(deadline, ends)
  end
  if f[6] then also('ends', now + tonumber(f[6])) end
  if limit > 0 then also('limit', now + limit) end
  redis.call('HSET', KEY.job(id), unpack(fields))
  if f[10] then redis.call('HDEL', KEY.job(id), 'snoozed') end
  if f[11] and limit == 0 then redis.call('HDEL', KEY.job(id), 'limit') end -- from an earlier attempt
  gone[#gone + 1] = id
  leases[#leases + 1] = ms(deadline)
  leases[#leases + 1] = id
  if batch then batches[batch] = (batches[batch] or 0) + 1 end
  if rule.rate then note_start(KEY.starts(type), rule.rate, id, fence) end
  if key then
    redis.call('ZREM', KEY.key_backlog(type, key), id)
    redis.call('SADD', KEY.under_way(type, key), id)
    if rule.key_rate then note_start(KEY.key_starts(type, key), rule.key_rate, id, fence) end
  end
  if f[14] then keep_unique(id, type, f[14], 'active') end
  tell('active', id, type, batch)
  meter_wait(type, score)
  local trace = f[15] or ''
  local vendors = f[15] and redis.call('HGET', KEY.job(id), 'tracestate') -- most jobs have no trace, so it is not in `f`
  if vendors then trace = trace .. ' ' .. vendors end
  claimed[#claimed + 1] = { id, fence, f[7], f[3] or '', batch or '', before - tonumber(f[5] or 0), tonumber(f[12] or 1),
    f[8] or '', ms(deadline), f[9] or '', score, trace, f[16] or '' }
end

-- Claim the job at this place, or hold it back; true if it was claimed.
local function meet(id, score)
  local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.batch, FIELD.target, FIELD.claims, 'off', 'ttl', FIELD.data,
    'title', 'begun', 'snoozed', 'limit', 'max', 'key', 'unique', 'trace', 'metadata')
  local group = any and paused_group(f[2], f[3], f[7])
  if f[1] == 'queued' and not group then
    claim(id, score, f)
    return true
  end
  if f[13] then redis.call('ZREM', KEY.key_backlog(type, f[13]), id) end
  if f[1] ~= 'queued' then -- it does not belong here; nothing writes such an entry
    redis.call('ZREM', KEY.index(type, 'queued'), id)
  else
    redis.call('RPUSH', KEY.held_back(group), id)
    redis.call('SADD', KEY.held_back_groups(), group)
    redis.call('ZADD', KEY.index(type, 'queued'), ms(HELD_BACK + tonumber(score) % LEVEL), id)
  end
end

-- Take the first job of the key whose turn it is, unless a limit that was lowered meanwhile keeps it waiting; then the
-- key goes to the end.
local function meet_key(key)
  local job = redis.call('ZRANGE', KEY.key_backlog(type, key), 0, 0, 'WITHSCORES')
  if job[1] and not rests_until(type, key) then meet(job[1], job[2]) end
  redis.call('ZREM', KEY.ring(type), key)
  stand(type, key)
end

local is_quiet = token ~= '' and redis.call('HEXISTS', KEY.worker(worker), 'quiet') == 1
local asked = is_quiet and 0 or most
local left = room(type)
most = math.min(most, left)
-- The jobs of a chunk are done one after the other, so a slot takes no more than its share of the limit at once.
if rule.at_once then most = math.min(most, math.ceil(rule.at_once / math.max(slots(lane_of(type)), 1))) end
local open = not is_quiet and not paused[type] and (token == '' or not has_processor(type))
local looked, rows, at, passed, dry = 0, {}, 1, 0, false -- dry: `rows` has the end of the backlog
local keyed = open and most > 0 and has_keys(type)
if keyed then rouse(type) end
while open and #claimed < most and looked < 1000 do
  if at > #rows and not dry then -- claimed jobs are removed only at the end, so the next read skips them
    local wanted = most - #claimed
    rows, at = redis.call('ZRANGE', KEY.index(type, 'queued'), '-inf', '(' .. ms(HELD_BACK), 'BYSCORE', 'LIMIT', passed,
      wanted, 'WITHSCORES'), 1
    dry = #rows < 2 * wanted
  end
  local first = keyed and redis.call('ZRANGE', KEY.ring(type), 0, 0, 'WITHSCORES') or {}
  if first[1] and (not rows[at] or tonumber(first[2]) < tonumber(rows[at + 1])) then
    meet_key(first[1])
  elseif rows[at] then
    if meet(rows[at], rows[at + 1]) then passed = passed + 1 end
    at = at + 2
  else
    break
  end
  looked = looked + 1
end
if #gone > 0 then
  redis.call('ZREM', KEY.index(type, 'queued'), unpack(gone))
  redis.call('ZADD', KEY.index(type, 'active'), unpack(leases))
  for batch, count in pairs(batches) do recount(batch, 'queued', 'active', count) end
end
local more = #claimed == 0 and looked >= 1000
if token == '' then return { answers, claimed, wakes(), more and 1 or 0, rule.weight or 1, 0 } end

local emptied = open and not keyed and dry and at > #rows
note_slot(type, lane, token, pace, #claimed, asked, more, lingers, #ARGV > 9, emptied)
return { answers, claimed, wakes(), more and 1 or 0, rule.weight or 1, is_quiet and 1 or 0 }

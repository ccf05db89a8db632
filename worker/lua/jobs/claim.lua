-- claim: give a worker those jobs of a message that are still queued; each becomes active under a lease and a fence.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] queue the message came from   ARGV[2] worker   ARGV[3] lease, ms
-- ARGV[4] time limit of the attempt, ms (0 = none)   ARGV[5..] job ids
--
-- Returns per claimed job {id, fence, data, target, batch, attempts made before, attempts allowed, title, deadline
--         (the first of lease, ttl and limit), "1" when an earlier attempt began its effect and never said how it ended}
-- Event   active. Cost O(ids).
--
-- A message may come twice, late, or after its job was cancelled: what is not queued yields nothing. A job behind a
-- closed gate is parked; it stays queued, and the clock publishes it again once the gate is open. Taking a message at
-- all, even an empty one, proves that the queue is consumed.
--
-- A type of a user's own travels on the queue `jobs`. While a processor attends it, a worker leaves its jobs queued:
-- the processor, which takes them from their index and not from that queue, does them.

local NEVER = '253402300799000' -- the end of the year 9999: until its gate opens, the clock need not look
local queue, worker, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local limit = tonumber(ARGV[4])
redis.call('HSET', '{jobs}:consumed', queue, ms(now))
local closed, any = {}, false
local gates = redis.call('HKEYS', '{jobs}:closed')
for i = 1, #gates do closed[gates[i]], any = true, true end

local function closed_gate(type, batch, target)
  if closed['type:' .. type] then return 'type:' .. type end
  if batch and closed['batch:' .. batch] then return 'batch:' .. batch end
  if target and closed[target] then return target end
end

local claimed = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local f = redis.call('HMGET', record(id), 'state', 'type', 'batch', 'target', 'claims', 'off', 'max', 'ttl', 'data',
    'title', 'begun', 'deferred', 'limit')
  local type, batch, target = f[2], f[3], f[4]
  if f[1] == 'queued' and not (queue == 'jobs' and has_processor(type)) then
    local gate = any and closed_gate(type, batch, target)
    if gate then
      redis.call('RPUSH', '{jobs}:parked:' .. gate, id)
      redis.call('SADD', '{jobs}:parked', gate)
      redis.call('ZADD', index(type, 'queued'), 'XX', NEVER, id)
    else
      local before = tonumber(f[5] or 0)
      local fence, deadline = ms(before + 1), now + lease
      redis.call('HSET', record(id), 'state', 'active', 'claims', fence, 'started', ms(now), 'worker', worker)
      if f[12] then redis.call('HDEL', record(id), 'deferred') end
      if f[8] then
        local ends = now + tonumber(f[8])
        redis.call('HSET', record(id), 'ends', ms(ends))
        deadline = math.min(deadline, ends)
      end
      if limit > 0 then
        redis.call('HSET', record(id), 'limit', ms(now + limit))
        deadline = math.min(deadline, now + limit)
      elseif f[13] then
        redis.call('HDEL', record(id), 'limit') -- of an attempt before
      end
      move(id, type, batch, 'queued', 'active', deadline)
      tell('active', id, type, batch)
      claimed[#claimed + 1] = { id, fence, f[9], target or '', batch or '', before - tonumber(f[6] or 0),
        tonumber(f[7] or 1), f[10] or '', ms(deadline), f[11] or '' }
    end
  end
end
return claimed

-- steer: an operator wishes that a worker starts no job, or does so again, or ends.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] worker   ARGV[2] quiet | resume | stop   ARGV[3] who   ARGV[4] why
--
-- Returns {"done"} | {"unknown"}: no such worker is listed | {"stopping"}: it is to end, so it cannot be resumed.
-- No event. Cost O(log workers).
--
-- A worker that is quiet already stays so since the first wish; who and why are said anew. A worker that is to end is
-- quiet as well. Its slots look at this before each claim (turn.lua, decide.lua), its clock at each tick (announce.lua).

local name, wish, own = ARGV[1], ARGV[2], KEY.worker(ARGV[1])
if not redis.call('ZSCORE', KEY.workers(), name) or redis.call('EXISTS', own) == 0 then return { 'unknown' } end
local is_ending = redis.call('HEXISTS', own, 'stop') == 1
if wish == 'resume' then
  if is_ending then return { 'stopping' } end
  redis.call('HDEL', own, 'quiet')
  return { 'done' }
end
local before = redis.call('HGET', own, 'quiet')
local since = before and cjson.decode(before).since or ms(now)
if wish == 'quiet' or not before then
  redis.call('HSET', own, 'quiet', cjson.encode({ since = since, by = ARGV[3], reason = ARGV[4] }))
end
if wish == 'stop' and not is_ending then
  redis.call('HSET', own, 'stop', cjson.encode({ since = ms(now), by = ARGV[3], reason = ARGV[4] }))
end
return { 'done' }

-- finish: hold units of a show, or refuse, and complete the job, in one step. A second time changes nothing.
--
-- KEYS[1] job  HASH   KEYS[2] events  STREAM   KEYS[3] show  HASH   KEYS[4] its holds  HASH   KEYS[5] their deadlines  ZSET
-- ARGV[1] job id   ARGV[2] events kept   ARGV[3] units   ARGV[4] customer   ARGV[5] seconds that the record stays
-- Returns held | refused.

local job = redis.call('HMGET', KEYS[1], 'state', 'result')
if job[1] == 'complete' then return job[2] end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local show = redis.call('HMGET', KEYS[3], 'capacity', 'held', 'hold_ms')
local outcome = 'refused'
if show[1] and tonumber(show[1]) - tonumber(show[2]) >= tonumber(ARGV[3]) then
  outcome = 'held'
  local deadline = string.format('%d', now + tonumber(show[3]))
  redis.call('HINCRBY', KEYS[3], 'held', ARGV[3])
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[3] .. ' ' .. deadline .. ' ' .. ARGV[4])
  redis.call('ZADD', KEYS[5], deadline, ARGV[1])
end
redis.call('HSET', KEYS[1], 'state', 'complete', 'result', outcome, 'finished', string.format('%d', now))
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', outcome, 'job', ARGV[1])
return outcome

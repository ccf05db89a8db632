-- start: a queued job becomes active. One that is active already is a redelivery, and is done again.
--
-- KEYS[1] job  HASH   KEYS[2] events  STREAM   ARGV[1] job id   ARGV[2] events kept
-- Returns {show, data}, or false when the job is over or unknown.

local found = redis.call('HMGET', KEYS[1], 'state', 'show', 'data')
if found[1] ~= 'queued' and found[1] ~= 'active' then return false end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'state', 'active', 'started', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', 'active', 'job', ARGV[1])
return { found[2], found[3] }

-- complete: a job that has nothing to show for it is done, in one step. A second time changes nothing.
--
-- KEYS[1] job  HASH   KEYS[2] events  STREAM   KEYS[3] number of jobs completed so
-- ARGV[1] job id   ARGV[2] events kept   ARGV[3] seconds that the record stays
-- Returns nothing.

if redis.call('HGET', KEYS[1], 'state') == 'complete' then return end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'complete', 'finished', string.format('%d', now))
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', 'complete', 'job', ARGV[1])
redis.call('INCR', KEYS[3])

-- begin: a job's effect on the outside world starts now. Until its settlement says how it ended, it is in doubt.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] fence
--
-- Returns 1, or 0 when the fence is stale. No event. Cost O(1).

if not ours(running(ARGV[1]), ARGV[2]) then return 0 end
redis.call('HSET', record(ARGV[1]), 'begun', '1')
return 1

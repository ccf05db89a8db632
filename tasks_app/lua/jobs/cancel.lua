-- cancel: cancel a job, if its state allows it.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"cancelled", wake-ups} | {"refused", state} | {"unknown"}
-- Event   cancelled. Cost O(log n).
--
-- Queued, delayed and active jobs can be cancelled; the worker of an active job learns it from its next heartbeat, and
-- its settlement changes nothing. A job with a target cannot be cancelled once it was claimed: even if its worker died,
-- or it waits again, its units may be taken, so release them instead.

local id = ARGV[1]
local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, FIELD.target, FIELD.claims, 'key')
local state, type, batch, target, claims = f[1], f[2], f[3], f[4], f[5]
if not state then return { 'unknown' } end
if state == 'cancelled' then return { 'cancelled', {} } end
if state == 'complete' or state == 'failed' or (target and claims) then return { 'refused', state } end
call_off(id, type, batch, state, f[6])
return { 'cancelled', wakes() }

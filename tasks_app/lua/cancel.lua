-- cancel: call a job off, if its state allows it.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"cancelled"} | {"refused", state} | {"unknown"}
-- Event   cancelled. Cost O(log n).
--
-- Queued, delayed and active jobs can be called off; a worker that has it learns so from its next sign of life and its
-- settle changes nothing. An active job with a target cannot: its units may be taken already, so release them instead.

local id = ARGV[1]
local f = redis.call('HMGET', record(id), 'state', 'type', 'batch', 'target')
local state, type, batch, target = f[1], f[2], f[3], f[4]
if not state then return { 'unknown' } end
if state == 'cancelled' then return { 'cancelled' } end
if state == 'complete' or state == 'failed' or (state == 'active' and target) then return { 'refused', state } end
redis.call('HSET', record(id), 'state', 'cancelled', 'finished', ms(now))
move(id, type, batch, state, 'cancelled', now)
tell('cancelled', id, type, batch)
return { 'cancelled' }

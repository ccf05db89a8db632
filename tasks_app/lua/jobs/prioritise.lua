-- prioritise: change the priority of a job that has not started.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] priority
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   prioritised. Cost O(log n).
--
-- In its new level, a queued job has its place by its arrival.

local id = ARGV[1]
local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'key')
local state, type, batch = f[1], f[2], f[3]
if not state then return { 'unknown' } end
if state ~= 'queued' and state ~= 'delayed' then return { 'refused', state } end
redis.call('HSET', KEY.job(id), 'priority', ARGV[2])
if state == 'queued' then stand_at(id, type, f[4], ARGV[2]) end
tell('prioritised', id, type, batch, '{"priority":' .. ARGV[2] .. '}')
return { 'done', wakes() }

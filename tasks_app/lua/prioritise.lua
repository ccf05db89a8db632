-- prioritise: change the priority of a job that has not started.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] priority   ARGV[3] ms after which a queued job is published again
--
-- Returns {"queued" | "delayed", type} | {"refused", state} | {"unknown"}
-- Event   prioritised. Cost O(log n).
--
-- The caller publishes a queued job once more, at its new level; the old message then finds it claimed.

local id = ARGV[1]
local f = redis.call('HMGET', record(id), 'state', 'type', 'batch')
local state, type, batch = f[1], f[2], f[3]
if not state then return { 'unknown' } end
if state ~= 'queued' and state ~= 'delayed' then return { 'refused', state } end
redis.call('HSET', record(id), 'priority', ARGV[2])
if state == 'queued' then redis.call('ZADD', index(type, 'queued'), 'XX', ms(now + tonumber(ARGV[3])), id) end
tell('prioritised', id, type, batch, '{"priority":' .. ARGV[2] .. '}')
return { state, type }

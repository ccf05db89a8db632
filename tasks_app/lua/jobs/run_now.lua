-- run_now: queue a delayed job before its time, after the waiting jobs of its level; a queued job stays as it is.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id
--
-- Returns {"done", wake-ups} | {"refused", state} | {"unknown"}
-- Event   queued. Cost O(log n).

local id = ARGV[1]
local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'priority', 'key')
local state, type, batch = f[1], f[2], f[3]
if not state then return { 'unknown' } end
if state == 'queued' then return { 'done', {} } end
if state ~= 'delayed' then return { 'refused', state } end
redis.call('HSET', KEY.job(id), FIELD.state, 'queued', 'due', ms(now))
move(id, type, batch, 'delayed', 'queued', place(f[4] or 0), f[5])
tell('queued', id, type, batch)
return { 'done', wakes() }

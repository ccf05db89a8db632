-- edit: change what a job asks for that has not started, and keep what it asked for before.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] job id   ARGV[2] who changes it   ARGV[3] ms until it is due, "" = that stays   ARGV[4] when it is due, unix
-- ms, "" = that stays   ARGV[5..] changes as in editing.lua
--
-- Returns {"done", wake-ups} | {"refused", state} | {"fixed"} | {"unknown"}
-- Events  edited, prioritised, and queued | delayed if it has another date. Cost O(log n).
--
-- In its new level, a queued job has its place by its arrival. A job whose date has come goes behind the waiting jobs.

local id = ARGV[1]
local f = redis.call('HMGET', KEY.job(id), FIELD.state, FIELD.type, FIELD.batch, 'key', 'priority')
local state, type, batch, key = f[1], f[2], f[3], f[4]
if not state then return { 'unknown' } end
if state ~= 'queued' and state ~= 'delayed' then return { 'refused', state } end
local due = ARGV[4] ~= '' and tonumber(ARGV[4]) or ARGV[3] ~= '' and now + tonumber(ARGV[3])
if not may_edit(type, 5) or due and lane_of(type) ~= 'jobs' then return { 'fixed' } end
if due then ARGV[#ARGV + 1], ARGV[#ARGV + 2] = 'due', ms(due) end

local names = edit(id, ARGV[2], 5)
local priority = redis.call('HGET', KEY.job(id), 'priority') or 0
if due and due > now then
  redis.call('HSET', KEY.job(id), FIELD.state, 'delayed')
  move(id, type, batch, state, 'delayed', due, key)
  tell('delayed', id, type, batch, '{"due_ms":' .. ms(due) .. '}')
elseif due and state == 'delayed' then
  redis.call('HSET', KEY.job(id), FIELD.state, 'queued')
  move(id, type, batch, 'delayed', 'queued', place(priority), key)
  tell('queued', id, type, batch)
elseif state == 'queued' then
  stand_at(id, type, key, priority)
end
if tonumber(priority) ~= tonumber(f[5] or 0) then
  tell('prioritised', id, type, batch, '{"priority":' .. priority .. '}')
end
if names then tell('edited', id, type, batch, '{"fields":' .. names .. '}') end
return { 'done', wakes() }

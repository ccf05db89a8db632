-- pause: let the jobs of a group wait, and note who wants it, why, and until when.
--
-- KEYS[1] {jobs}:events
-- ARGV[1] group   ARGV[2] who   ARGV[3] why   ARGV[4] until when, unix ms, "" = until it is resumed   ARGV[5] for how many
-- ms, "" = as ARGV[4] says   ARGV[6] most keys that may be paused, and most other groups
--
-- Returns {"done"} | {"full"}. No event. Cost O(log pauses).
--
-- A group that is paused already stays so since its first pause; who, why and until when are said anew.

local group, pauses = ARGV[1], pauses_with(ARGV[1])
local is_new = redis.call('HEXISTS', pauses, group) == 0
if is_new and redis.call('HLEN', pauses) >= tonumber(ARGV[6]) then return { 'full' } end
redis.call('HSETNX', pauses, group, ms(now))
local ends = tonumber(ARGV[4]) or tonumber(ARGV[5]) and now + tonumber(ARGV[5])
local note = { since = redis.call('HGET', pauses, group), by = ARGV[2], reason = ARGV[3] }
note['until'] = ends and ms(ends) or ''
redis.call('HSET', KEY.pause_notes(), group, cjson.encode(note))
if ends then redis.call('ZADD', KEY.pause_ends(), ms(ends), group) else redis.call('ZREM', KEY.pause_ends(), group) end
stand_anew(group)
return { 'done' }

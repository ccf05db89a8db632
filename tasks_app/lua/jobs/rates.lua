-- rates: what was counted since the last full minute of the history began: how fast everything goes now.
--
-- KEYS[1] {jobs}:events
--
-- Returns {ms since then, {type, new, complete, failed, retried, snoozed}, ...}, without types that counted nothing;
-- {0} before the first sample. No event: it only reads. Cost O(types).

local COUNTED = { 'submitted', 'complete', 'failed', 'retrying', 'snoozed' }
local at = tonumber(redis.call('GET', KEY.history_sampled()) or nil)
if not at or at > now then return { 0 } end
local text = redis.call('HGET', KEY.history_minutes(), ms(math.floor(at / 60000) - 1))
local row, before = text and cjson.decode(text) or { ms = 0, t = {} }, {}
local texts = redis.call('HGETALL', KEY.history_counted())
for i = 1, #texts, 2 do before[texts[i]] = texts[i + 1] end

local rows = { math.floor(now - at + row.ms) }
for _, type in ipairs(redis.call('SUNION', KEY.types(), KEY.handled())) do
  local totals, was, sums, any = redis.call('HMGET', KEY.meters(type), unpack(COUNTED)), {}, { type }, false
  for number in (before[type] or ''):gmatch('%d+') do was[#was + 1] = tonumber(number) end
  for i = 1, #COUNTED do
    local more = tonumber(totals[i] or 0) - (was[i] or 0)
    sums[i + 1] = math.max(more, 0) + (row.t[type] and row.t[type][i] or 0)
    any = any or sums[i + 1] > 0
  end
  if any then rows[#rows + 1] = sums end
end
return rows

-- editing: changes what a job asks for, and keeps what it asked for before. It comes before edit.lua and replay.lua.
--
-- A change is a field's stored name and its new value, "" = without it. Of Usher's own types only the priority and the
-- attempts may change: the routes that took these jobs in have checked the rest, and the records of shows rely on it.

local EDITS_KEPT = 5 -- of a job, the last ones; tasks_app/jobs/job.py reads them
local FREE = { priority = true, max = true }
local TOLD = { [FIELD.data] = 'data', max = 'attempts', due = 'due_ms' } -- names that callers know

-- May all these changes, in ARGV from `first` on, be made to a job of this type?
local function may_edit(type, first)
  for i = first, #ARGV, 2 do
    if lane_of(type) ~= 'jobs' and not FREE[ARGV[i]] then return false end
  end
  return true
end

-- Make the changes in ARGV from `first` on. Returns, as JSON, the names of the fields that have another value now, or
-- nil if none has.
local function edit(id, by, first)
  local before, names = {}, {}
  for i = first, #ARGV, 2 do
    local name, value = ARGV[i], ARGV[i + 1]
    local was = redis.call('HGET', KEY.job(id), name) or ''
    if was ~= value then
      before[name] = was
      names[#names + 1] = TOLD[name] or name
      if value == '' then redis.call('HDEL', KEY.job(id), name) else redis.call('HSET', KEY.job(id), name, value) end
    end
  end
  if #names == 0 then return nil end
  local text = redis.call('HGET', KEY.job(id), 'edits')
  local edits = text and cjson.decode(text) or {}
  edits[#edits + 1] = { at = ms(now), by = by, before = before }
  if #edits > EDITS_KEPT then table.remove(edits, 1) end
  redis.call('HSET', KEY.job(id), 'edits', cjson.encode(edits))
  return cjson.encode(names)
end

-- meters: counts what happens to jobs, for /metrics. It comes between backlog.lua and events.lua.
--
-- Each type has a hash of its own; tasks_app/metrics/series.py names the fields. A script writes all that it counted at
-- its end, in the step that makes the changes: so the numbers are exact, whoever is killed, whichever program calls.

local metered = {} -- type -> field -> how much to add
local WAITS_MS = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 1800000, 3600000 }

local function meter(type, field, by)
  local fields = metered[type]
  if not fields then
    fields = {}
    metered[type] = fields
  end
  fields[field] = (fields[field] or 0) + by
end

-- A job starts; its place says since when it has waited.
local function meter_wait(type, score)
  local us, at = math.max(clock[1] * 1000000 + clock[2] - SINCE_US - tonumber(score) % LEVEL, 0), 0
  while WAITS_MS[at + 1] and us > WAITS_MS[at + 1] * 1000 do at = at + 1 end
  meter(type, 'wait|' .. at, 1)
  meter(type, 'wait|us', us)
end

-- The word that a job ended with. Users' types have words without number, so of theirs only doubts count.
local function meter_outcome(type, word)
  if word == 'in_doubt' or lane_of(type) ~= 'jobs' then meter(type, 'outcome|' .. word, 1) end
end

-- No trouble with counting stops what is counted.
local function write_meters()
  for type, fields in pairs(metered) do
    for field, by in pairs(fields) do redis.pcall('HINCRBY', KEY.meters(type), field, ms(by)) end
  end
end

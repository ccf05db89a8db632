-- events: the same event of many jobs of one type and batch is one entry of the stream.
--
-- It is put between meters.lua and waking.lua before every script of a job.
--
-- Its fields are always the same and in this order: a stream stores their names once. `job` has the ids, with blanks
-- between, `data` one JSON text for all of them, or one for each with newlines between (events/events.py, `Entry`).
-- `event` is a word, or letters for the events that nearly all jobs have. Jobs with 'active complete' started and ended
-- at once: readers see both events, `active` of all jobs first; `data` belongs to `complete`. An entry has at most JOBS
-- jobs, and ends with the job that takes it beyond EVENT_BYTES: readers take 250 entries at a time.
local JOBS, EVENT_BYTES = 256, 16384
local entries, open_entries, last_entry, told_in = {}, {}, nil, {} -- told_in: job -> the last entry with an event of it

local function tell(event, id, type, batch, data)
  batch, data = batch or '', data or '{}'
  local entry = last_entry
  if not entry or entry.event ~= event or entry.type ~= type or entry.batch ~= batch then
    entry = open_entries[event .. '\n' .. type .. '\n' .. batch]
  end
  local count = entry and #entry.ids
  -- A job's events keep their order: no event goes into an entry before the entry with the job's last event.
  if not entry or count >= JOBS or entry.bytes >= EVENT_BYTES or (told_in[id] or 0) > entry.at then
    entry = { at = #entries + 1, event = event, type = type, batch = batch, ids = {}, texts = {}, bytes = 0, same = true }
    entries[entry.at], open_entries[event .. '\n' .. type .. '\n' .. batch], count = entry, entry, 0
  end
  entry.ids[count + 1], entry.texts[count + 1] = id, data
  entry.bytes, entry.same = entry.bytes + #data, entry.same and data == entry.texts[1]
  last_entry, told_in[id] = entry, entry.at
end

-- Events that are counted as they are told; meters.lua counts what these do not say.
local COUNTED = { ['active complete'] = 'complete', complete = 'complete', failed = 'failed', retrying = 'retrying',
  snoozed = 'snoozed', stalled = 'stalled', cancelled = 'cancelled', replayed = 'replayed' }

-- Write the events, and count them. Every script that tells any ends with this, or with wakes(). A number beside the
-- stream says how many more events than entries it holds: forget.lua limits the events, not the entries.
local function write_events()
  local beyond = 0
  for _, entry in ipairs(entries) do
    local times = entry.event == 'active complete' and 2 or 1
    local event = times == 2 and 'ac' or entry.event
    if event == 'queued' or event == 'active' or event == 'complete' then event = event:sub(1, 1) end
    redis.call('XADD', KEYS[1], '*', 'event', event, 'job', table.concat(entry.ids, ' '), 'type', entry.type,
      'batch', entry.batch, 'data', entry.same and entry.texts[1] or table.concat(entry.texts, '\n'))
    beyond = beyond + #entry.ids * times - 1
    if COUNTED[entry.event] then meter(entry.type, COUNTED[entry.event], #entry.ids) end
  end
  write_meters()
  if beyond > 0 then redis.call('INCRBY', KEY.events_beyond(), beyond) end
end

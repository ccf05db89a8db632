-- forget: remove ended holds and remembered operations past their retention. Sales and the ledger stay.
--
-- KEYS    see names.lua
-- ARGV[1] how long they are kept, ms   ARGV[2] most changes of the ledger to look at, plus one entry
-- ARGV[3] ms until the next look, for the agenda, when nothing more is old enough; 0 = at once
-- ARGV[4] '' = all that is old enough; tell = change nothing, only say what would be removed; otherwise the last entry to
--         look at, as a call that told said it   ARGV[5] the moment that call said: nothing younger goes; otherwise ''
--
-- Returns {how many were removed, 1 when nothing more is old enough}; with `tell` also {..., the last entry, the moment,
--         hold id, hold, hold id, hold, ...}.
-- Event   none.   Cost O(ARGV[2]).
--
-- The ledger lists in order of time what ended, so no index is needed: `forgotten` in meta is the entry up to which it
-- was read. A hold that expired, was taken again and then released, appears twice; while its second end is young, the
-- entries after its first end wait with it. A message that comes after its hold was forgotten finds no job record
-- either (records live shorter), so nothing is taken twice.

local ENDED = {released = true, expired = true}
local REMEMBERED = {restocked = true, capacity_changed = true, opened = true, closed = true, extended = true,
                    reduced = true, edited = true, archived = true}
local tells, upto = ARGV[4] == 'tell', ARGV[4] ~= '' and ARGV[4] ~= 'tell' and ARGV[4] or '+'
local too_young = tonumber(ARGV[5]) or NOW - tonumber(ARGV[1])
local told, is_told = {}, {} -- hold id, its text, ...; hold id -> true
local ENTRIES = 25 -- in one read; each has up to 250 changes

-- Remove the fields of a key that are old enough; `ended` gets the end time from a field's value, nil = it stays; `leave`
-- removes what else there is of it. Returns how many it removed, and false when one is too young.
local function drop(key, names, ended, leave)
  local old, all = {}, true
  for i, text in ipairs(redis.call('HMGET', key, unpack(names))) do
    local value = text and cjson.decode(text)
    local at = value and ended(value)
    if at and at < too_young then
      old[#old + 1] = names[i]
      if tells then
        if key == HOLDS and not is_told[names[i]] then
          told[#told + 1], told[#told + 2], is_told[names[i]] = names[i], text, true
        end
      elseif leave then
        leave(names[i], value)
      end
    elseif at then
      all = false
    end
  end
  if tells then return #old, all end
  return #old > 0 and redis.call('HDEL', key, unpack(old)) or 0, all
end

local function hold_ended(hold) return ENDED[hold[STATE]] and hold[FINISHED] or nil end
local function given_at(answer) return answer.at_ms end

local BY_JOBS = {extended = true, reduced = true}

-- The operations in an entry: those that it is about, or the jobs that changed holds (ledger.lua, `told_of`).
local function operations_of(event, ids, data)
  if not BY_JOBS[event] then return ids end
  local told = cjson.decode(data)
  if #ids == 1 then return {told.job} end
  return told[2].job
end

-- Remove what an entry says has ended, if it is old enough: how many were removed, and whether nothing is too young.
local function drop_of(fields, ids)
  local event = fields[4]
  if ENDED[event] then return drop(HOLDS, ids, hold_ended, delist) end
  if REMEMBERED[event] then return drop(OPS, operations_of(event, ids, fields[8]), given_at) end
  return 0, true
end

local from, most = redis.call('HGET', META, 'forgotten'), tonumber(ARGV[2])
local last, done, removed, looked = from, false, 0, 0
while not done and looked < most do
  local entries = redis.call('XRANGE', LOG, last and '(' .. last or '-', upto, 'COUNT', ENTRIES)
  done = #entries == 0
  for _, entry in ipairs(entries) do
    if looked >= most then break end
    local ids = {}
    for id in entry[2][6]:gmatch('%S+') do ids[#ids + 1] = id end
    local gone, all = drop_of(entry[2], ids)
    removed, looked = removed + gone, looked + math.max(#ids, 1)
    if not all then done = true break end
    last = entry[1]
  end
end
if tells then return {removed, done and 1 or 0, last or '0-0', string.format('%d', too_young), unpack(told)} end
if last and last ~= from then redis.call('HSET', META, 'forgotten', last) end
redis.call('ZADD', KEY.agenda('forget'), string.format('%d', done and NOW + tonumber(ARGV[3]) or 0), TARGET)
return {removed, done and 1 or 0}

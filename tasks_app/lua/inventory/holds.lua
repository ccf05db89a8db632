-- holds: the holds that a script reads and changes.

local holds, texts = {}, {}              -- hold id -> hold; hold id -> its JSON, false when there is none
local changed, deadlines = {}, {}        -- hold id -> true; hold id -> new deadline, false to leave the index

-- Read many holds at once; holds that this script has read before stay as it changed them.
local function fetch(ids)
  if #ids == 0 then return end
  local found = redis.call('HMGET', HOLDS, unpack(ids))
  for i, id in ipairs(ids) do
    if texts[id] == nil then texts[id] = found[i] end
  end
end

-- A fetched hold, or nil.
local function hold_of(id)
  if not holds[id] and texts[id] then holds[id] = cjson.decode(texts[id]) end
  return holds[id]
end

local function keep(id, hold)
  holds[id], texts[id], changed[id] = hold, cjson.encode(hold), true
end
